// Every byte that a WebSocket server sends is the same with and without the forwarder between, for whatever a client sends:
// good frames, odd ones, and ones that RFC 6455 forbids. The published suite (run-autobahn.ts) needs Python 2.7; this needs nothing.
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { gatewayTo, listen, tcp } from '../upstream/forward/fixture.ts';

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

interface FrameOptions {
  readonly isFinal?: boolean;
  readonly opcode?: number;
  /** RSV bits, 0 to 7. */
  readonly reserved?: number;
  readonly isMasked?: boolean;
  /** A length in another form than the shortest: 16 or 64 bits. */
  readonly lengthBits?: 16 | 64;
  /** A length that the payload does not have. */
  readonly claimed?: number;
}

/** A client's frame (RFC 6455 section 5.2). */
function frame(payload: Buffer | string, options: FrameOptions = {}): Buffer {
  const { isFinal = true, opcode = 1, reserved = 0, isMasked = true } = options;
  const data = Buffer.from(payload);
  const length = options.claimed ?? data.length;
  const form = options.lengthBits ?? (length < 126 ? 7 : length < 65_536 ? 16 : 64);
  const head = Buffer.alloc(2 + (form === 7 ? 0 : form / 8));
  head[0] = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (form === 7 ? length : form === 16 ? 126 : 127);
  if (form === 16) head.writeUInt16BE(length, 2);
  if (form === 64) head.writeBigUInt64BE(BigInt(length), 2);
  if (!isMasked) return Buffer.concat([head, data]);
  const masked = Buffer.from(data.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return Buffer.concat([head, mask, masked]);
}

const close = (code: number, reason = ''): Buffer => {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return frame(payload, { opcode: 8 });
};
const end = close(1000);
const part = (text: string | Buffer, opcode: number, isFinal: boolean): Buffer =>
  frame(text, { opcode, isFinal });
const large = randomBytes(1_000_000);
const deflated = (data: string | Buffer): Buffer => deflateRawSync(data, { finishFlush: 2 }).subarray(0, -4);

interface Case {
  readonly name: string;
  readonly sends: readonly Buffer[];
  readonly extensions?: string;
  /** Each byte in a write of its own. */
  readonly isDripped?: boolean;
}

const cases: readonly Case[] = [
  { name: 'an empty text', sends: [frame(''), end] },
  ...[125, 126, 127, 65_535, 65_536].map((size) => ({
    name: `a binary message of ${size} bytes`,
    sends: [frame(Buffer.alloc(size, 7), { opcode: 2 }), end],
  })),
  { name: 'a binary message of a megabyte', sends: [frame(large, { opcode: 2 }), end] },
  {
    name: 'a thousand messages in one write',
    sends: [Buffer.concat([...Array.from({ length: 1_000 }, (_, index) => frame(`message ${index}`)), end])],
  },
  { name: 'a message whose bytes come one by one', sends: [frame('drip'), end], isDripped: true },
  {
    name: 'a fragmented text',
    sends: [part('Hel', 1, false), part('lo ', 0, false), part('there', 0, true), end],
  },
  { name: 'fragments of nothing', sends: [part('', 1, false), part('', 0, false), part('', 0, true), end] },
  {
    name: 'pings between fragments',
    sends: [
      part('a', 1, false),
      frame('ping', { opcode: 9 }),
      part('b', 0, false),
      frame('', { opcode: 9 }),
      part('c', 0, true),
      end,
    ],
  },
  { name: 'a ping of 125 bytes', sends: [frame(Buffer.alloc(125, 1), { opcode: 9 }), end] },
  { name: 'a pong that nobody asked for', sends: [frame('x', { opcode: 10 }), frame('after'), end] },
  {
    name: 'UTF-8 cut inside a character',
    sends: [
      part(Buffer.from('é').subarray(0, 1), 1, false),
      part(Buffer.from('é').subarray(1), 0, true),
      end,
    ],
  },
  ...[1000, 1001, 1003, 1007, 1011, 3000, 4999].map((code) => ({
    name: `close ${code} with a reason`,
    sends: [close(code, 'because')],
  })),
  { name: 'a close without a code', sends: [frame('', { opcode: 8 })] },
  { name: 'data after the close', sends: [end, frame('too late')] },
  {
    name: 'lengths in a longer form than needed',
    sends: [frame('x', { lengthBits: 16 }), frame('y', { lengthBits: 64 }), end],
  },
  {
    name: 'compressed messages',
    sends: [frame(deflated('hello hello hello'), { reserved: 4 }), frame('plain'), end],
    extensions: 'permessage-deflate; client_no_context_takeover; server_no_context_takeover',
  },
  {
    name: 'a compressed megabyte',
    sends: [frame(deflated(Buffer.alloc(1_000_000, 'z')), { reserved: 4, opcode: 2 }), end],
    extensions: 'permessage-deflate; server_no_context_takeover',
  },
  {
    name: 'a compressed message in fragments',
    sends: [
      frame(deflated('abcabcabc').subarray(0, 3), { reserved: 4, isFinal: false }),
      part(deflated('abcabcabc').subarray(3), 0, true),
      end,
    ],
    extensions: 'permessage-deflate',
  },
  // What RFC 6455 forbids is the server's to refuse, not the proxy's.
  { name: 'an unmasked frame', sends: [frame('x', { isMasked: false })] },
  ...[1, 2, 4, 7].map((reserved) => ({
    name: `RSV bits ${reserved} without an extension`,
    sends: [frame('x', { reserved })],
  })),
  ...[3, 7, 11, 15].map((opcode) => ({
    name: `the unknown opcode ${opcode}`,
    sends: [frame('x', { opcode })],
  })),
  { name: 'a continuation of nothing', sends: [part('x', 0, true)] },
  { name: 'a new message inside a fragmented one', sends: [part('a', 1, false), part('b', 1, true)] },
  { name: 'a fragmented ping', sends: [frame('x', { opcode: 9, isFinal: false })] },
  { name: 'a ping of 126 bytes', sends: [frame(Buffer.alloc(126), { opcode: 9 })] },
  { name: 'text that is not UTF-8', sends: [frame(Buffer.from([0xc3, 0x28]))] },
  { name: 'a close of one byte', sends: [frame('x', { opcode: 8 })] },
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535].map((code) => ({
    name: `the forbidden close code ${code}`,
    sends: [close(code)],
  })),
  {
    name: 'a close reason that is not UTF-8',
    sends: [frame(Buffer.from([3, 232, 0xc3, 0x28]), { opcode: 8 })],
  },
  { name: 'a length of 2^63', sends: [frame('', { lengthBits: 64, claimed: 2 ** 53 })] },
  {
    name: 'compressed rubbish',
    sends: [frame(Buffer.from([255, 255, 255]), { reserved: 4 })],
    extensions: 'permessage-deflate',
  },
  { name: 'bytes that are no frames', sends: [randomBytes(64).fill(0xff, 0, 2)] },
];

