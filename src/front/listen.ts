// Binding the address: a TCP port, or a Unix socket that only the owner and the group may open.
import { existsSync } from 'node:fs';
import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
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
      reject(listenFailure(name, cause));
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

/** Why nothing can listen there, and what to do about it, by Node's code. */
function listenFailure(name: string, cause: NodeJS.ErrnoException): BouncerError {
  const port = /:(\d+)$/.exec(name)?.[1] ?? '';
  // libuv tells a missing folder as EACCES.
  const code = name.startsWith('/') && !existsSync(dirname(name)) ? 'ENOENT' : cause.code;
  const [why, hint] = ((): readonly [string, string | null] => {
    switch (code) {
      case 'EADDRINUSE':
        return [
          'another program listens there already',
          `\`ss -ltnp 'sport = :${port}'\` names it: stop it, or choose another port in the settings`,
        ];
      case 'EACCES':
        return port !== '' && Number(port) < 1024
          ? [
              'this account may not use ports below 1024',
              'give it that right (`AmbientCapabilities=CAP_NET_BIND_SERVICE` in a systemd unit), or choose a higher port',
            ]
          : ['this account may not listen there', 'is the folder of the socket writable for it?'];
      case 'EADDRNOTAVAIL':
        return ['this machine has no such address', '`ip address` lists those that it has'];
      case 'EAFNOSUPPORT':
        return ['this machine has no addresses of that kind', 'IPv6 is off here: name an IPv4 address'];
      case 'ENOENT':
        return ['the folder of the socket does not exist', 'make it, or name another path'];
      default:
        return [cause.message, null];
    }
  })();
  const suffix = code === undefined ? '' : ` (${code})`;
  return new BouncerError('listen_failed', `cannot listen on \`${name}\`: ${why}${suffix}`, {
    cause,
    ...(hint === null ? {} : { hint }),
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
