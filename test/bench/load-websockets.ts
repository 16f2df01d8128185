// Many WebSockets, each of which sends a message, waits for its echo and sends the next one.
// Usage: node load-websockets.ts PORT PATH COUNT SECONDS HEADERS_JSON; prints `start` when it begins to count, then JSON.
import { WebSocket } from 'ws';

const [port, path, count, seconds] = [
  Number(process.argv[2]),
  String(process.argv[3]),
  Number(process.argv[4]),
  Number(process.argv[5]),
];
const headers = JSON.parse(String(process.argv[6])) as Record<string, string>;
const message = Buffer.alloc(64, 'm');
let messages = 0;
let errors = 0;
let isCounting = false;
let isRunning = true;

function open(): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
      headers: { ...headers, Origin: `http://${headers['Host']}` },
      perMessageDeflate: false,
    });
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
    socket.on('error', () => {
      errors += 1;
    });
    socket.on('message', () => {
      if (isCounting) messages += 1;
      if (isRunning) socket.send(message);
    });
  });
}

const sockets: WebSocket[] = [];
while (sockets.length < count) {
  sockets.push(...(await Promise.all(Array.from({ length: Math.min(50, count - sockets.length) }, open))));
}
for (const socket of sockets) socket.send(message);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
await sleep(1_000);
isCounting = true;
process.stdout.write('start\n');
const startMs = performance.now();
await sleep(seconds * 1_000);
isCounting = false;
const tookMs = performance.now() - startMs;
isRunning = false;
const closed = sockets.filter((socket) => socket.readyState !== WebSocket.OPEN).length;
process.stdout.write(`${JSON.stringify({ messages, tookMs, errors, closed })}\n`);
await sleep(200);
for (const socket of sockets) socket.terminate();
process.exit(0);