/** What a server sent on one connection, the head without what differs by the hop, and whether it was the server that ended it. */
interface Transcript {
  readonly head: readonly string[];
  readonly length: number;
  readonly sha256: string;
}

function talk(port: number, one: Case): Promise<Transcript> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    const received: Buffer[] = [];
    let isOpen = false;
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`${one.name}: the server did not end the connection`));
    }, 15_000);
    const extensions = one.extensions === undefined ? '' : `Sec-WebSocket-Extensions: ${one.extensions}\r\n`;
    socket.write(
      `GET /echo HTTP/1.1\r\nHost: app.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${extensions}\r\n`,
    );
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk);
      if (isOpen || !Buffer.concat(received).includes('\r\n\r\n')) return;
      isOpen = true;
      void send(socket, one);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      const all = Buffer.concat(received);
      const at = all.indexOf('\r\n\r\n');
      const frames = all.subarray(at + 4);
      const head = all.toString('latin1', 0, at).split('\r\n').toSorted();
      resolve({ head, length: frames.length, sha256: createHash('sha256').update(frames).digest('hex') });
    });
  });
}

async function send(socket: Socket, one: Case): Promise<void> {
  for (const bytes of one.sends) {
    if (one.isDripped !== true) {
      socket.write(bytes);
      continue;
    }
    for (const byte of bytes) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

describe('a WebSocket through the forwarder', () => {
  const server: Server = createServer();
  let direct = 0;
  beforeAll(async () => {
    const sockets = new WebSocketServer({
      server,
      perMessageDeflate: { threshold: 0 },
      maxPayload: 4_000_000,
    });
    sockets.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    direct = await listen(server);
  });
  afterAll(() => void server.close());

  test.each(cases)('is answered byte for byte as without it: $name', async (one) => {
    const { port } = await gatewayTo([tcp(direct)]);
    const [without, through] = [await talk(direct, one), await talk(port, one)];
    expect(through).toEqual(without);
    expect(through.head).toContain('HTTP/1.1 101 Switching Protocols');
    expect(through.length).toBeGreaterThan(0);
  });
});
