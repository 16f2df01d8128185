// Names of tunnels and of the services behind them, and how rules write both: `tunnel:office/wiki`. Pure.

/** What a tunnel and a service may be called: also a part of a metric, a folder and a host name. */
const name = /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

export const tunnelNameHint = 'lower-case letters, digits and `-`, at most 32, a letter first';

export function isTunnelName(text: string): boolean {
  return name.test(text);
}

/** What rules write in place of an address. */
export const tunnelScheme = 'tunnel:';

/** @param text begins with {@link tunnelScheme} @returns `null` where it is not a tunnel and a service */
export function parseTunnelAddress(
  text: string,
): { readonly tunnel: string; readonly service: string } | null {
  const [tunnel = '', service = '', ...rest] = text.slice(tunnelScheme.length).split('/');
  return rest.length === 0 && isTunnelName(tunnel) && isTunnelName(service) ? { tunnel, service } : null;
}
