// How a connector reaches an edge: TCP, or CONNECT through the proxy of its network (RFC 9110 section 9.3.6), then TLS 1.3 to whoever has
// one of the pinned keys. There is no way to turn that check off.
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { BouncerError } from '../../bouncer-error.ts';
import { pinOf } from '../wire/edge-certificate.ts';
import type { KeyPair } from '../wire/key-text.ts';
import { alpn, bindingOf, proofMs, writeProof } from '../wire/proof.ts';
import { meaningOf, type Verdict, verdictOf } from '../wire/verdict.ts';

const connectMs = 15_000;

const nameHint = 'is the name right, and does the DNS server of this machine answer?';
const reachHint =
  'does bouncer run there, is the port right, and do the firewalls in between let this machine out to it?';
const tlsHint = 'is this the port of `tunnel.listen`? something in between may end TLS';
const proxyHint = 'is what `HTTPS_PROXY` names a proxy that takes CONNECT?';
/** The head of a proxy's answer, bytes. */
const mostProxyHead = 8_192;

export interface DialParts {
  /** `host:port`. */
  readonly address: string;
  readonly pins: readonly string[];
  /** `null`: directly. */
  readonly proxy: URL | null;
  /** Called with each connection as it is begun: who destroys it ends the attempt. */
  readonly onSocket?: (socket: Socket) => void;
}

/** What a proof of this connector consists of. */
export interface Credentials {
  readonly connector: KeyPair;
  /** The key of a join token, while the edge does not know the connector. */
  readonly token: KeyPair | null;
}

/** The edge does not let it in. */
export class RefusedByEdge extends Error {
  readonly verdict: Verdict | null;

  constructor(verdict: Verdict | null) {
    super(verdict === null ? 'the edge closed the connection in place of an answer' : meaningOf(verdict));
    this.name = 'RefusedByEdge';
    this.verdict = verdict;
  }
}

/**
 * Connect, and be let in.
 *
 * @returns the connection, on which the edge speaks HTTP/2 next
 * @throws RefusedByEdge; BouncerError `upstream_unreachable` where the edge was not reached, or is another one
 */
