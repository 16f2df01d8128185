// node:http that answers 1 KB itself: the floor under every proxy on Node.
// Usage: node node-floor.ts PORT
import { createServer } from 'node:http';

const body = Buffer.alloc(1_024, 'x');
const head = ['Content-Type', 'text/plain', 'Content-Length', String(body.length)];
createServer((_req, res) => {
  res.writeHead(200, head);
  res.end(body);
}).listen(Number(process.argv[2]), '127.0.0.1');
