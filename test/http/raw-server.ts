// A real node:http server with the gate in front, fed with raw bytes: which requests does the gate let through?
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { checkRequestHead } from '../../src/http/gate.ts';
import type { GatedRequest } from '../../src/http/gated-request.ts';

const limits = { headerBytes: 32_768, headerCount: 200, urlBytes: 8192 };

/** A request that the gate let through, and whether its body came to its end. */
export interface Passed {
  readonly request: GatedRequest;
  isWhole: boolean;
}

export interface RawServer {
  /** Send bytes on a connection of their own and wait until it is closed; what passed, in order. */
  send(bytes: Buffer): Promise<readonly Passed[]>;
  close(): Promise<void>;
}

/** Start it on a free port. A refusal closes the connection, as in the product. */
export async function startRawServer(): Promise<RawServer> {
  const passed = new Map<number, Passed[]>();
  const server: Server = createServer({ keepAliveTimeout: 200, headersTimeout: 2000, requestTimeout: 2000 });
  server.on('request', (req, res) => {
    const result = checkRequestHead(
      {
        method: req.method ?? '',
        url: req.url ?? '',
        httpVersion: req.httpVersion,
        rawHeaders: req.rawHeaders,
      },
      limits,
    );
    if (!result.ok) {
      res.writeHead(result.refusal.status, { Connection: 'close' });
      res.end(() => req.socket.destroy());
      return;
    }
    const list = passed.get(req.socket.remotePort ?? 0) ?? [];
    const one: Passed = { request: result.request, isWhole: false };
    passed.set(req.socket.remotePort ?? 0, [...list, one]);
    req.resume();
    req.on('end', () => {
      one.isWhole = true;
      res.end('ok');
    });
    req.on('error', () => req.socket.destroy());
  });
  server.on('clientError', (_, socket) => socket.destroy());
  server.on('upgrade', (_, socket) => socket.destroy());
  server.on('connect', (_, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    send(bytes) {
      return new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1');
        let localPort = 0;
        socket.on('connect', () => {
          localPort = socket.localPort ?? 0;
          passed.delete(localPort);
          socket.end(bytes);
        });
        socket.on('data', () => {});
        socket.on('error', () => {});
        socket.on('close', () => resolve(passed.get(localPort) ?? []));
      });
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Run the tasks, a few at a time. */
export async function inParallel<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await task(item);
  };
  await Promise.all(Array.from({ length: 32 }, worker));
}
