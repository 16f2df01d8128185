// What the forwarder's tests share: permits made without a decision, a gateway that forwards everything, and upstreams.

import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { BouncerError } from '../../../src/bouncer-error.ts';
import { failures } from '../../../src/bouncer-error.ts';
import { findFreePort } from '../../../src/demo/free-port.ts';
import type { BodyRefusal, Forwarder, ForwardSink } from '../../../src/gateway/forwarder.ts';
import type { Permit } from '../../../src/gateway/permit.ts';
import { createSocketResponse } from '../../../src/gateway/socket-response.ts';
import { refusals } from '../../../src/http/refusals.ts';
import type {
  Application,
  UpstreamAddress,
  UpstreamOptions,
} from '../../../src/rules/model/compiled-rules.ts';
import { createForwarder, type ForwarderParts } from '../../../src/upstream/create-forwarder.ts';

export const defaultUpstreamOptions: UpstreamOptions = {
  hostHeader: 'preserve',
  caFile: null,
  serverName: null,
  clientCertFile: null,
  clientKeyFile: null,
  isHttp2: false,
  connectTimeoutMs: 5_000,
  responseTimeoutMs: 60_000,
  idleTimeoutMs: 0,
  maxConnections: 64,
  maxQueue: 64,
  maxConnectionsPerClient: 64,
  maxWebSockets: 64,
  maxWebSocketsPerClient: 64,
  webSocketIdleTimeoutMs: 0,
  healthCheck: null,
};

export function tcp(port: number, isTls = false): UpstreamAddress {
  return {
    kind: 'tcp',
    isTls,
    host: '127.0.0.1',
    port,
    text: `${isTls ? 'https' : 'http'}://127.0.0.1:${port}`,
  };
}

export function application(
  upstreams: readonly UpstreamAddress[],
  options: Partial<UpstreamOptions> = {},
): Application {
  return {
    name: 'app',
    hosts: ['app.test'],
    presentation: { label: 'app', contact: null, deniedText: null },
    audience: 'app',
    isInMaintenance: false,
    requests: null,
    upstreams,
    isForwardAuth: false,
    dialects: [],
    upstreamOptions: { ...defaultUpstreamOptions, ...options },
    loginMethods: null,
    session: { durationMs: null, idleTimeoutMs: null },
    identityHeaders: [],
    requestHeaders: { set: [], setFromSecrets: [], remove: [], pass: [] },
    looksAtMethod: false,
    responseHeaders: { set: [], remove: [] },
    allowedOrigins: [],
    passesPreflight: false,
    takesPersonal: false,
    upgrades: ['websocket'],
    pathSpelling: 'strict',
    rewritesLocation: false,
    areas: [],
    selectArea: () => 'ambiguous',
  };
}

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/** The fields without the connection's own: what the pure header rules do in the product, in its plainest form. */
export function endToEnd(raw: readonly string[], alsoKept: readonly string[] = []): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (!name.startsWith(':') && (!hopByHop.has(name) || alsoKept.includes(name)))
      kept.push(raw[i]!, raw[i + 1]!);
  }
  return kept;
}

/** A permit out of thin air: only tests may do this. */
export function permitFor(target: Application, req: http.IncomingMessage): Permit {
  const [path = '/', ...rest] = (req.url ?? '/').split('?');
  const headers = endToEnd(req.rawHeaders);
  const authority = req.headers[':authority'];
  if (typeof authority === 'string' && req.headers.host === undefined) headers.unshift('Host', authority);
  const length = req.headers['content-length'];
  return {
    application: target,
    area: { path: null, upstreams: null },
    request: {
      method: req.method ?? 'GET',
      target: { path, query: rest.length === 0 ? '' : `?${rest.join('?')}`, readings: [] },
      rawHeaders: req.rawHeaders,
      hasBody:
        req.httpVersionMajor >= 2
          ? !(req as unknown as { stream: { endAfterHeaders: boolean } }).stream.endAfterHeaders
          : req.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0'),
      isWebSocket: req.headers.upgrade === 'websocket',
      upgrade: req.headers.upgrade ?? null,
      expectsContinue: req.headers.expect !== undefined,
    },
    headers,
    decision: { outcome: 'allow' },
    principal: { kind: 'person', id: req.headers['x-person'] ?? 'somebody' },
    requester: req.headers['x-person'] ?? null,
  } as unknown as Permit;
}

export interface Outcome {
  readonly kind: 'end' | 'failure' | 'refused';
  readonly status: number;
  readonly bytesOut: number;
  readonly cut: string | null;
  readonly error: BouncerError | null;
}

