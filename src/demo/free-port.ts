// Finds a port on loopback that nobody listens on, and keeps it for who asked.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { BouncerError } from '../bouncer-error.ts';

/**
 * The first free port of 127.0.0.1 from `first` on; 0 = any. For about a minute nobody who asks for any port gets it.
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

async function tryPort(port: number): Promise<number | null> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return null;
  }
  const taken = (server.address() as AddressInfo).port;
  await leaveBehind(server, taken);
  server.close();
  await once(server, 'close');
  return taken;
}

/**
 * A connection whose server ends it first stays with the kernel as TIME-WAIT (RFC 9293 section 3.6): until that is over, the port is
 * neither lent to connections nor given to who listens on any, and whoever names it may listen there.
 */
async function leaveBehind(server: Server, port: number): Promise<void> {
  const client = connect(port, '127.0.0.1');
  client.on('error', () => {});
  const [accepted] = await once(server, 'connection');
  accepted.on('error', () => {});
  accepted.end();
  client.resume();
  await once(client, 'close');
}
