// Addresses to listen on: `127.0.0.1:8080`, `[::]:8443`, `unix:/run/bouncer.sock`.
import { isIP, isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import { isLoopbackHost } from '../http/loopback-host.ts';
import type { ListenAddress } from './settings.ts';

export const listenHint = 'write `127.0.0.1:8080`, `[::]:8443` or `unix:/run/bouncer.sock`';

/**
 * @returns the address, or `null` when the text is not one. A socket's path is as written: it may be relative.
 */
export function parseListen(text: string): ListenAddress | null {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    return path === '' || path.endsWith('/') ? null : { kind: 'unix', path };
  }
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(0|[1-9]\d{0,4})$/.exec(text);
  if (match === null || Number(match[3]) > 65_535) return null;
  const [, ipv6, other = '', port] = match;
  if (ipv6 !== undefined) return isIP(ipv6) === 6 ? { kind: 'tcp', host: ipv6, port: Number(port) } : null;
  const isHost = isIPv4(other) || (/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$/i.test(other) && !other.endsWith('-'));
  return isHost ? { kind: 'tcp', host: other, port: Number(port) } : null;
}

/** The same with a socket's path made absolute: one that is relative is below `base`. `null` also for a text that is absent. */
export function parseListenBelow(base: string, text: string | undefined): ListenAddress | null {
  const address = text === undefined ? null : parseListen(text);
  return address?.kind === 'unix' ? { kind: 'unix', path: resolve(base, address.path) } : address;
}

/** True for addresses that only this machine can reach. */
export function isLoopback(address: ListenAddress): boolean {
  return address.kind === 'unix' || isLoopbackHost(address.host);
}
