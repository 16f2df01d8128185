// The address that a connection counts by: what the kernel says when it is accepted, or where another server passes it on, that server.
// Written over what the kernel says later, so that shares, rules, limits and the log all read the same one.
import type { Socket } from 'node:net';
import type { ProxiedClient } from './parse-proxy-header.ts';

const names = ['remoteAddress', 'remotePort', 'remoteFamily'] as const;

/** Let a socket tell of the client. @param client `unknown`: it has no address, as on a Unix socket */
export function tellAddress(socket: Socket, client: ProxiedClient | 'unknown'): void {
  const { address, port, family } =
    client === 'unknown' ? { address: undefined, port: undefined, family: undefined } : client;
  for (const [name, value] of [
    ['remoteAddress', address],
    ['remotePort', port],
    ['remoteFamily', family],
  ] as const)
    Object.defineProperty(socket, name, { value });
}

/** The same for the socket of TLS that Node wraps around one: of itself it would tell none any more once the client broke off. */
export function inheritAddress(socket: Socket & { readonly _parent?: Socket | null }): void {
  const outer = socket._parent;
  if (outer === undefined || outer === null) return;
  for (const name of names) Object.defineProperty(socket, name, { value: outer[name] });
}
