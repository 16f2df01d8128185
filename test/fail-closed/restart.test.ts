// A restart loses nothing: a new process takes over the listening socket while the old one finishes, and who spreads the load is
// told before the port closes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { prepareSite, type ServedSite } from './serve-process.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Holds a listening socket and starts processes that inherit it, as systemd does for a socket unit. */
const holder = `
import os, socket, subprocess, sys
port, folder, *command = sys.argv[1:]
held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
held.bind(("127.0.0.1", int(port)))
held.listen(1024)
os.dup2(held.fileno(), 3)
os.set_inheritable(3, True)
print("held", flush=True)
started = []
for line in sys.stdin:
    if line.strip() == "start":
        child = subprocess.Popen(["/bin/bash", "-c", "export LISTEN_PID=$$ LISTEN_FDS=1; exec \\"$@\\"", "bash", *command],
                                 cwd=folder, pass_fds=[3], stdin=subprocess.DEVNULL)
        started.append(child)
        print("pid", child.pid, flush=True)
    if line.strip() == "wait":
        print("exited", started.pop(0).wait(), flush=True)
for child in started:
    child.kill()
`;

class Holder {
  readonly child: ChildProcess;
  output = '';
  errors = '';

  constructor(site: ServedSite) {
    this.child = spawn('python3', [
      ...['-c', holder, String(site.port), site.folder],
      ...[process.execPath, main, 'serve', '-c', 'bouncer.yaml'],
    ]);
    this.child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
  }

  async said(pattern: RegExp, count = 1): Promise<RegExpMatchArray[]> {
    const all = (): RegExpMatchArray[] => [...`${this.output}\n${this.errors}`.matchAll(pattern)];
    await vi.waitFor(() => expect(all().length).toBeGreaterThanOrEqual(count), {
      timeout: 60_000,
      interval: 50,
    });
    return all();
  }

  tell(word: string): void {
    this.child.stdin?.write(`${word}\n`);
  }

  async close(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.stdin?.end();
    await exited;
  }
}

/** What the log says when somebody was still there at the end of `limits.drain_timeout`. */
const cutAtDeadline = /"limit_reached".*"drain_timeout"/;

async function statusOf(url: string, host: string): Promise<number> {
  const { statusCode, body } = await request(url, { headers: { host, connection: 'close' }, reset: true });
  await body.dump();
  return statusCode;
}

