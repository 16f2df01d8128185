// The end of an HTTP/1.1 connection whose request was answered before all of it came. To close at once would reset it, and a client that is
// still sending may then never see the answer (RFC 9112 section 9.6): the answer goes out, then nothing more is said, and what still comes
// is thrown away for a moment. Nothing of it is ever a request.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** How long, milliseconds. */
const lingerMs = 1_000;

const lingering = new WeakSet<Socket>();

/** Whether the connection is at its end: what comes over it is nobody's. */
export function isLingering(socket: Socket): boolean {
  return lingering.has(socket);
}

/** The request of each connection whose body came last: those before it are complete. */
const newest = new WeakMap<Socket, IncomingMessage>();

/** Have the connection of this request linger, where its answer is the last one and comes before the end of the body. */
export function lingerAtEnd(req: IncomingMessage): void {
  const { socket } = req;
  // Once for each connection, however many requests it carries.
  if (!newest.has(socket)) watchEnd(socket);
  newest.set(socket, req);
}

function watchEnd(socket: Socket): void {
  const destroySoon = socket.destroySoon;
  // What node:http calls once the last answer was handed over.
  socket.destroySoon = () => {
    const req = newest.get(socket);
    if (req === undefined || req.complete || socket.destroyed || lingering.has(socket))
      destroySoon.call(socket);
    else linger(socket, req);
  };
}

function linger(socket: Socket, req: IncomingMessage): void {
  lingering.add(socket);
  const end = (): void => void socket.destroy();
  const timer = setTimeout(end, lingerMs).unref();
  socket.once('close', () => clearTimeout(timer));
  req.once('end', end).on('error', end).on('data', discard);
  req.resume();
  socket.end();
}

function discard(): void {
  // Nobody asked for it.
}
