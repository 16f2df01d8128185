// Fuzz target: one to three requests on one connection, damaged. What bouncer let through is what the upstream saw, request by
// request: neither more (smuggled) nor less (swallowed), and nothing from where nobody may go.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { exchangeRaw } from '../attacks/raw-exchange.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { liveTarget } from './live-target.ts';

interface Recorder {
  readonly port: number;
  /** Request lines as this server reads them off the wire. */
  readonly lines: string[];
  close(): Promise<void>;
}

/** Reads by the letter and nothing more: a head ends at an empty line, a body is as long as the one framing field says. */
async function startPlainRecorder(): Promise<Recorder> {
  const lines: string[] = [];
  const server = createServer((socket) => readRequests(socket, (line) => lines.push(line)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, lines, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Python's http.server: what it refuses shows as a line that nobody decided. */
async function startPythonRecorder(): Promise<Recorder> {
  const child = spawn('python3', [join(import.meta.dirname, 'python-recorder.py')], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines: string[] = [];
  const input = createInterface(child.stdout);
  const [port] = (await once(input, 'line')) as [string];
  input.on('line', (line) => lines.push(line));
  return {
    port: Number(port),
    lines,
    async close() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
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

async function start(startRecorder: () => Promise<Recorder>): Promise<Running> {
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

let nextId = 100_000;
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

/**
 * Pairs what was decided with what was seen, one by one, over everything that ever ran here: a line that comes late still finds
 * its record. What a client left before its answer may have been seen or not.
 */
class Ledger {
  readonly #running: Running;
  readonly #owed: string[] = [];
  readonly #possible: string[] = [];
  readonly #seen: string[] = [];
  #read = 0;

  constructor(running: Running) {
    this.#running = running;
  }

  /** Takes in what came since; true when nothing is left over. */
  #settle(): boolean {
    const { site, recorder } = this.#running;
    const log = site.logText();
    const end = log.lastIndexOf('\n') + 1;
    for (const line of log.slice(this.#read, end).split('\n')) {
      if (line === '') continue;
      const record = JSON.parse(line) as Readonly<Record<string, unknown>>;
      const isWhole = record['decision'] === 'allow' && record['cause'] === undefined;
      const isPossible = record['cause'] !== undefined || record['status'] === 499;
      if (isWhole || isPossible)
        (isWhole ? this.#owed : this.#possible).push(`${record['method']} ${record['path']}`);
    }
    this.#read = end;
    for (const line of recorder.lines.splice(0)) {
      if (isOfNobody(line)) throw new Error(`the area of nobody was reached: ${line}`);
      this.#seen.push(line.replace(/ HTTP\/1\.1$/, '').replace(/\?.*$/, ''));
    }
    for (const decided of [this.#owed, this.#possible]) {
      for (const line of [...this.#seen]) {
        const at = decided.indexOf(line);
        if (at === -1) continue;
        decided.splice(at, 1);
        this.#seen.splice(this.#seen.indexOf(line), 1);
      }
    }
    return this.#owed.length === 0 && this.#seen.length === 0;
  }

  /** @throws when something is left over after two seconds */
  async check(): Promise<void> {
    const endMs = performance.now() + 2_000;
    while (!this.#settle()) {
      if (performance.now() > endMs) {
        const leftover = [this.#owed.splice(0), this.#seen.splice(0)].map((lines) => lines.join(' | '));
        throw new Error(`decided but not seen: ${leftover[0]}; seen but not decided: ${leftover[1]}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

const streamTarget = (name: string, startRecorder: () => Promise<Recorder>) =>
  liveTarget<Running & { readonly ledger: Ledger }>(
    name,
    async () => {
      const running = await start(startRecorder);
      return { ...running, ledger: new Ledger(running) };
    },
    async ({ site, recorder }) => {
      await site.close();
      await recorder.close();
    },
    ({ site, ledger }) => ({
      'decided and seen are the same requests': fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 3 }),
        damage,
        async (requests, changes) => {
          // Every stream has paths of its own, so that nothing is paired with what another one left.
          let stream = requests.join('').replaceAll(/ \/a(?=[ /%])/g, ` /a${nextId++}`);
          for (const [where, length, added] of changes) {
            const at = where % (stream.length + 1);
            stream = stream.slice(0, at) + added + stream.slice(at + (length < 3 ? length : 0));
          }
          const wanted = requests.length;
          const bytes = Buffer.from(stream, 'latin1');
          await exchangeRaw(site.port, bytes, { wanted, quietMs: 8, patienceMs: 30 });
          await ledger.check();
        },
      ),
    }),
  );

export const liveStreams = streamTarget('live-streams', startPlainRecorder);
export const livePython = streamTarget('live-python', startPythonRecorder);