export async function dial(parts: DialParts, credentials: Credentials): Promise<TLSSocket> {
  const socket = await reachEdge(parts);
  try {
    await proveTo(socket, credentials);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** As far as TLS and the pin. @throws BouncerError `upstream_unreachable` */
export async function reachEdge({
  address,
  pins,
  proxy,
  onSocket = () => {},
}: DialParts): Promise<TLSSocket> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = Number(address.slice(colon + 1));
  const tcp =
    proxy === null ? await openTcp({ host, port, onSocket }) : await openByProxy(proxy, address, onSocket);
  const socket = connectTls({
    socket: tcp,
    ALPNProtocols: [alpn],
    minVersion: 'TLSv1.3',
    // The key is what is verified, below: no authority vouches for it, and no name is needed.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
  await ready(socket, 'secureConnect', `the TLS handshake with ${address}`, tlsHint);
  const key = socket.getPeerX509Certificate()?.publicKey.export({ format: 'der', type: 'spki' });
  const isRight = key !== undefined && pins.includes(pinOf(key));
  if (isRight && socket.alpnProtocol === alpn && socket.getProtocol() === 'TLSv1.3') return socket;
  socket.destroy();
  if (!isRight)
    throw new BouncerError(
      'upstream_unreachable',
      `what answers at ${address} has another key than the edge`,
      {
        hint: 'the name leads to another machine, something in between ends TLS, or the edge has new keys: then make a new join token',
      },
    );
  throw new BouncerError('upstream_unreachable', `what answers at ${address} is not a tunnel listener`, {
    hint: tlsHint,
  });
}

interface TcpParts extends Required<Pick<DialParts, 'onSocket'>> {
  readonly host: string;
  readonly port: number;
  readonly hint?: string;
}

async function openTcp({ host, port, onSocket, hint = reachHint }: TcpParts): Promise<Socket> {
  // Looked up for each connection: addresses move.
  await lookup(host).catch((cause: unknown) => {
    throw new BouncerError('upstream_unreachable', `the name ${host} cannot be looked up`, {
      ...{ cause, hint: nameHint },
    });
  });
  const socket = connectTcp({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 });
  onSocket(socket);
  await ready(socket, 'connect', `the connection to ${host} port ${port}`, hint);
  return socket;
}

async function openByProxy(proxy: URL, target: string, onSocket: TcpParts['onSocket']): Promise<Socket> {
  const isTls = proxy.protocol === 'https:';
  const port = Number(proxy.port || (isTls ? 443 : 80));
  const host = proxy.hostname.replace(/^\[(.*)\]$/, '$1');
  const tcp = await openTcp({ host, port, onSocket, hint: proxyHint });
  // Without `host` an address would be looked for in its certificate as `localhost`.
  const names = isIP(host) === 0 ? { host, servername: host } : { host };
  const socket = isTls ? connectTls({ socket: tcp, ...names }) : tcp;
  if (isTls)
    await ready(socket, 'secureConnect', `the TLS handshake with the proxy ${proxy.host}`, proxyHint);
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const authorization =
    credentials === ':'
      ? ''
      : `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`);
  const status = await readProxyAnswer(socket, proxy.host);
  if (status >= 200 && status < 300) return socket;
  socket.destroy();
  throw new BouncerError(
    'upstream_unreachable',
    `the proxy ${proxy.host} answered ${status} to CONNECT ${target}`,
    {
      hint:
        status === 407 ? 'it wants a login: write it into `HTTPS_PROXY`' : 'let it allow this host and port',
    },
  );
}

/** The status of the head; what follows it stays in the socket. */
function readProxyAnswer(socket: Socket, name: string): Promise<number> {
  return withEnds(socket, { what: `the answer of the proxy ${name}`, hint: proxyHint }, (done, fail) => {
    let head = '';
    let bytes = 0;
    const stop = (then: () => void): void => {
      socket.off('readable', look);
      then();
    };
    const look = (): void => {
      for (let byte = socket.read(1); byte !== null; byte = socket.read(1)) {
        head += Buffer.from(byte).toString('latin1');
        bytes++;
        const status = head.endsWith('\r\n\r\n') ? statusOf(head) : null;
        if (bytes > mostProxyHead) stop(() => fail('is too long'));
        else if (status === null) continue;
        else if (Number.isNaN(status)) stop(() => fail('is not HTTP'));
        else if (status >= 200) stop(() => done(status));
        else {
          // Heads before the one that counts (RFC 9110 section 15.2).
          head = '';
          continue;
        }
        return;
      }
    };
    socket.on('readable', look);
    look();
  });
}

/** @returns `NaN` where it is not one */
function statusOf(head: string): number {
  return Number(/^HTTP\/1\.[01] (\d{3})[ \r]/.exec(head)?.[1] ?? Number.NaN);
}

/** @throws RefusedByEdge */
export async function proveTo(socket: TLSSocket, { connector, token }: Credentials): Promise<void> {
  await new Promise<void>((resolve) => {
    socket.write(writeProof(bindingOf(socket), connector, token), () => resolve());
  });
  const verdict = await new Promise<Verdict | null>((resolve) => {
    const finish = (answer: Verdict | null): void => {
      clearTimeout(timer);
      socket.off('readable', look).off('end', fail).off('close', fail).off('error', fail);
      resolve(answer);
    };
    const fail = (): void => finish(null);
    const look = (): void => {
      const byte: Buffer | null = socket.read(1);
      if (byte !== null) finish(verdictOf(byte[0] ?? -1));
    };
    const timer = setTimeout(fail, proofMs);
    socket.on('readable', look).on('end', fail).on('close', fail).on('error', fail);
  });
  if (verdict !== 'welcome') throw new RefusedByEdge(verdict);
  socket.on('error', () => {});
}

function ready(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  what: string,
  hint: string,
): Promise<void> {
  return withEnds(socket, { what, hint }, (done) => socket.once(event, () => done(undefined)));
}

/** Waits for an answer of a socket that may fail, close or say nothing. @throws BouncerError `upstream_unreachable` */
function withEnds<T>(
  socket: Socket,
  { what, hint }: { readonly what: string; readonly hint: string },
  wait: (done: (value: T) => void, fail: (why: string) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      socket.off('error', onError).off('close', onClose);
      // Whoever takes it next listens on their own.
      socket.on('error', () => {});
    };
    const fail = (why: string, cause?: unknown): void => {
      finish();
      socket.destroy();
      reject(new BouncerError('upstream_unreachable', `${what} ${why}`, { cause, hint }));
    };
    const onError = (error: NodeJS.ErrnoException): void =>
      fail(`failed (${error.code ?? error.message})`, error);
    const onClose = (): void => fail('was closed');
    const timer = setTimeout(() => fail('took too long'), connectMs);
    socket.on('error', onError).on('close', onClose);
    wait((value) => {
      finish();
      resolve(value);
    }, fail);
  });
}
