// The application behind the attacked proxy: it counts every byte and keeps every request. Its parser is the lenient one of Node, so that
// what a careless server would take for a second request is seen as one.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** One request as the application saw it. */
export interface Seen {
  readonly method: string;
  /** The target, byte for byte. */
  readonly url: string;
  /** Name, value, name, value … as received. */
  readonly rawHeaders: readonly string[];
  readonly rawTrailers: string[];
  body: string;
  /** The body came to its end. */
  isWhole: boolean;
}

/** What the application answers, byte for byte; its connection is closed after it. `null`: 200 with a short body. */
export type RawAnswer = string | null;

export interface Recorder {
  readonly url: string;
  readonly seen: Seen[];
  /** Bytes that ever arrived. */
  bytes(): number;
  /** Connections that are open now. */
  connections(): number;
  /** The next requests are answered with this. */
  answerWith(answer: RawAnswer): void;
  close(): Promise<void>;
}

/** The values of a field, in any letters. */
export function fieldValues(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name.toLowerCase());
}

/** Start it. `/large` answers 64 MB, a path that ends in `/stream` an event each 50 ms, an upgrade to a WebSocket is taken and echoed. */
export async function startRecorder(): Promise<Recorder> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  let closedBytes = 0;
  let answer: RawAnswer = null;

  const note = (req: IncomingMessage): Seen => {
    const one: Seen = {
      method: req.method ?? '',
      url: req.url ?? '',
      rawHeaders: [...req.rawHeaders],
      rawTrailers: [],
      body: '',
      isWhole: false,
    };
    seen.push(one);
    return one;
  };

  const http = createServer(
    { insecureHTTPParser: true, requireHostHeader: false, keepAliveTimeout: 60_000 },
    (req, res) => {
      const one = note(req);
      req.on('error', () => {});
      res.on('error', () => {});
      req.on('data', (chunk: Buffer) => {
        if (one.body.length < 65_536) one.body += chunk.toString('latin1');
      });
      req.on('end', () => {
        one.isWhole = true;
        one.rawTrailers.push(...req.rawTrailers);
        if (answer !== null) {
          req.socket.end(answer);
          return;
        }
        if (one.url.endsWith('/stream')) {
          res.writeHead(200, { 'content-type': 'text/event-stream' });
          const timer = setInterval(() => res.write('data: tick\n\n'), 50);
          res.on('close', () => clearInterval(timer));
          return;
        }
        if (one.url.endsWith('/large')) {
          sendLarge(res);
          return;
        }
        res.writeHead(200, { 'content-type': 'text/plain' });
        res.end('seen');
      });
    },
  );
  http.on('upgrade', (req, socket: Duplex, head: Buffer) => {
    const one = note(req);
    one.isWhole = true;
    socket.on('error', () => {});
    if (answer !== null) {
      socket.write(answer);
      socket.on('data', (chunk: Buffer) => (one.body += chunk.toString('latin1')));
      socket.on('end', () => socket.end());
      return;
    }
    acceptWebSocket(req, socket, head, one);
  });
  http.on('clientError', (_, socket) => socket.destroy());

  const server = createNetServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      closedBytes += socket.bytesRead;
      sockets.delete(socket);
    });
    http.emit('connection', socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    bytes: () => closedBytes + [...sockets].reduce((sum, socket) => sum + socket.bytesRead, 0),
    connections: () => sockets.size,
    answerWith: (next) => {
      answer = next;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function sendLarge(res: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, 'x');
  let left = 1024;
  res.writeHead(200, { 'content-length': String(chunk.length * left) });
  const write = (): void => {
    while (left > 0 && !res.destroyed) {
      left--;
      if (!res.write(chunk)) return void res.once('drain', write);
    }
    res.end();
  };
  write();
}

/** Accepts as RFC 6455 section 4.2.2 says, and echoes the bytes behind the handshake as they are. */
function acceptWebSocket(req: IncomingMessage, socket: Duplex, head: Buffer, one: Seen): void {
  const key = `${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const echo = (chunk: Buffer): void => {
    one.body += chunk.toString('latin1');
    socket.write(chunk);
  };
  if (head.length > 0) echo(head);
  socket.on('data', echo);
  socket.on('end', () => socket.end());
}
