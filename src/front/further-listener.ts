// A further address of the front: what connects there is handed to the one server, which counts and ends it as its own.
import { createServer, type Server } from 'node:net';
import type { ListenAddress } from '../settings/settings.ts';
import { type Listening, listenOn } from './listen.ts';

export interface FurtherListener extends Listening {
  /** Takes no more connections; those that are open are the server's. */
  stop(): void;
}

/** @throws BouncerError `listen_failed` */
export async function listenAlso(server: Server, address: ListenAddress): Promise<FurtherListener> {
  // As Node's own HTTP servers make their sockets.
  const further = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    server.emit('connection', socket);
  });
  const listening = await listenOn(further, address, {});
  return { ...listening, stop: () => void further.close() };
}
