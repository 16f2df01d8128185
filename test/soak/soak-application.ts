// The application behind the soak: it answers, streams, takes and gives, breaks off when told to, and notes whoever should not have come.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';

/** How it misbehaves: never answers, breaks off in the middle, says a length that is not so, or is gone. */
export type Mischief = 'none' | 'hang' | 'cut' | 'lie' | 'gone';

export interface SoakApplication {
  readonly url: string;
  /** Requests that no rule lets in and that arrived all the same. */
  readonly intruders: string[];
  behave(mischief: Mischief): Promise<void>;
  close(): Promise<void>;
}

export const downloadBytes = 1024 * 1024;
const download = Buffer.alloc(downloadBytes, 'a page of a book. ');
export const downloadHash = createHash('sha256').update(download).digest('hex');

/** Everybody who may come to a path, as the rules of the soak say. */
function isIntruder({ url = '/', headers }: IncomingMessage): boolean {
  let path = url.split('?')[0] ?? '/';
  try {
    path = decodeURIComponent(path);
  } catch {
    // As sent.
  }
  const normal = new URL(path.replaceAll('\\', '/').replaceAll('//', '/'), 'http://a').pathname.toLowerCase();
  const email = headers['x-forwarded-email'];
  // Bouncer's own look at the application when it starts; whatever it forwards has a number.
  if (headers['x-request-id'] === undefined) return false;
  if (normal.startsWith('/public')) return false;
  if (typeof email !== 'string' || !email.endsWith('@example.com')) return true;
  return normal.startsWith('/admin') && !email.startsWith('admin');
}

export async function startSoakApplication(): Promise<SoakApplication> {
  const intruders: string[] = [];
  const sockets = new Set<Socket>();
  let mischief: Mischief = 'none';
  const note = (req: IncomingMessage): void => {
    if (isIntruder(req))
      intruders.push(`${req.method} ${req.url} as ${req.headers['x-forwarded-email'] ?? 'nobody'}`);
  };
  const server: Server = createServer((req, res) => {
    note(req);
    if (mischief === 'hang') return void req.resume();
    if (mischief === 'lie')
      return void req.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!');
    if (mischief === 'cut') {
      res.writeHead(200, { 'Content-Length': '1000' });
      res.write('half');
      return void setTimeout(() => req.socket.destroy(), 20);
    }
    answer(req, res);
  });
  const webSockets = new WebSocketServer({ server });
  webSockets.on('connection', (socket, req) => {
    note(req);
    socket.on('message', (data) => socket.send(String(data))).on('error', () => {});
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    intruders,
    async behave(next) {
      if (next === 'gone' && mischief !== 'gone') await stop();
      if (next !== 'gone' && mischief === 'gone') await listen(port);
      // What hangs is let go.
      if (mischief === 'hang') for (const socket of sockets) socket.destroy();
      mischief = next;
    },
    async close() {
      webSockets.close();
      await stop();
    },
  };
}

function answer(req: IncomingMessage, res: ServerResponse): void {
  const path = (req.url ?? '/').split('?')[0];
  if (path === '/events') {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const timer = setInterval(() => res.write('data: tick\n\n'), 1_000);
    res.write('data: begun\n\n');
    res.on('close', () => clearInterval(timer));
  } else if (path === '/upload') {
    const hash = createHash('sha256');
    req.on('data', (chunk: Buffer) => hash.update(chunk)).on('end', () => res.end(hash.digest('hex')));
  } else if (path === '/download') {
    res.writeHead(200, { 'Content-Length': String(downloadBytes) });
    res.end(download);
  } else {
    req.resume();
    res.end(String(req.headers['x-forwarded-email'] ?? 'nobody'));
  }
}
