// What a tunnel costs in the usual way, to compare with: each request is a stream of HTTP/2, made from HTTP/1.1 at the edge and made
// HTTP/1.1 again at the connector, with the windows that a long line needs. It checks nothing, knows nobody and logs nothing.
// Usage: node tunnel-prototype.ts edge PORT TUNNEL-PORT, and node tunnel-prototype.ts connector TUNNEL-PORT ORIGIN
import { createServer } from 'node:http';
import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { type Dispatcher, Pool } from 'undici';
import { createEdgeKeyText, edgeKeyOf } from '../../src/tunnel/wire/edge-certificate.ts';

const streamWindow = 1_048_576;
const sessionWindow = 16 * streamWindow;
const alpn = 'prototype/1';
const hopByHop = new Set(['connection', 'keep-alive', 'upgrade', 'transfer-encoding', 'host', 'expect']);

function endToEnd(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (!name.startsWith(':') && !hopByHop.has(name)) kept[name] = String(value);
  return kept;
}

function runEdge(port: number, tunnelPort: number): void {
  let session: ClientHttp2Session | null = null;
  const { privateKey, certificate } = edgeKeyOf(createEdgeKeyText());
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' });
  const tunnel = createTlsServer({ key, cert: certificate, ALPNProtocols: [alpn], noDelay: true });
  tunnel.on('secureConnection', (socket) => {
    const made = connect('http://tunnel', {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: streamWindow },
      maxSessionMemory: 256,
    });
    made.once('remoteSettings', () => {
      made.setLocalWindowSize(sessionWindow);
      session = made;
    });
  });
  tunnel.listen(tunnelPort, '127.0.0.1');
  createServer((req, res) => {
    const stream = session?.request({
      ...{ ':method': req.method, ':path': req.url, ':authority': req.headers.host },
      ...endToEnd(req.headers),
    });
    if (stream === undefined) return void res.writeHead(502).end();
    stream.on('response', (headers: IncomingHttpHeaders) => {
      res.writeHead(Number(headers[':status']), endToEnd(headers));
      stream.pipe(res);
    });
    stream.on('error', () => void res.destroy());
    res.on('close', () => void stream.close());
    req.pipe(stream);
  }).listen(port, '127.0.0.1');
}

class Answer implements Dispatcher.DispatchHandler {
  readonly #stream: ServerHttp2Stream;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#stream.once('close', () => {
      if (!this.#stream.writableFinished) controller.abort(new Error('the edge left'));
    });
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status >= 200) this.#stream.respond({ ':status': status, ...endToEnd(headers) });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream.write(chunk)) return;
    controller.pause();
    this.#stream.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    this.#stream.end();
  }

  onResponseError(): void {
    this.#stream.destroy();
  }
}

function runConnector(tunnelPort: number, origin: string): void {
  const pool = new Pool(origin, { connections: 128, bodyTimeout: 0, allowH2: false });
  const socket = connectTls({
    ...{ port: tunnelPort, host: '127.0.0.1', ALPNProtocols: [alpn] },
    rejectUnauthorized: false,
  });
  socket.once('secureConnect', () => {
    const session = performServerHandshake(socket, {
      settings: { initialWindowSize: streamWindow, maxConcurrentStreams: 256 },
    });
    session.setLocalWindowSize(sessionWindow);
    session.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      const options = {
        path: String(headers[':path']),
        method: String(headers[':method']) as Dispatcher.HttpMethod,
        headers: { ...endToEnd(headers), host: String(headers[':authority']) },
        body: null,
      };
      pool.dispatch(options, new Answer(stream));
    });
  });
}

const [role, first = '', second = ''] = process.argv.slice(2);
if (role === 'edge') runEdge(Number(first), Number(second));
else runConnector(Number(first), second);
process.on('SIGTERM', () => process.exit());
