// Clients that send a request as told and note everything of its answer: over HTTP/1.1, and over HTTP/2 to a front as bouncer has it.
import http from 'node:http';
import http2 from 'node:http2';
import { onTestFinished } from 'vitest';
import { makeCertificate, makeFolder, startFront } from '../../front/front-fixture.ts';
import type { TestGateway } from './fixture.ts';
import type { Ask, Fields } from './message-cases.ts';
import { summary, summaryOf } from './upstream-kinds.ts';

/** What belongs to one connection, to the framing, or to the minute. */
const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date', 'host', 'trailer']);

/** Names in lower case with their values, without what is not compared. */
export function pairsOf(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    if (!name.startsWith(':') && !ofConnection.has(name)) pairs.push([name, raw[i + 1] ?? '']);
  }
  return pairs;
}

export function flat(fields: Fields = []): string[] {
  return fields.flat();
}

export interface Got {
  readonly status: number | undefined;
  readonly fields: [string, string][];
  readonly hints: [string, string][][];
  readonly body: string;
  readonly trailers: [string, string][];
}

/** Ask over a connection of its own. */
function askHttp1(port: number, asked: Ask): Promise<Got> {
  const { method, path = '/', fields = [], pieces: body = [], framing, trailers } = asked;
  const size = body.reduce((sum, piece) => sum + piece.length, 0);
  const framed =
    framing === 'fixed'
      ? ['content-length', String(size)]
      : framing === 'chunked'
        ? ['transfer-encoding', 'chunked']
        : [];
  return new Promise((resolve, reject) => {
    const headers = ['host', 'app.test', ...flat(fields), ...framed] as never;
    const hints: [string, string][][] = [];
    const req = http.request({ port, method, path, headers, agent: false, maxHeaderSize: 65_536 }, (res) => {
      summaryOf(res).then(
        (text) =>
          resolve({
            status: res.statusCode,
            fields: pairsOf(res.rawHeaders),
            hints,
            body: text,
            trailers: pairsOf(res.rawTrailers),
          }),
        reject,
      );
    });
    req.on('information', ({ rawHeaders }) => hints.push(pairsOf(rawHeaders)));
    req.on('error', reject);
    for (const piece of body) req.write(piece);
    if (trailers !== undefined) req.addTrailers(trailers as never);
    req.end();
  });
}

type Headers = http2.IncomingHttpHeaders;

/** Ask over the session. */
function askHttp2(session: http2.ClientHttp2Session, asked: Ask): Promise<Got> {
  const { method, path = '/', fields = [], pieces: body = [], framing, trailers } = asked;
  const size = body.reduce((sum, piece) => sum + piece.length, 0);
  const length = framing === 'fixed' ? ['content-length', String(size)] : [];
  const pseudo = [':method', method, ':scheme', 'https', ':authority', 'app.test', ':path', path];
  const stream = session.request([...pseudo, ...flat(fields), ...length] as never, {
    endStream: framing === undefined,
    waitForTrailers: trailers !== undefined,
  });
  return new Promise((resolve, reject) => {
    const hints: [string, string][][] = [];
    const chunks: Buffer[] = [];
    let status = 0;
    let head: string[] = [];
    let sum: string[] = [];
    stream.on('headers', (_headers: Headers, _flags: number, raw: string[]) => hints.push(pairsOf(raw)));
    stream.on('response', (headers: Headers, _flags: number, raw: string[]) => {
      status = Number(headers[':status']);
      head = raw;
    });
    stream.on('trailers', (_headers: Headers, _flags: number, raw: string[]) => (sum = raw));
    stream.on('wantTrailers', () => stream.sendTrailers(Object.fromEntries(trailers ?? [])));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () =>
      resolve({ status, fields: pairsOf(head), hints, body: summary(chunks), trailers: pairsOf(sum) }),
    );
    for (const piece of body) stream.write(piece);
    if (framing !== undefined) stream.end();
  });
}

export interface ClientKind {
  readonly name: string;
  /** How to ask the gateway, which listens at the port. */
  connect(gateway: TestGateway, port: number): Promise<(asked: Ask) => Promise<Got>>;
}

export const clientKinds: readonly ClientKind[] = [
  { name: 'HTTP/1.1', connect: async (_gateway, port) => (asked) => askHttp1(port, asked) },
  {
    name: 'HTTP/2',
    async connect({ handle }) {
      const tls = makeCertificate(makeFolder(), 'front');
      const { port } = await startFront({ onRequest: handle, onCheckContinue: handle }, { tls });
      const session = http2.connect(`https://localhost:${port}`, { rejectUnauthorized: false });
      onTestFinished(() => session.destroy());
      return (asked) => askHttp2(session, asked);
    },
  },
];
