// Requests at a fixed rate, sent when they are due whether or not earlier ones were answered; latency counts from then, or from when
// one was due if it had to wait for a connection.
// (wrk sends the next request when the last was answered, so a slow proxy slows it down and its latencies look better than they are.)
// Usage: node load-open-loop.ts PORT PATH RATE SECONDS CONNECTIONS HEADERS_JSON; prints JSON.
import { connect, type Socket } from 'node:net';

const [port, path, rate, seconds, connections] = [
  Number(process.argv[2]),
  String(process.argv[3]),
  Number(process.argv[4]),
  Number(process.argv[5]),
  Number(process.argv[6]),
];
const headers = JSON.parse(String(process.argv[7])) as Record<string, string>;
const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
const request = Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
const warmUpMs = 1_000;

const latenciesMs: number[] = [];
let errors = 0;
let answered = 0;

/** One keep-alive connection with at most one request on its way. */
class Connection {
  readonly #socket: Socket;
  readonly #free: (connection: Connection) => void;
  #dueMs = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #left = -1;

  constructor(free: (connection: Connection) => void) {
    this.#free = free;
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('error', () => {
      errors += 1;
    });
  }

  send(dueMs: number): void {
    this.#dueMs = dueMs;
    this.#socket.write(request);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#left === -1) {
      this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end === -1) return;
      const head = this.#bytes.toString('latin1', 0, end);
      if (!head.startsWith('HTTP/1.1 200')) errors += 1;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
      if (Number.isNaN(length)) throw new Error('the answer has no Content-Length');
      this.#left = length - (this.#bytes.length - end - 4);
      this.#bytes = Buffer.alloc(0);
    } else {
      this.#left -= chunk.length;
    }
    if (this.#left > 0) return;
    this.#left = -1;
    answered += 1;
    if (this.#dueMs >= measuredFromMs) latenciesMs.push(performance.now() - this.#dueMs);
    this.#free(this);
  }
}

const idle: Connection[] = [];
const waiting: number[] = [];
const all: Connection[] = [];
for (let index = 0; index < connections; index++) {
  const connection = new Connection((one) => {
    const due = waiting.shift();
    if (due === undefined) idle.push(one);
    else one.send(due);
  });
  all.push(connection);
  idle.push(connection);
}
await new Promise((resolve) => setTimeout(resolve, 200));

const startMs = performance.now();
const measuredFromMs = startMs + warmUpMs;
const endMs = measuredFromMs + seconds * 1_000;
let sent = 0;
await new Promise<void>((resolve) => {
  const tick = (): void => {
    const nowMs = performance.now();
    if (nowMs >= endMs) {
      resolve();
      return;
    }
    for (
      let dueMs = startMs + (sent * 1_000) / rate;
      dueMs <= nowMs;
      dueMs = startMs + (sent * 1_000) / rate
    ) {
      sent += 1;
      const connection = idle.shift();
      if (connection === undefined) waiting.push(dueMs);
      // A timer's lateness is not the proxy's.
      else connection.send(performance.now());
    }
    // Not setImmediate: a generator that never sleeps would starve the origin on its core.
    setTimeout(tick, 1);
  };
  tick();
});
for (let waitedMs = 0; answered < sent && waitedMs < 5_000; waitedMs += 20) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
for (const connection of all) connection.destroy();
latenciesMs.sort((a, b) => a - b);
const at = (share: number): number =>
  latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? 0;
console.log(
  JSON.stringify({ sent, lost: sent - answered, errors, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) }),
);
process.exit(0);