/** A gateway that permits everything, with a record of how each request ended. */
export class TestGateway {
  readonly outcomes: Outcome[] = [];
  readonly ends: ((reason: string) => void)[] = [];
  readonly goodbyes: (() => void)[] = [];
  readonly events: { readonly name: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  readonly forwarder: Forwarder;
  readonly server: http.Server;
  app: Application;
  /** How many requests were handed to the forwarder. */
  started = 0;
  #waiting: (() => void)[] = [];

  constructor(app: Application, options: Partial<ForwarderParts> = {}) {
    this.app = app;
    this.forwarder = createForwarder({
      telemetry: { event: (name, fields) => void this.events.push({ name, fields }) },
      responseHeaders: (_permit, raw) => endToEnd(raw, ['trailer']),
      requestTrailers: (_permit, raw) => endToEnd(raw),
      isSharedConnection: () => false,
      bodyBytes: 0,
      ...options,
    });
    this.forwarder.retain([app]);
    this.server = http.createServer();
    this.server.on('request', this.handle).on('checkContinue', this.handle);
    this.server.on('upgrade', (req: http.IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => {});
      const sink = this.sink((error) => {
        socket.end(
          `HTTP/1.1 ${refusals[failures[error.code].refusal].status} X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
        );
      });
      const respond = () => createSocketResponse(req, socket);
      this.forwarder.upgrade(permitFor(this.app, req), { req, socket, head, respond }, sink);
    });
  }

  readonly handle = (req: http.IncomingMessage, res: http.ServerResponse): void => {
    this.started++;
    const sink = this.sink((error) => {
      res.writeHead(refusals[failures[error.code].refusal].status, { 'Content-Type': 'text/plain' });
      res.end(error.code);
    });
    this.forwarder.forward(permitFor(this.app, req), req, res, sink);
  };

  sink(answer: (error: BouncerError) => void): ForwardSink {
    return {
      onFailure: (error) => {
        this.#note({
          kind: 'failure',
          status: refusals[failures[error.code].refusal].status,
          bytesOut: 0,
          cut: null,
          error,
        });
        answer(error);
      },
      onEnd: (outcome) => this.#note({ kind: 'end', error: null, ...outcome }),
      onLive: (end, sayGoodbye) => {
        this.ends.push(end);
        if (sayGoodbye !== undefined) this.goodbyes.push(sayGoodbye);
      },
    };
  }

  #note(outcome: Outcome): void {
    this.outcomes.push(outcome);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Wait for the n-th outcome. */
  async outcome(n = 1): Promise<Outcome> {
    while (this.outcomes.length < n) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.outcomes[n - 1]!;
  }

  async listen(): Promise<number> {
    return listen(this.server);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await this.forwarder.close();
  }
}

export function refusing(refused: BodyRefusal[]): Pick<ForwardSink, 'onRefused'> {
  return { onRefused: (refusal) => void refused.push(refusal) };
}

export async function listen(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

/** A raw TCP upstream: everything that arrives is kept, and `answer` writes what it likes. */
export class RawUpstream {
  readonly server: net.Server;
  readonly sockets: net.Socket[] = [];
  readonly received: Buffer[] = [];
  #answer: (socket: net.Socket, sofar: string, nth: number) => void;

  /** @param answer called for each chunk with all that came over this connection since the last answer */
  constructor(answer: (socket: net.Socket, sofar: string, nth: number) => void = () => {}) {
    this.#answer = answer;
    this.server = net.createServer((socket) => {
      const nth = this.sockets.push(socket);
      const mine: Buffer[] = [];
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => {
        this.received.push(chunk);
        mine.push(chunk);
        this.#answer(socket, Buffer.concat(mine).toString('latin1'), nth);
      });
    });
  }

  get text(): string {
    return Buffer.concat(this.received).toString('latin1');
  }

  async listen(): Promise<number> {
    return listen(this.server);
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

/** Send bytes, read until the other side closes, or `until` is in what came. */
export async function exchange(port: number, bytes: string | Buffer, until?: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.write(bytes);
  return new Promise((resolve, reject) => {
    const text = (): string => Buffer.concat(chunks).toString('latin1');
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (until !== undefined && text().includes(until)) {
        resolve(text());
        socket.destroy();
      }
    });
    socket.on('close', () => resolve(text()));
    socket.on('error', (error) => (chunks.length > 0 ? resolve(text()) : reject(error)));
  });
}

export async function waitFor(condition: () => boolean, limitMs = 5_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A gateway in front of the addresses, closed at the end of the test. */
export async function gatewayTo(
  upstreams: readonly UpstreamAddress[],
  options: Partial<UpstreamOptions> = {},
  forwarderOptions: Partial<ForwarderParts> = {},
): Promise<{ readonly port: number; readonly gateway: TestGateway }> {
  const gateway = new TestGateway(application(upstreams, options), forwarderOptions);
  onTestFinished(() => gateway.close());
  return { port: await gateway.listen(), gateway };
}

/** A raw upstream that listens, closed at the end of the test. */
export async function rawUpstream(
  answer?: (socket: net.Socket, sofar: string, nth: number) => void,
): Promise<{ readonly port: number; readonly upstream: RawUpstream }> {
  const upstream = new RawUpstream(answer);
  onTestFinished(() => upstream.close());
  return { port: await upstream.listen(), upstream };
}

/** A node:http upstream that listens, closed at the end of the test. */
export async function httpUpstream(
  listener: http.RequestListener,
): Promise<{ readonly port: number; readonly server: http.Server; readonly connections: () => number }> {
  const server = http.createServer(listener);
  let connections = 0;
  server.on('connection', () => void connections++);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: await listen(server), server, connections: () => connections };
}

/** A port of 127.0.0.1 on which nothing listens. */
export function deadPort(): Promise<number> {
  return findFreePort(0, 1);
}
