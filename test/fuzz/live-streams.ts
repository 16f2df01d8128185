// Fuzz target: one to three requests on one connection, damaged. What bouncer let through is what the upstream saw, request by
// request: neither more (smuggled) nor less (swallowed), and nothing from where nobody may go.

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { exchangeRaw } from '../attacks/raw-exchange.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { liveTarget } from './live-target.ts';

interface Recorder {
  readonly server: Server;
  readonly port: number;
  /** Request lines as a server without any strictness reads them off the wire. */
  readonly lines: string[];
}

/** Reads by the letter and nothing more: a head ends at an empty line, a body is as long as the one framing field says. */
async function startRecorder(): Promise<Recorder> {
  const lines: string[] = [];
  const server = createServer((socket) => readRequests(socket, (line) => lines.push(line)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port, lines };
}

function readRequests(socket: Socket, onRequest: (line: string) => void): void {
  let text = '';
  let state: 'head' | 'length' | 'chunk' = 'head';
  let left = 0;
  /** One step through the text; false when more is needed. */
  const step = (): boolean => {
    if (state === 'head') {
      const end = text.indexOf('\r\n\r\n');
      if (end === -1) return false;
      const head = text.slice(0, end);
      text = text.slice(end + 4);
      onRequest(head.split('\r\n', 1)[0] ?? '');
      state = /^transfer-encoding:\s*chunked\s*$/im.test(head) ? 'chunk' : 'length';
      left = Number(/^content-length:\s*(\d+)\s*$/im.exec(head)?.[1] ?? 0);
      return true;
    }
    if (state === 'length') {
      if (text.length < left) return false;
      text = text.slice(left);
    } else {
      const size = /^([0-9a-f]+)\r\n/i.exec(text);
      if (size === null) return false;
      const length = Number.parseInt(size[1] ?? '', 16);
      const whole = size[0].length + length + 2;
      if (text.length < whole) return false;
      text = text.slice(whole);
      if (length > 0) return true;
    }
    state = 'head';
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    return true;
  };
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    while (step());
  });
}

/** Whether the most lenient of readers takes the request line's path for one under `/admin`. */
function isOfNobody(line: string): boolean {
  let path = line.split(' ')[1]?.split('?', 1)[0] ?? '';
  try {
    path = decodeURIComponent(path);
  } catch {
    // Not UTF-8: read as it stands.
  }
  const { pathname } = new URL(path.replace(/^[/\\]+/, '/'), 'http://upstream.invalid');
  return /^\/+admin(?:[/;]|$)/i.test(pathname);
}

interface Running {
  readonly site: Site;
  readonly recorder: Recorder;
}

async function start(): Promise<Running> {
  const recorder = await startRecorder();
  const site = await startSite({
    rules: `
applications:
  - name: app
    host: app.localhost
    upstream: http://127.0.0.1:${recorder.port}
    policies: [{ name: open, action: bypass, include: [everyone] }]
    paths:
      - { path: /admin, policies: [{ name: nobody, action: deny, include: [everyone] }] }
`,
  });
  return { site, recorder };
}

