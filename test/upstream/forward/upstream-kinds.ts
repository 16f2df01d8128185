// The kinds of upstream that a forwarder speaks to, each as a server that answers what a test says and notes what it heard: HTTP/1.1 over
// TCP, TLS and a Unix socket, HTTP/2 over TLS, by prior knowledge, and over a Unix socket.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { UpstreamAddress, UpstreamOptions } from '../../../src/rules/model/compiled-rules.ts';
import { createServiceList } from '../../../src/tunnel/connector/service-list.ts';
import type { Carriers } from '../../../src/upstream/carriers.ts';
import { connectorTo, startEdge } from '../../tunnel/tunnel-fixture.ts';
import { type Certificates, createCertificates, type Pair } from './certificates.ts';
import { gatewayTo, type TestGateway, tcp } from './fixture.ts';

/** What of both protocols' objects the answers need: they are the same there. */
export type KindListener = (
  req: http.IncomingMessage,
  res: http.ServerResponse & { readonly stream?: http2.ServerHttp2Stream },
) => void;

/** Where the forwarder finds it. */
export interface Started {
  readonly address: UpstreamAddress;
  readonly options: Partial<UpstreamOptions>;
  /** Who carries there, for one behind a tunnel. */
  readonly carriers?: Carriers;
}

export interface UpstreamKind {
  readonly name: string;
  readonly isHttp2: boolean;
  /** Listen until the end of the test. */
  start(listener: KindListener): Promise<Started>;
}

let certificates: { readonly authority: Certificates; readonly server: Pair } | null = null;

/** Called where tests are declared: what the kinds over TLS show is made before them and removed after them. */
export function withCertificates(): void {
  beforeAll(() => {
    const authority = createCertificates();
    certificates = { authority, server: authority.issue('upstream', 'IP:127.0.0.1') };
  });
  afterAll(() => {
    certificates?.authority.remove();
    certificates = null;
  });
}

function certificate(): { readonly authority: Certificates; readonly server: Pair } {
  if (certificates === null) throw new Error('withCertificates() was not called');
  return certificates;
}

/** Answers to `Expect: 100-continue` are the listener's to give. */
function withListener<Server extends net.Server>(server: Server, listener: KindListener): Server {
  server.on('request', listener).on('checkContinue', listener);
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session: http2.ServerHttp2Session) => void sessions.add(session));
  server.on('connection', (socket: net.Socket) => void sessions.add(socket.on('error', () => {})));
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return server;
}

async function startTcp(server: net.Server, isTls: boolean, isHttp2: boolean): Promise<Started> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const caFile = isTls ? certificate().authority.caFile : null;
  return { address: tcp(port, isTls), options: { isHttp2, caFile } };
}

async function startUnix(server: net.Server, isHttp2: boolean): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-kind-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'app.sock');
  server.listen(path);
  await once(server, 'listening');
  return { address: { kind: 'unix', path, text: `unix:${path}` }, options: { isHttp2 } };
}

/** The same behind a connector, which is joined and tried out before the first request. */
async function startBehindTunnel(started: Started, { isTls }: { readonly isTls: boolean }): Promise<Started> {
  if (started.address.kind === 'tunnel') throw new Error('behind one tunnel already');
  const edge = await startEdge();
  const tls = { ca: isTls ? certificate().authority.ca : null, cert: null, key: null };
  const { address } = started;
  const entry = { name: 'app', address, tls, serverName: null, connectTimeoutMs: 5_000 };
  connectorTo(await edge.token(), createServiceList([entry]));
  await edge.carriers('app', 2);
  return {
    address: { kind: 'tunnel', tunnel: 'office', service: 'app', text: 'tunnel:office/app' },
    options: { ...started.options, caFile: null },
    carriers: edge.edge,
  };
}

const noTimeouts = { requestTimeout: 0, headersTimeout: 0 };

export const upstreamKinds: readonly UpstreamKind[] = [
  {
    name: 'HTTP/1.1',
    isHttp2: false,
    start: (listener) => startTcp(withListener(http.createServer(noTimeouts), listener), false, false),
  },
  {
    name: 'HTTP/1.1 over TLS',
    isHttp2: false,
    start: (listener) => {
      const { cert, key } = certificate().server;
      return startTcp(withListener(https.createServer({ ...noTimeouts, cert, key }), listener), true, false);
    },
  },
  {
    name: 'HTTP/1.1 over a Unix socket',
    isHttp2: false,
    start: (listener) => startUnix(withListener(http.createServer(noTimeouts), listener), false),
  },
  {
    name: 'HTTP/2 over TLS',
    isHttp2: true,
    start: (listener) => {
      const { cert, key } = certificate().server;
      return startTcp(withListener(http2.createSecureServer({ cert, key }), listener), true, true);
    },
  },
  {
    name: 'HTTP/2 by prior knowledge',
    isHttp2: true,
    start: (listener) => startTcp(withListener(http2.createServer(), listener), false, true),
  },
  {
    name: 'HTTP/2 over a Unix socket',
    isHttp2: true,
    start: (listener) => startUnix(withListener(http2.createServer(), listener), true),
  },
  {
    name: 'HTTP/1.1 over a tunnel',
    isHttp2: false,
    start: async (listener) => {
      const server = withListener(http.createServer(noTimeouts), listener);
      return startBehindTunnel(await startTcp(server, false, false), { isTls: false });
    },
  },
  {
    name: 'HTTP/2 over TLS over a tunnel',
    isHttp2: true,
    start: async (listener) => {
      const { cert, key } = certificate().server;
      const server = withListener(http2.createSecureServer({ cert, key }), listener);
      return startBehindTunnel(await startTcp(server, true, true), { isTls: true });
    },
  },
];

/** Size and digest of a body, as it came in. */
export async function summaryOf(message: AsyncIterable<unknown>): Promise<string> {
  const digest = createHash('sha256');
  let size = 0;
  for await (const chunk of message) {
    digest.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return `${size} ${digest.digest('base64')}`;
}

/** The same of a body that is at hand. */
export function summary(pieces: readonly Buffer[]): string {
  const whole = Buffer.concat(pieces);
  return `${whole.length} ${createHash('sha256').update(whole).digest('base64')}`;
}

/** A gateway in front of an upstream of the kind. */
export async function gatewayToKind(
  kind: UpstreamKind,
  listener: KindListener,
  options: Parameters<typeof gatewayTo>[1] = {},
): Promise<{ readonly port: number; readonly gateway: TestGateway }> {
  const started = await kind.start(listener);
  const parts = started.carriers === undefined ? {} : { carriers: started.carriers };
  return gatewayTo([started.address], { ...started.options, ...options }, parts);
}
