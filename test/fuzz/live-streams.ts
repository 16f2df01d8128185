// Fuzz target: one to three requests on one connection, damaged. What bouncer let through is what the upstream saw, request by
// request: neither more (smuggled) nor less (swallowed), and nothing from where nobody may go.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { exchangeRaw } from '../attacks/raw-exchange.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { liveTarget } from './live-target.ts';
import { answerRequests } from './plain-reader.ts';
import { damage, damagedStream, request } from './request-streams.ts';

interface Recorder {
  readonly port: number;
  /** Request lines as this server reads them off the wire. */
  readonly lines: string[];
  close(): Promise<void>;
}

/** Reads by the letter and nothing more: a head ends at an empty line, a body is as long as the one framing field says. */
async function startPlainRecorder(): Promise<Recorder> {
  const lines: string[] = [];
  const server = createServer((socket) => answerRequests(socket, (line) => lines.push(line)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, lines, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Python's http.server: what it refuses shows as a line that nobody decided. */
async function startPythonRecorder(): Promise<Recorder> {
  const child = spawn('python3', [join(import.meta.dirname, 'readers/python-recorder.py')], {
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
          const stream = damagedStream(requests, changes);
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
