// An origin that reads uploads to their end, throws them away and answers with their size.
// Usage: node origin-uploads.ts PORT
import { createServer } from 'node:http';

createServer((req, res) => {
  let bytes = 0;
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  req.on('end', () => {
    const body = `${bytes}\n`;
    res.writeHead(200, { 'Content-Length': body.length });
    res.end(body);
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
