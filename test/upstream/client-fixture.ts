// What the tests of the HTTP/1.1 client share: a raw upstream over TCP, TLS or a Unix socket, a pool to it, and a sender that
// remembers everything that it was told.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { onTestFinished } from 'vitest';
import type { UpstreamOptions } from '../../src/rules/model/compiled-rules.ts';
import { CoarseClock } from '../../src/upstream/coarse-clock.ts';
import { Http1Pool } from '../../src/upstream/http1/http1-pool.ts';
import type { SocketAddress } from '../../src/upstream/open-socket.ts';
import { SocketOpener } from '../../src/upstream/open-socket.ts';
import type {
  Pair,
  UpstreamRequest,
  UpstreamResponseHead,
  UpstreamStream,
  UpstreamUpgradeHandler,
} from '../../src/upstream/upstream-exchange.ts';
import type { Certificates } from './forward/certificates.ts';
import { defaultUpstreamOptions } from './forward/fixture.ts';

export type Transport = 'TCP' | 'TLS' | 'Unix';

/** An upstream of bytes: what arrives is kept, `talk` answers as it likes. */
export class RawServer {
  readonly server: net.Server;
  readonly sockets: net.Socket[] = [];
  readonly #received: Buffer[][] = [];
  readonly #isTls: boolean;