const bodies = [
  '',
  'hello',
  'GET /admin/smuggled HTTP/1.1\r\nHost: app.localhost\r\n\r\n',
  '0\r\n\r\nGET /admin/x HTTP/1.1\r\nHost: app.localhost\r\n\r\n',
];
const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH');
const path = fc.constantFrom(
  '/a',
  '/a/b?x=1',
  '/admin',
  '/public/..%2fadmin',
  '/a%2fb',
  '/admin;x',
  '/%61dmin',
  '//admin',
  '/a/../admin',
);
const more = fc.constantFrom(
  '',
  'X-A: b\r\n',
  'Connection: keep-alive\r\n',
  'Connection: close\r\n',
  'Connection: Content-Length\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: h2c\r\n',
  'TE: trailers\r\n',
);
const request = fc
  .tuple(method, path, more, fc.constantFrom(...bodies), fc.constantFrom('none', 'length', 'chunked'))
  .map(([verb, target, extra, body, framing]) => {
    const head = `${verb} ${target} HTTP/1.1\r\nHost: app.localhost\r\n${extra}`;
    if (framing === 'length') return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
    if (framing === 'chunked') {
      const chunk = body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`;
      return `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`;
    }
    return `${head}\r\n`;
  });
const spoil = fc.constantFrom(
  ...[
    '\r',
    '\n',
    '\r\n',
    ' ',
    '\t',
    '\u0000',
    '\u000b',
    ':',
    ';',
    ',',
    '0',
    'f',
    '\u0085',
    '\u00a0',
    '\r\n ',
    '\r\n\r\n',
  ],
  ...[
    'Content-Length: 5\r\n',
    'Content-Length: 0\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding:\tchunked\r\n',
    'Transfer-Encoding: x\r\n',
    'Transfer_Encoding: chunked\r\n',
  ],
  ...[
    'Content-Length : 3\r\n',
    'content-length: +3\r\n',
    'Host: evil.test\r\n',
    ' HTTP/1.0',
    ';a=b',
    '5\r\nhello\r\n',
    '0\r\n\r\n',
    'GET /admin HTTP/1.1\r\nHost: app.localhost\r\n\r\n',
  ],
);
const damage = fc.array(fc.tuple(fc.nat(600), fc.nat(6), spoil), { maxLength: 3 });

export const liveStreams = liveTarget<Running>(
  'live-streams',
  start,
  async ({ site, recorder }) => {
    await site.close();
    await new Promise<void>((resolve) => recorder.server.close(() => resolve()));
  },
  ({ site, recorder }) => ({
    'decided and seen are the same requests': fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 3 }),
      damage,
      async (requests, changes) => {
        let stream = requests.join('');
        for (const [where, length, added] of changes) {
          const at = where % (stream.length + 1);
          stream = stream.slice(0, at) + added + stream.slice(at + (length < 3 ? length : 0));
        }
        recorder.lines.length = 0;
        const before = site.logText().length;
        const records = (): Readonly<Record<string, unknown>>[] =>
          site
            .logText()
            .slice(before)
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line));
        await exchangeRaw(site.port, Buffer.from(stream, 'latin1'), {
          wanted: requests.length,
          quietMs: 8,
          patienceMs: 30,
        });
        const counts = (): readonly [string, string] => {
          const allowed = records()
            .filter((record) => record['decision'] === 'allow' && record['cause'] === undefined)
            .map((record) => `${record['method']} ${record['path']}`);
          return [
            allowed.sort().join(' | '),
            [...recorder.lines]
              .map((line) => line.replace(/\?.*? HTTP/, ' HTTP').replace(/ HTTP\/1\.1$/, ''))
              .sort()
              .join(' | '),
          ];
        };
        let [allowed, seen] = counts();
        for (let i = 0; i < 40 && allowed !== seen; i++) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          [allowed, seen] = counts();
        }
        if (recorder.lines.some(isOfNobody))
          throw new Error(`the area of nobody was reached: ${JSON.stringify(stream)}\n${seen}`);
        // A client that left before its answer has a record with its cause; the upstream may or may not have seen it.
        const cut = records().filter((record) => record['cause'] !== undefined || record['status'] === 499);
        const seenLines = seen === '' ? [] : seen.split(' | ');
        for (const line of allowed === '' ? [] : allowed.split(' | ')) {
          const at = seenLines.indexOf(line);
          if (at === -1) throw new Error(`decided but not seen: ${line} of ${JSON.stringify(stream)}`);
          seenLines.splice(at, 1);
        }
        for (const record of cut) {
          const at = seenLines.indexOf(`${record['method']} ${record['path']}`);
          if (at !== -1) seenLines.splice(at, 1);
        }
        if (seenLines.length > 0)
          throw new Error(`seen but not decided: ${seenLines.join(' | ')} of ${JSON.stringify(stream)}`);
      },
    ),
  }),
);
