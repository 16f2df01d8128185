// Connections of TCP that their client broke off before anybody asked for its address.
import type { Socket } from 'node:net';

/**
 * Whether it is one, or is over and nobody asked before: what was sent over it can still be read, but the kernel does not tell any more who
 * did. Without an address it would pass for one over a Unix socket, which is many people's and counts to nobody's share.
 */
export function hasLostAddress(socket: Socket): boolean {
  // Somebody wrote on it what it counts by, be it none.
  if (socket.remoteAddress !== undefined || Object.hasOwn(socket, 'remoteAddress')) return false;
  // A Unix socket has no address on this side either, but nor has one that is over.
  return socket.destroyed || socket.localAddress !== undefined;
}
