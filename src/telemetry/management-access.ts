// Who may ask at the management listener, and by which names it answers. Names matter because a web page can make a name of its own
// lead to this machine (DNS rebinding, R-74).
import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { parseHost } from '../http/canonical-host.ts';
import { canonicalIp, compileTrustedProxies } from '../http/client-address.ts';
import type { Settings } from '../settings/settings.ts';

export interface ManagementAccess {
  /** Whether a connection from this address is served; `undefined`: it came over a Unix socket. */
  isPeer(address: string | undefined): boolean;
  /** Whether the request names this listener. One that names nothing is not a browser's. */
  isName(req: IncomingMessage): boolean;
}

/** @param settings the parts that say who else may ask and by which names */
export function createManagementAccess(
  settings: Pick<Settings, 'managementFrom' | 'managementNames'>,
): ManagementAccess {
  const peers = compileTrustedProxies(settings.managementFrom);
  const names = new Set<string>(['localhost', ...settings.managementNames]);
  return {
    isPeer(address) {
      if (address === undefined) return true;
      const ip = canonicalIp(withoutZone(address));
      return ip !== null && (isLoopbackIp(ip) || isOwnIp(ip) || peers.isTrusted(ip));
    },
    isName(req) {
      if (req.socket.remoteAddress === undefined) return true;
      const given = req.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host');
      if (given.length === 0) return true;
      const host = given.length === 1 ? parseHost(req.headers.host ?? '')?.host : undefined;
      if (host === undefined) return false;
      const ip = canonicalIp(host.startsWith('[') ? host.slice(1, -1) : host);
      return names.has(host) || (ip !== null && (isLoopbackIp(ip) || isOwnIp(ip)));
    },
  };
}

function isLoopbackIp(ip: string): boolean {
  return ip === '::1' || ip.startsWith('127.');
}

function isOwnIp(ip: string): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => canonicalIp(withoutZone(address)) === ip),
  );
}

function withoutZone(address: string): string {
  const at = address.indexOf('%');
  return at === -1 ? address : address.slice(0, at);
}
