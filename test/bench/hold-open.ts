// Holds things open, and listens on READY_PORT when all of them are: `node hold-open.ts PORT connections|websockets COUNT HEADERS_JSON
// READY_PORT`. A connection has brought one request before it idles.
import { connect, createServer } from 'node:net';
import { WebSocket } from 'ws';

const [port, kind, count] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4])];
const headers = JSON.parse(String(process.argv[5])) as Record<string, string>;
/** The sockets must not be collected. */
const held: unknown[] = [];

function openWebSocket(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, {
      headers: { ...headers, Origin: `http://${headers['Host']}` },
      perMessageDeflate: false,
    });
    held.push(socket);
    socket.once('error', reject);
    socket.once('open', () => resolve());
  });
}

function openConnection(): Promise<void> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET /1k HTTP/1.1\r\n${lines.join('')}\r\n`),
    );
    held.push(socket);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    socket.once('data', (chunk: Buffer) => {
      if (chunk.toString('latin1').startsWith('HTTP/1.1 200')) resolve();
      else reject(new Error(chunk.toString('latin1').slice(0, 200)));
    });
    socket.resume();
  });
}

const open = kind === 'websockets' ? openWebSocket : openConnection;
for (let left = count; left > 0; left -= 50)
  await Promise.all(Array.from({ length: Math.min(50, left) }, open));
createServer().listen(Number(process.argv[6]), '127.0.0.1');
setInterval(() => held.length, 60_000);
