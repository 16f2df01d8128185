// The address at which each connection begins with the PROXY protocol: taken from servers that are trusted and from nobody else, within a
// time and a size, before anything else of the connection is read. What follows the header is the one server's, as at any other address.
import { createServer, type Server, type Socket } from 'node:net';
import type { ListenAddress } from '../settings/settings.ts';
import type { FurtherListener } from './further-listener.ts';
import { listenOn } from './listen.ts';
import { type ProxyFault, parseProxyHeader } from './parse-proxy-header.ts';
import { tellAddress } from './proxied-address.ts';

/** Why a connection was closed before it became one. */
export type ProxiedRefusal = ProxyFault | 'not-trusted' | 'silent' | 'cut-off';

export interface ProxiedListenerParts {
  /** Whether an address may say for whom it connects. */
  readonly isProxy: (address: string) => boolean;
  /** @param address the peer's own, as the kernel says it; `null`: none */
  readonly onRefused: (why: ProxiedRefusal, address: string | null) => void;
  /** Connections whose header is awaited; beyond them the oldest goes. */
  readonly mostWaiting: number;
  /** How long the header may take, milliseconds. Senders write it at once; 5,000 by default. */
  readonly headerTimeoutMs?: number | undefined;
}

/** @throws BouncerError `listen_failed` */
export async function listenProxied(
  server: Server,
  address: ListenAddress,
  parts: ProxiedListenerParts,
): Promise<FurtherListener> {
  const waiting = new Set<Socket>();
  // As Node's own HTTP servers make their sockets.
  const proxied = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', ignore);
    const peer = socket.remoteAddress ?? null;
    if (peer === null || !parts.isProxy(peer)) {
      parts.onRefused('not-trusted', peer);
      socket.destroy();
      return;
    }
    const [oldest] = waiting;
    if (waiting.size >= parts.mostWaiting) oldest?.destroy();
    waiting.add(socket);
    socket.once('close', () => waiting.delete(socket));
    awaitHeader(socket, parts, () => {
      waiting.delete(socket);
      server.emit('connection', socket);
    });
  });
  const listening = await listenOn(proxied, address, {});
  return {
    ...listening,
    stop() {
      proxied.close();
      for (const socket of waiting) socket.destroy();
    },
  };
}

/** @param onHeader called once, when the socket tells the client's address and reads on behind the header */
function awaitHeader(
  socket: Socket,
  { onRefused, headerTimeoutMs = 5_000 }: ProxiedListenerParts,
  onHeader: () => void,
): void {
  const peer = socket.remoteAddress ?? null;
  let bytes: Buffer = Buffer.alloc(0);
  const refuse = (why: ProxiedRefusal): void => {
    stop();
    onRefused(why, peer);
    socket.destroy();
  };
  const read = (): void => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read())
      bytes = Buffer.concat([bytes, chunk]);
    const found = parseProxyHeader(bytes);
    if (found.kind === 'incomplete') return;
    if (found.kind === 'fault') {
      refuse(found.fault);
      return;
    }
    stop();
    if (found.client !== 'self') tellAddress(socket, found.client);
    if (bytes.length > found.length) socket.unshift(bytes.subarray(found.length));
    onHeader();
  };
  // A load balancer that only looks whether somebody listens says nothing, and has nothing to be told.
  const leave = (): void => {
    if (bytes.length > 0) refuse('cut-off');
    else {
      stop();
      socket.destroy();
    }
  };
  const timer = setTimeout(() => refuse('silent'), headerTimeoutMs);
  const stop = (): void => {
    clearTimeout(timer);
    socket.off('readable', read).off('end', leave).off('close', stop);
  };
  socket.on('readable', read).on('end', leave).once('close', stop);
}

function ignore(): void {
  // The connection is gone; whoever waits for its header learns so from 'close'.
}