/** An application that answers `hello`, and echoes over WebSockets. @returns its URL */
async function startEcho(): Promise<string> {
  const server = createServer((_req, res) => void res.end('hello'));
  new WebSocketServer({ server }).on('connection', (socket) =>
    socket.on('message', (data) => socket.send(String(data))),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a new process beside the old one', () => {
  it('takes over the socket that both inherited: no request fails, and a stream does not hold it up', {
    timeout: 180_000,
  }, async () => {
    const site = await prepareSite({ settings: 'limits: { drain_timeout: 8s }' });
    closing.push(() => site.close());
    const held = new Holder(site);
    closing.push(() => held.close());
    await held.said(/held/g);
    held.tell('start');
    await held.said(/bouncer listens on/g);
    const [first] = await held.said(/pid (\d+)/g);
    // An answer that does not end keeps the old process until its deadline.
    const waiting = await request(`http://127.0.0.1:${site.port}/public/stream`, {
      headers: { host: `wiki.localhost:${site.port}` },
    });
    waiting.body.on('error', () => {}).resume();
    const outcomes = new Map<number | string, number>();
    let isAsking = true;
    const asking = Array.from({ length: 8 }, async () => {
      while (isAsking) {
        const outcome = await statusOf(
          `http://127.0.0.1:${site.port}/public/x`,
          `wiki.localhost:${site.port}`,
        ).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        // Some hundred a second are enough: more would leave the processes no time to start and end.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    held.tell('start');
    await held.said(/bouncer listens on/g, 2);
    process.kill(Number(first?.[1]), 'SIGTERM');
    held.tell('wait');
    await held.said(/exited 0/g);
    isAsking = false;
    await Promise.all(asking);
    expect(cutAtDeadline.test(held.output)).toBe(true);
    expect([...outcomes.keys()]).toEqual([200]);
    // The management address went over to the new process.
    await vi.waitFor(
      async () =>
        expect(await statusOf(`http://127.0.0.1:${site.managementPort}/readyz`, 'localhost')).toBe(200),
      { timeout: 20_000, interval: 200 },
    );
  });

  it('loses nothing under 200 requests a second with 100 WebSockets: each is told with 1001 and comes back at once', {
    timeout: 240_000,
  }, async () => {
    const upstream = await startEcho();
    const site = await prepareSite({ settings: 'limits: { drain_timeout: 12s }', upstream });
    closing.push(() => site.close());
    const held = new Holder(site);
    closing.push(() => held.close());
    await held.said(/held/g);
    held.tell('start');
    await held.said(/bouncer listens on/g);
    const [first] = await held.said(/pid (\d+)/g);
    const headers = {
      host: `wiki.localhost:${site.port}`,
      origin: site.at('wiki.localhost', ''),
    };
    const open = (): Promise<WebSocket> =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://127.0.0.1:${site.port}/public/ws`, { headers });
        closing.push(() => socket.terminate());
        socket.once('open', () => resolve(socket)).once('error', reject);
      });
    const sockets = await Promise.all(Array.from({ length: 100 }, open));
    const toldAtMs: number[] = [];
    const codes = sockets.map(async (socket) => {
      const [code] = await once(socket, 'close');
      toldAtMs.push(performance.now());
      const again = await open();
      again.send('hello');
      const [answer] = await once(again, 'message');
      return `${code} ${answer}`;
    });
    const outcomes = new Map<number | string, number>();
    const asked: Promise<void>[] = [];
    const asking = setInterval(() => {
      const one = statusOf(`http://127.0.0.1:${site.port}/public/x`, headers.host)
        .catch((error: NodeJS.ErrnoException) => error.code ?? error.message)
        .then((outcome) => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1));
      asked.push(one);
    }, 5);
    closing.push(() => clearInterval(asking));
    held.tell('start');
    await held.said(/bouncer listens on/g, 2);
    process.kill(Number(first?.[1]), 'SIGTERM');
    held.tell('wait');
    await held.said(/exited 0/g);
    clearInterval(asking);
    await Promise.all(asked);
    expect([...outcomes.keys()]).toEqual([200]);
    expect(new Set(await Promise.all(codes))).toEqual(new Set(['1001 hello']));
    // One after the other, and nobody at the deadline.
    expect((toldAtMs.at(-1) ?? 0) - (toldAtMs[0] ?? 0)).toBeGreaterThan(1_500);
    expect(cutAtDeadline.test(held.output)).toBe(false);
  });

  it('listens on the same port with `reuse_port`', { timeout: 120_000 }, async () => {
    const site = await prepareSite({ settings: 'reuse_port: true' });
    closing.push(() => site.close());
    const old = await site.start();
    await site.start();
    expect(await old.stop()).toBe(0);
    expect(await statusOf(`http://127.0.0.1:${site.port}/public/x`, `wiki.localhost:${site.port}`)).toBe(200);
  });
});

describe('SIGTERM', () => {
  it('is told by /readyz for `limits.drain_delay` while the port still takes connections', {
    timeout: 120_000,
  }, async () => {
    const site = await prepareSite({ settings: 'limits: { drain_delay: 4s }' });
    closing.push(() => site.close());
    const served = await site.start();
    const stopping = served.stop();
    await vi.waitFor(
      async () =>
        expect(await statusOf(`http://127.0.0.1:${site.managementPort}/readyz`, 'localhost')).toBe(503),
      { timeout: 30_000, interval: 50 },
    );
    expect(await statusOf(`http://127.0.0.1:${site.port}/public/x`, `wiki.localhost:${site.port}`)).toBe(200);
    expect(await stopping).toBe(0);
  });
});
