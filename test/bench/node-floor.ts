// Node that answers 1 KB itself: the floor under every proxy on Node. With a certificate and its key it speaks TLS, and HTTP/2 by Node's
// stream interface, which costs less than the one that looks like node:http.
// Usage: node node-floor.ts PORT ORIGIN [CERT KEY]; the origin is not asked.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';

const [port, , cert, key] = process.argv.slice(2);
const body = Buffer.alloc(1_024, 'x');
const head = ['Content-Type', 'text/plain', 'Content-Length', String(body.length)];

function answer(_req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(200, head);
  res.end(body);
}

if (cert === undefined || key === undefined) {
  createServer(answer).listen(Number(port), '127.0.0.1');
} else {
  const pair = { cert: readFileSync(cert), key: readFileSync(key) };
  const server = createSecureServer({ ...pair, allowHTTP1: true });
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/plain', 'content-length': body.length });
    stream.end(body);
  });
  server.on('request', (req, res) => {
    if (req.httpVersionMajor === 1) answer(req as never, res as never);
  });
  server.listen(Number(port), '127.0.0.1');
}
