// Other people's readers of HTTP/1.1, each as a server that tells what it read to its end: Node's, and where they are installed
// Python's, Go's and nginx.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createPlainServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findFreePort } from '../../../src/demo/free-port.ts';
import { answerRequests, type ReadRequest } from '../plain-reader.ts';

/** A request as a reader understood it: its line, and the SHA-1 of its body. */
export interface Understood {
  readonly line: string;
  readonly body: string;
}

export interface Reader {
  readonly name: string;
  readonly port: number;
  /** What it read since the last call. */
  take(): Understood[];
  close(): Promise<void>;
}

export function understood({ line, body }: ReadRequest): Understood {
  return { line, body: createHash('sha1').update(body, 'latin1').digest('hex') };
}

const isThere = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** @returns those that can run here; the names of the others are told */
export async function startReaders(): Promise<{
  readonly readers: readonly Reader[];
  readonly missing: string[];
}> {
  const missing: string[] = [];
  const readers = [await startNode()];
  if (isThere('python3', '--version')) readers.push(await startPython());
  else missing.push('python');
  if (isThere('go', 'version')) readers.push(await startGo());
  else missing.push('go');
  if (isThere('nginx', '-v')) readers.push(await startNginx());
  else missing.push('nginx');
  return { readers, missing };
}

async function startNode(): Promise<Reader> {
  const read: Understood[] = [];
  const server = createServer({ insecureHTTPParser: false }, (req, res) => {
    const hash = createHash('sha1');
    req.on('data', (chunk: Buffer) => hash.update(chunk)).on('error', () => {});
    req.on('end', () => {
      read.push({ line: `${req.method} ${req.url} HTTP/${req.httpVersion}`, body: hash.digest('hex') });
      res.writeHead(200, { 'content-length': 0 }).end();
    });
  });
  server.on('clientError', (error: Error & { readonly code?: string }, socket) => {
    // Whoever leaves in the middle of a request is not refused.
    if (!['ECONNRESET', 'HPE_INVALID_EOF_STATE'].includes(error.code ?? ''))
      read.push({ line: `REFUSED ${error.message}`, body: '' });
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    name: 'node',
    port: (server.address() as AddressInfo).port,
    take: () => read.splice(0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A program that says its port, and then JSON, one request a line. */
async function startProgram(name: string, command: string, ...args: readonly string[]): Promise<Reader> {
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const input = createInterface(child.stdout);
  const [port] = (await once(input, 'line')) as [string];
  const read: Understood[] = [];
  input.on('line', (line) => read.push(JSON.parse(line) as Understood));
  return { name, port: Number(port), take: () => read.splice(0), close: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}

const startPython = (): Promise<Reader> =>
  startProgram('python', 'python3', join(import.meta.dirname, 'python-recorder.py'), 'bodies');

async function startGo(): Promise<Reader> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-go-reader-'));
  const binary = join(folder, 'reader');
  execFileSync('go', ['build', '-o', binary, join(import.meta.dirname, 'go-reader.go')], {
    env: { ...process.env, CGO_ENABLED: '0', GO111MODULE: 'off' },
  });
  const reader = await startProgram('go', binary);
  return {
    ...reader,
    async close() {
      await reader.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What nginx understood is what it sends on to the server behind it. */
async function startNginx(): Promise<Reader> {
  const read: Understood[] = [];
  const behind = createPlainServer((socket) =>
    answerRequests(
      socket,
      () => {},
      (request) => read.push(understood(request)),
    ),
  );
  await new Promise<void>((resolve) => behind.listen(0, '127.0.0.1', resolve));
  const port = await findFreePort(0, 1);
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-nginx-reader-'));
  mkdirSync(join(folder, 'temp'));
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/temp/${kind};`)
    .join(' ');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log crit;
events { worker_connections 512; }
http { access_log off; ${temp} client_max_body_size 0;
  server { listen 127.0.0.1:${port};
    location / { proxy_pass http://127.0.0.1:${(behind.address() as AddressInfo).port}; proxy_http_version 1.1; } } }
`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
  await untilListening(port);
  return {
    name: 'nginx',
    port,
    take: () => read.splice(0),
    async close() {
      await end(child);
      behind.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (performance.now() < endMs) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on ${port}`);
}
