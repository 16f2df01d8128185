// Where connectors come in: TLS 1.3 with the edge's own key and a protocol name of its own, then one proof of a fixed length, read as bytes
// and parsed by nothing else. Only who proved to be known becomes a session.

import { constants } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { type createSecureContext, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { BouncerError } from '../../bouncer-error.ts';
import { peerAddress } from '../../http/client-address.ts';
import type { EdgeKey } from '../wire/edge-certificate.ts';
import {
  alpn,
  bindingOf,
  checkProof,
  isClockQuestion,
  type Proved,
  proofBytes,
  proofMs,
  writeClockAnswer,
} from '../wire/proof.ts';
import { type Verdict, verdictByte } from '../wire/verdict.ts';
import { UnprovedConnections, unprovedLimits } from './unproved-connections.ts';

/** A refused connection may be read by its other side for so long, milliseconds. */
const refusedMs = 2_000;

/** A connection on which nothing is said is asked for by the system after so long: one that only finishes what it carries is not probed. */
const keepAliveMs = 15_000;

export interface ListenerParts {
  readonly key: EdgeKey;
  readonly listen: { readonly host: string; readonly port: number; readonly reusePort: boolean };
  /** Who proved so much. @returns what it is told; only `welcome` goes on */
  readonly admit: (
    proved: Proved,
    address: string,
  ) => Promise<{ readonly verdict: Verdict; readonly open: (socket: TLSSocket) => void }>;
  /** Something came that is not a proof, or none did. */
  readonly onNonsense: (cause: string, address: string) => void;
}

export interface EdgeListener {
  readonly port: number;
  useKey(key: EdgeKey): void;
  close(): Promise<void>;
}

/** @throws BouncerError `listen_failed` */
export async function listenForConnectors(parts: ListenerParts): Promise<EdgeListener> {
  const tls = createTlsServer({ ...contextOf(parts.key), ALPNProtocols: [alpn], handshakeTimeout: proofMs });
  const unproved = new UnprovedConnections((socket) => void tls.emit('connection', socket));
  tls.on('tlsClientError', (_error, socket) => void socket.destroy());
  tls.on('secureConnection', (socket: TLSSocket & { readonly _parent?: Socket }) => {
    socket.on('error', () => {});
    const accepted = socket._parent;
    readProof(socket, (message) => {
      if (accepted !== undefined) unproved.onProof(accepted);
      void greet(message, socket, parts, () => void (accepted !== undefined && unproved.settle(accepted)));
    });
  });
  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs },
    (socket) => unproved.add(socket),
  );
  await listen(server, parts.listen);
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : parts.listen.port,
    useKey: (key) => tls.setSecureContext(contextOf(key)),
    close: () =>
      new Promise((resolve) => {
        unproved.close();
        server.close(() => resolve());
      }),
  };
}

function contextOf({ privateKey, certificate }: EdgeKey): Parameters<typeof createSecureContext>[0] & object {
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
    cert: certificate,
    minVersion: 'TLSv1.3',
    // Every connection shows the key anew: none is resumed.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** The first {@link proofBytes} of a connection; its end, silence or anything more is none. */
function readProof(socket: TLSSocket, done: (message: Buffer | null) => void): void {
  let isDone = false;
  const finish = (message: Buffer | null): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    socket.off('readable', look).off('end', fail).off('close', fail);
    done(message);
  };
  const fail = (): void => finish(null);
  const look = (): void => {
    // Whoever sends more than the proof before it was answered is not a connector.
    const isTooMuch = socket.readableLength > proofBytes;
    const message: Buffer | null = isTooMuch ? null : socket.read(proofBytes);
    if (isTooMuch || message !== null) finish(message);
  };
  const timer = setTimeout(fail, proofMs);
  socket.on('readable', look).on('end', fail).on('close', fail);
}

async function greet(
  message: Buffer | null,
  socket: TLSSocket,
  { admit, onNonsense }: ListenerParts,
  onSettled: () => void,
): Promise<void> {
  const address = peerAddress(socket.remoteAddress) ?? '';
  if (message !== null && isClockQuestion(message) && socket.alpnProtocol === alpn) {
    refuse(socket, writeClockAnswer(Date.now()));
    return;
  }
  const proved =
    message === null || socket.destroyed || socket.alpnProtocol !== alpn
      ? null
      : checkProof(message, bindingOf(socket));
  if (proved === null) {
    onNonsense(message === null ? 'no-proof' : 'not-a-proof', address);
    if (message === null) socket.destroy();
    else refuse(socket, verdictByte('not-a-proof'));
    return;
  }
  const { verdict, open } = await admit(proved, address);
  if (socket.destroyed) return;
  if (verdict !== 'welcome') {
    refuse(socket, verdictByte(verdict));
    return;
  }
  // HTTP/2 takes over the connection below the stream: nothing may be on its way in it.
  socket.write(verdictByte(verdict), (error) => {
    if (error !== undefined && error !== null) return;
    setImmediate(() => {
      if (socket.destroyed) return;
      onSettled();
      open(socket);
    });
  });
}

/** @param word the last thing that it is told */
function refuse(socket: TLSSocket, word: Buffer): void {
  socket.end(word);
  socket.resume();
  setTimeout(() => socket.destroy(), refusedMs).unref();
}

function listen(server: Server, { host, port, reusePort }: ListenerParts['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new BouncerError(
          'listen_failed',
          `\`tunnel.listen\` cannot be opened: ${host} port ${port} (${error.code ?? 'error'})`,
          {
            cause: error,
            hint: 'is the port free, and may this account open it?',
          },
        ),
      ),
    );
    server.listen({ host, port, reusePort, backlog: unprovedLimits.most }, () => {
      server.removeAllListeners('error').on('error', () => {});
      resolve();
    });
  });
}
