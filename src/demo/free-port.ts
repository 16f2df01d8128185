// Finds a port on loopback that nobody listens on.

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { BouncerError } from '../bouncer-error.ts';

/**
 * The first free port of 127.0.0.1 from `first` on; 0 = any.
 *
 * @param attempts how many ports to try
 * @throws BouncerError `listen_failed` when all of them are taken
 */
export async function findFreePort(first: number, attempts: number): Promise<number> {
  for (let port = first; port < first + attempts && port <= 65_535; port++) {
    const found = await tryPort(port);
    if (found !== null) return found;
  }
  throw new BouncerError('listen_failed', `port ${first} of 127.0.0.1 is taken`, {
    hint: 'try another one with --port',
  });
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const taken = (server.address() as AddressInfo).port;
      server.close(() => resolve(taken));
    });
  });
}