  constructor(
    transport: Transport,
    certificates: Certificates | null,
    talk: (socket: net.Socket, sofar: string, nth: number) => void,
  ) {
    const onSocket = (socket: net.Socket): void => {
      const mine: Buffer[] = [];
      const nth = this.sockets.push(socket);
      this.#received.push(mine);
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => {
        mine.push(chunk);
        talk(socket, Buffer.concat(mine).toString('latin1'), nth);
      });
    };
    this.#isTls = transport === 'TLS';
    if (transport === 'TLS' && certificates !== null) {
      const pair = certificates.issue('raw', 'IP:127.0.0.1');
      this.server = tls.createServer({ key: pair.key, cert: pair.cert, allowHalfOpen: true }, onSocket);
    } else {
      this.server = net.createServer({ allowHalfOpen: true }, onSocket);
    }
  }

  /** All that came over the n-th connection, from 1. */
  received(nth = 1): string {
    return Buffer.concat(this.#received[nth - 1] ?? []).toString('latin1');
  }

  async listen(transport: Transport): Promise<SocketAddress> {
    if (transport === 'Unix') {
      const folder = mkdtempSync(join(tmpdir(), 'client-socket-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const path = join(folder, 'app.sock');
      this.server.listen(path);
      await once(this.server, 'listening');
      return { kind: 'unix', path, text: `unix:${path}` };
    }
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as net.AddressInfo;
    return { kind: 'tcp', isTls: this.#isTls, host: '127.0.0.1', port, text: `127.0.0.1:${port}` };
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

export interface Client {
  readonly pool: Http1Pool;
  readonly server: RawServer;
  readonly address: SocketAddress;
  readonly clock: CoarseClock;
}

/** A raw upstream and a pool to it, closed at the end of the test. */
export async function clientTo(
  talk: (socket: net.Socket, sofar: string, nth: number) => void,
  how: {
    readonly transport?: Transport;
    readonly certificates?: Certificates;
    readonly options?: Partial<UpstreamOptions>;
  } = {},
): Promise<Client> {
  const transport = how.transport ?? 'TCP';
  const server = new RawServer(transport, how.certificates ?? null, talk);
  const address = await server.listen(transport);
  const options = { ...defaultUpstreamOptions, ...how.options };
  const trusted = { ca: how.certificates?.ca ?? null, cert: null, key: null };
  const clock = new CoarseClock();
  const pool = new Http1Pool(new SocketOpener(address, options, trusted), clock, 64);
  onTestFinished(() => {
    pool.destroy();
    clock.close();
    server.close();
  });
  return { pool, server, address, clock };
}

export interface Answer {
  readonly head: UpstreamResponseHead;
  readonly body: Buffer;
  readonly trailers: readonly string[];
}

/** Sends one request and remembers what it is told, in order. */
export class Sender implements UpstreamUpgradeHandler {
  readonly calls: string[] = [];
  readonly interims: (readonly [number, readonly string[]])[] = [];
  readonly chunks: Buffer[] = [];
  head: UpstreamResponseHead | null = null;
  stream: UpstreamStream;
  error: (Error & { code?: string }) | null = null;
  upgraded: { socket: net.Socket; rest: Buffer } | null = null;
  trailers: readonly string[] = [];
  isOver = false;
  /** Called for each interim response. */
  onHint: ((stream: UpstreamStream) => void) | null = null;
  /** Called for each chunk, before it is kept. */
  onChunk: ((stream: UpstreamStream) => void) | null = null;
  readonly #body: readonly Buffer[] | null;
  readonly #bodyTrailers: readonly string[];
  #next = 0;
  #waiting: (() => void)[] = [];

  /** @param body `null`: none, or by hand */
  constructor(
    pool: Http1Pool,
    request: Partial<UpstreamRequest> = {},
    body: readonly Buffer[] | null = null,
    more: { readonly upgrade?: string; readonly trailers?: readonly string[]; readonly pair?: Pair } = {},
  ) {
    this.#body = body;
    this.#bodyTrailers = more.trailers ?? [];
    const whole: UpstreamRequest = {
      method: body === null ? 'GET' : 'POST',
      path: '/',
      headers: ['Host', 'app.test'],
      hasBody: body !== null,
      expectsContinue: false,
      acceptsTrailers: false,
      sendsTrailers: false,
      responseTimeoutMs: 0,
      idleTimeoutMs: 0,
      ...request,
    };
    if (more.upgrade !== undefined) this.stream = pool.upgrade(whole, more.upgrade, this);
    else
      this.stream = more.pair === undefined ? pool.send(whole, this) : pool.sendBound(whole, this, more.pair);
  }

  #note(call: string): void {
    if (this.isOver) throw new Error(`${call} after the end`);
    this.calls.push(call);
    if (call === 'end' || call === 'error' || call === 'upgrade') this.isOver = true;
    for (const wake of this.#waiting.splice(0)) queueMicrotask(wake);
  }

  onBodyWanted(stream: UpstreamStream): void {
    this.#note('wanted');
    this.stream = stream;
    if (this.#body !== null) this.#write();
  }

  #write(): void {
    const body = this.#body ?? [];
    while (this.#next < body.length) if (!this.stream.write(body[this.#next++] as Buffer)) return;
    this.stream.end(this.#bodyTrailers);
  }

  onDrain(): void {
    this.#note('drain');
    if (this.#body !== null) this.#write();
  }

  onInterim(status: number, fields: string[]): void {
    this.#note('interim');
    this.interims.push([status, fields]);
    this.onHint?.(this.stream);
  }

  onHead(head: UpstreamResponseHead): void {
    this.#note('head');
    this.head = head;
  }

  onData(chunk: Buffer): void {
    if (this.calls.at(-1) !== 'data') this.#note('data');
    else for (const wake of this.#waiting.splice(0)) queueMicrotask(wake);
    this.onChunk?.(this.stream);
    this.chunks.push(this.stream.own(chunk));
  }

  onEnd(trailers: readonly string[]): void {
    this.trailers = trailers;
    this.#note('end');
  }

  onError(error: Error): void {
    this.error = error;
    this.#note('error');
  }

  onUpgrade(head: UpstreamResponseHead, socket: net.Socket, rest: Buffer): void {
    this.head = head;
    this.upgraded = { socket, rest };
    socket.on('error', () => {});
    this.#note('upgrade');
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.isOver) throw new Error(`over before that: ${this.calls} ${this.error?.message ?? ''}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async over(): Promise<void> {
    while (!this.isOver) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** The whole answer; throws what it failed with. */
  async answer(): Promise<Answer> {
    await this.over();
    if (this.error !== null) throw this.error;
    if (this.head === null) throw new Error('an end without a head');
    return { head: this.head, body: this.bytes, trailers: this.trailers };
  }

  /** The text of the body. */
  async text(): Promise<string> {
    return (await this.answer()).body.toString('latin1');
  }

  /** The code of the failure that must come. */
  async failure(): Promise<string> {
    await this.over();
    if (this.error === null) throw new Error(`no failure: ${this.calls}`);
    return this.error.code ?? this.error.message;
  }
}
