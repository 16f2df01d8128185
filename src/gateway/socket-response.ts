// A response on a socket that node:http has let go for an upgrade: the answer to a handshake that is not taken up.
// The connection ends with it. Only the plumbing that node:http does for its own sockets; nothing is decided here.
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** How long a client may take to close its side after the last byte of the response. */
const lingerMs = 2_000;

/**
 * Make the response. It reports `drain` and `close` as one of node:http's does; what the client still sends is thrown away.
 *
 * Call `detachSocket` to hand the socket on instead of answering.
 */
export function createSocketResponse(req: IncomingMessage, socket: Duplex): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket as Socket);
  socket.on('drain', () => {
    if (res.socket !== null) res.emit('drain');
  });
  res.once('finish', () => {
    socket.resume();
    socket.end();
    setTimeout(() => socket.destroy(), lingerMs).unref();
    res.detachSocket(socket as Socket);
    res.emit('close');
  });
  return res;
}
