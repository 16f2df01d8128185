// What many people run: express with http-proxy behind it, no authentication, no log. As its documentation sets it up it opens a connection
// to the origin for every request; with `keep-alive` it keeps them.
// Usage: node express-http-proxy.ts PORT ORIGIN [keep-alive]
import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import express from 'express';

// http-proxy comes without types.
interface HttpProxy {
  on(
    event: 'error',
    listener: (error: Error, req: IncomingMessage, target: Duplex | ServerResponse) => void,
  ): void;
  web(req: IncomingMessage, res: ServerResponse): void;
  ws(req: IncomingMessage, socket: Duplex, head: Buffer): void;
}
const { default: httpProxy } = (await import('http-proxy' as string)) as {
  readonly default: { createProxyServer(options: object): HttpProxy };
};

const [port, target] = [Number(process.argv[2]), String(process.argv[3])];
const proxy = httpProxy.createProxyServer({
  target,
  ...(process.argv[4] === 'keep-alive' ? { agent: new Agent({ keepAlive: true, maxSockets: 128 }) } : {}),
  ws: true,
});
proxy.on('error', (_error, _req, target) => void target.destroy());
const app = express();
app.use((req, res) => proxy.web(req, res));
const server = app.listen(port, '127.0.0.1');
server.on('upgrade', (req, socket, head) => proxy.ws(req, socket, head));
