// The least that forwards: node:http in, undici's dispatch out, WebSockets joined. No authentication, no header rules, no log.
// With a certificate and its key it speaks TLS and HTTP/2 in front.
// Usage: node bare-undici.ts PORT ORIGIN [CERT KEY]
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { Duplex } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';

const [port, origin] = [Number(process.argv[2]), String(process.argv[3])];
const [cert, key] = process.argv.slice(4);
const pool = new Pool(origin, { connections: 128, bodyTimeout: 0, allowH2: false });
const hopByHop = new Set(['connection', 'keep-alive', 'upgrade', 'transfer-encoding', 'expect']);
const pseudo = new Map([
  [':authority', 'host'],
  [':method', ''],
  [':path', ''],
  [':scheme', ''],
]);

function endToEnd(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = pseudo.get(raw[index] ?? '') ?? raw[index] ?? '';
    if (name !== '' && !hopByHop.has(name.toLowerCase())) kept.push(name, raw[index + 1] ?? '');
  }
  return kept;
}

class Answer implements Dispatcher.DispatchHandler {
  readonly #res: ServerResponse;

  constructor(res: ServerResponse) {
    this.#res = res;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#res.once('close', () => {
      if (!this.#res.writableFinished) controller.abort(new Error('the client left'));
    });
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    const raw = ((controller as { rawHeaders?: Buffer[] }).rawHeaders ?? []).map((text) =>
      text.toString('latin1'),
    );
    this.#res.writeHead(status, endToEnd(raw));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#res.write(chunk)) {
      controller.pause();
      this.#res.once('drain', () => controller.resume());
    }
  }

  onResponseEnd(): void {
    this.#res.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, _error: Error): void {
    if (this.#res.headersSent) this.#res.destroy();
    else this.#res.writeHead(502).end();
  }
}

function forward(req: IncomingMessage, res: ServerResponse): void {
  const hasBody =
    req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined;
  const method = (req.method ?? 'GET') as Dispatcher.HttpMethod;
  const options = {
    path: req.url ?? '/',
    method,
    headers: endToEnd(req.rawHeaders),
    body: hasBody ? req : null,
  };
  pool.dispatch(options, new Answer(res));
}

const server =
  cert === undefined || key === undefined
    ? createServer(forward)
    : createSecureServer(
        { cert: readFileSync(cert), key: readFileSync(key), allowHTTP1: true },
        forward as never,
      );

server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
  socket.on('error', () => socket.destroy());
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: () => {},
    onRequestUpgrade(controller, _status, _headers, upstream) {
      const raw = ((controller as { rawHeaders?: Buffer[] }).rawHeaders ?? []).map((text) =>
        text.toString('latin1'),
      );
      let text = 'HTTP/1.1 101 Switching Protocols\r\n';
      for (let index = 0; index < raw.length; index += 2) text += `${raw[index]}: ${raw[index + 1]}\r\n`;
      socket.write(`${text}\r\n`);
      upstream.write(head);
      upstream.on('error', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
      upstream.on('close', () => socket.destroy());
      upstream.pipe(socket);
      socket.pipe(upstream);
    },
    onResponseStart: () => void socket.destroy(),
    onResponseError: () => void socket.destroy(),
  };
  const options = {
    path: req.url ?? '/',
    method: 'GET' as const,
    headers: endToEnd(req.rawHeaders),
    upgrade: 'websocket',
  };
  pool.dispatch(options, handler);
});

server.listen(port, '127.0.0.1');
// An exit of its own, so that a profile is written.
process.on('SIGTERM', () => process.exit());
