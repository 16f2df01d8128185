// A front server with recorded calls, certificates made by openssl, and raw clients.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFrontServer, type FrontServer, type FrontServerParts } from '../../src/front/front-server.ts';
import type { Settings } from '../../src/settings/settings.ts';
import type { EventFields, EventName } from '../../src/telemetry/events.ts';
import type { RequestRecord } from '../../src/telemetry/request-record.ts';

export const limits: Settings['limits'] = {
  headerBytes: 16_384,
  cookieBytes: 131_072,
  headerCount: 64,
  urlBytes: 8_192,
  bodyBytes: 0,
  preservedBodyBytes: 0,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 0,
  keepAliveTimeoutMs: 30_000,
  connections: 1_000,
  connectionsPerAddress: 1_000,
  writeTimeoutMs: 60_000,
  stalledPerAddress: 64,
  failedLoginsPerAddress: 20,
  failedLoginsPerProvider: 300,
  drainDelayMs: 0,
  drainTimeoutMs: 5_000,
};

export interface Recorded {
  readonly records: RequestRecord[];
  readonly events: { readonly name: EventName; readonly fields: EventFields }[];
}

const folders: string[] = [];

/** A folder that `cleanUp` removes. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-front-'));
  folders.push(folder);
  return folder;
}

/** A self-signed certificate for localhost in `folder`. */
export function makeCertificate(
  folder: string,
  name: string,
  days = 2,
): { readonly certFile: string; readonly keyFile: string } {
  const certFile = join(folder, `${name}.pem`);
  const keyFile = join(folder, `${name}-key.pem`);
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        String(days),
      ],
      ...[
        '-subj',
        `/CN=${name}`,
        '-addext',
        'subjectAltName=DNS:localhost,IP:127.0.0.1',
        '-keyout',
        keyFile,
        '-out',
        certFile,
      ],
    ],
    { stdio: 'ignore' },
  );
  return { certFile, keyFile };
}

const open: FrontServer[] = [];

export type Handlers = Partial<
  Pick<
    FrontServerParts,
    'onRequest' | 'onUpgrade' | 'onCheckContinue' | 'certificateCheckMs' | 'proxyHeaderTimeoutMs' | 'isProxy'
  >
>;

/** Start a front server on a free port of loopback. */
export async function startFront(
  handlers: Handlers,
  more: { readonly limits?: Partial<Settings['limits']>; readonly tls?: Settings['tls'] } = {},
): Promise<Recorded & { readonly front: FrontServer; readonly port: number }> {
  const recorded: Recorded = { records: [], events: [] };
  const front = createFrontServer({
    limits: { ...limits, ...more.limits },
    tls: more.tls ?? null,
    onRequest: (_req, res) => void res.end('hello'),
    onUpgrade: (_req, socket) => void socket.destroy(),
    onCheckContinue: (_req, res) => void res.end(),
    telemetry: {
      request: (record) => void recorded.records.push(record),
      event: (name, fields) => void recorded.events.push({ name, fields }),
    },
    ...handlers,
  });
  open.push(front);
  const { port } = await front.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 });
  return { ...recorded, front, port: port ?? 0 };
}

/** For `afterEach`. */
export async function cleanUp(): Promise<void> {
  await Promise.all(open.splice(0).map((front) => front.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A TCP client that collects what it receives. */
export class RawClient {
  readonly socket: Socket;
  text = '';
  readonly closed: Promise<void>;

  constructor(target: number | string) {
    this.socket = typeof target === 'number' ? connectTcp(target, '127.0.0.1') : connectTcp(target);
    this.socket.setEncoding('latin1');
    this.socket.on('data', (chunk: string) => {
      this.text += chunk;
      this.socket.emit('text');
    });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  /** Wait until what was received contains `part`; fails when the connection ends before. */
  async receive(part: string): Promise<string> {
    while (!this.text.includes(part)) {
      if (this.socket.destroyed) throw new Error(`closed; received ${JSON.stringify(this.text)}`);
      await new Promise<void>((resolve) => {
        this.socket.once('text', resolve);
        this.socket.once('close', () => resolve());
      });
    }
    return this.text;
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
