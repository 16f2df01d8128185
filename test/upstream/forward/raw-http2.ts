// An HTTP/2 upstream of hand-made frames (RFC 9113 section 4): it can do what no library would.
import net from 'node:net';
import { onTestFinished } from 'vitest';
import { listen } from './fixture.ts';

export const frameType = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  window: 8,
} as const;
export const endStream = 1;
const endHeaders = 4;

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header block of literals without indexing (RFC 7541 section 6.2.2). */
export function headers(stream: number, fields: Readonly<Record<string, string>>, flags = 0): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(fields))
    parts.push(
      Buffer.from([0, name.length]),
      Buffer.from(name, 'latin1'),
      Buffer.from([value.length]),
      Buffer.from(value, 'latin1'),
    );
  return frame(frameType.headers, endHeaders | flags, stream, Buffer.concat(parts));
}

/** Data in frames of at most 16 KB. */
export function data(stream: number, bytes: Buffer, flags = 0): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 16_384) {
    const isLast = at + 16_384 >= bytes.length;
    frames.push(frame(frameType.data, isLast ? flags : 0, stream, bytes.subarray(at, at + 16_384)));
  }
  return Buffer.concat(frames);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function reset(stream: number, code: number): Buffer {
  return frame(frameType.reset, 0, stream, uint32(code));
}

export function goaway(lastStream: number, code: number): Buffer {
  return frame(frameType.goaway, 0, 0, Buffer.concat([uint32(lastStream), uint32(code)]));
}

export function windowUpdate(stream: number, bytes: number): Buffer {
  return frame(frameType.window, 0, stream, uint32(bytes));
}

/** What happens to a request before it is complete; by default nothing. */
export interface RawHttp2Hooks {
  /** Whether it says hello (SETTINGS) and answers to one by itself; `yes` by default. */
  readonly saysHello?: 'yes' | 'no';
  readonly onHead?: (socket: net.Socket, stream: number) => void;
  readonly onData?: (socket: net.Socket, stream: number, bytes: number) => void;
}

/** The hello of a server. */
export const hello: Buffer = frame(frameType.settings, 0, 0);

export interface RawHttp2 {
  readonly port: number;
  /** Connections so far. */
  readonly sockets: net.Socket[];
  /** Stream ids of the requests of each connection. */
  readonly requests: number[][];
}

/**
 * Listen, and answer each request as `answer` likes.
 *
 * @param answer called when the request is complete
 */
export async function rawHttp2Upstream(
  answer: (socket: net.Socket, stream: number, nth: number) => void,
  { onHead, onData, saysHello = 'yes' }: RawHttp2Hooks = {},
): Promise<RawHttp2> {
  const sockets: net.Socket[] = [];
  const requests: number[][] = [];
  const server = net.createServer((socket) => {
    const nth = sockets.push(socket);
    const mine: number[] = [];
    requests.push(mine);
    let rest = Buffer.alloc(0);
    let hasPreface = false;
    socket.on('error', () => {});
    if (saysHello === 'yes') socket.write(hello);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      if (!hasPreface) {
        if (rest.length < 24) return;
        hasPreface = true;
        rest = rest.subarray(24);
      }
      while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
        const size = rest.readUIntBE(0, 3);
        const [type, flags, stream] = [rest[3], rest[4] ?? 0, rest.readUInt32BE(5)];
        rest = rest.subarray(9 + size);
        if (type === frameType.settings && (flags & 1) === 0 && saysHello === 'yes')
          socket.write(frame(frameType.settings, 1, 0));
        if (type === frameType.headers) {
          mine.push(stream);
          onHead?.(socket, stream);
        }
        if (type === frameType.data) onData?.(socket, stream, size);
        if ((type === frameType.headers || type === frameType.data) && (flags & endStream) !== 0)
          answer(socket, stream, nth);
      }
    });
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: await listen(server), sockets, requests };
}
