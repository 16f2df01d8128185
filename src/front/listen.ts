// Binding the address: a TCP port, or a Unix socket that only the owner and the group may open.
import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { BouncerError } from '../bouncer-error.ts';
import type { ListenAddress } from '../settings/settings.ts';

/** Where a server listens; `port` is `null` for a Unix socket. */
export interface Listening {
  readonly host: string;
  readonly port: number | null;
}

const socketMode = 0o660;

export interface ListenOptions {
  /** Other processes may listen on the same TCP port too, and the kernel spreads connections over them (Linux). */
  readonly reusePort?: boolean;
  /** A socket that listens already, by its file descriptor: whoever started this process holds it, and hands it to the next one. */
  readonly inheritedFd?: number;
}

/** @throws BouncerError `listen_failed` */
export async function listenOn(
  server: Server,
  address: ListenAddress,
  { reusePort = false, inheritedFd }: ListenOptions,
): Promise<Listening> {
  if (inheritedFd !== undefined) {
    await bind(server, { fd: inheritedFd }, `file descriptor ${inheritedFd}`);
    const bound = server.address();
    if (bound !== null && typeof bound === 'object') return { host: bound.address, port: bound.port };
    return { host: typeof bound === 'string' ? bound : 'inherited', port: null };
  }
  if (address.kind === 'tcp') {
    await bind(
      server,
      { host: address.host, port: address.port, reusePort, backlog: 1024 },
      `${address.host}:${address.port}`,
    );
    const bound = server.address();
    const port = bound !== null && typeof bound === 'object' ? bound.port : address.port;
    return { host: address.host, port };
  }
  await removeStaleSocket(address.path);
  // The mode counts from the moment of the bind, which happens within the call; chmod after it makes it exact.
  const before = process.umask(0o777 & ~socketMode);
  let bound: Promise<void>;
  try {
    bound = bind(server, { path: address.path, backlog: 1024 }, address.path);
  } finally {
    process.umask(before);
  }
  await bound;
  await chmod(address.path, socketMode);
  return { host: address.path, port: null };
}

function bind(
  server: Server,
  options: Parameters<Server['listen']>[0] & object,
  name: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => {
      server.off('listening', onListening);
      reject(new BouncerError('listen_failed', `cannot listen on \`${name}\`: ${cause.message}`, { cause }));
    };
    const onListening = (): void => {
      server.off('error', onError);
      resolve();
    };
    server.once('error', onError);
    server.once('listening', onListening);
    server.listen(options);
  });
}

/** Remove the socket that a dead process left behind; one that answers, or that is not a socket, stays. */
async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return;
  if (!found.isSocket()) {
    throw new BouncerError('listen_failed', `\`${path}\` exists and is not a socket`, {
      hint: 'remove it, or listen elsewhere',
    });
  }
  if (await isAnswering(path)) {
    throw new BouncerError('listen_failed', `another process listens on \`${path}\``, {
      hint: 'stop it first',
    });
  }
  await unlink(path).catch(() => {});
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    // Only a refusal proves that nobody listens; a full backlog or a missing permission does not.
    probe.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}
