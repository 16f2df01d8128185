// A WebSocket whose process stops: both sides are told between two frames (RFC 6455 section 7.4.1, 1001), and no frame is broken by it.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { FrameFollower } from '../../../src/upstream/web-socket-frames.ts';
import { gatewayTo, rawUpstream, tcp, waitFor } from './fixture.ts';

const handshake =
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const accepted =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';
const goodbye = Buffer.from([0x88, 2, 0x03, 0xe9]);

function frame(opcode: number, length: number, masked: 'masked' | 'plain'): Buffer {
  const mask = masked === 'masked' ? 0x80 : 0;
  const head =
    length <= 125
      ? Buffer.from([0x80 | opcode, mask | length])
      : length < 65_536
        ? Buffer.from([0x80 | opcode, mask | 126, length >> 8, length & 255])
        : Buffer.from([
            0x80 | opcode,
            mask | 127,
            0,
            0,
            0,
            0,
            0,
            length >> 16,
            (length >> 8) & 255,
            length & 255,
          ]);
  return Buffer.concat([head, Buffer.alloc(mask === 0 ? 0 : 4, 7), Buffer.alloc(length, 0x88)]);
}

test('where frames end is known however they are cut into chunks', () => {
  const anyFrame = fc.tuple(
    fc.constantFrom(0, 1, 2, 9),
    fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000),
  );
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 6 }),
      fc.array(fc.nat(80_000), { maxLength: 12 }),
      fc.boolean(),
      (all, cuts, isMasked) => {
        const frames = all.map(([opcode, length]) => frame(opcode, length, isMasked ? 'masked' : 'plain'));
        const bytes = Buffer.concat(frames);
        const ends = new Set<number>([0]);
        for (const one of frames) ends.add(Math.max(...ends) + one.length);
        const follower = new FrameFollower();
        let from = 0;
        for (const to of [
          ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
          bytes.length,
        ]) {
          follower.follow(bytes.subarray(from, to));
          from = to;
          expect(follower.isBetween).toBe(ends.has(to));
        }
        expect(follower.isClosed).toBe(false);
      },
    ),
    { numRuns: 200 },
  );
});

test('a client in the middle of a frame gets the rest of it, then the goodbye, then nothing', async () => {
  const { port: upstreamPort, upstream } = await rawUpstream((socket, text) => {
    if (text.endsWith('\r\n\r\n')) socket.write(accepted);
  });
  const { port, gateway } = await gatewayTo([tcp(upstreamPort)]);
  const client = net.connect(port, '127.0.0.1');
  onTestFinished(() => void client.destroy());
  let got = Buffer.alloc(0);
  client.on('data', (chunk: Buffer) => (got = Buffer.concat([got, chunk])));
  client.write(handshake);
  await waitFor(() => gateway.goodbyes.length === 1 && got.includes('\r\n\r\n'));
  const answered = got.indexOf('\r\n\r\n') + 4;
  const whole = frame(2, 1_000, 'plain');
  upstream.sockets[0]?.write(whole.subarray(0, 500));
  await waitFor(() => got.length === answered + 500);
  gateway.goodbyes[0]?.();
  // The application, to which no frame was on its way, is told at once.
  await waitFor(() =>
    Buffer.concat(upstream.received).includes(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 3, 0xe9])),
  );
  upstream.sockets[0]?.write(Buffer.concat([whole.subarray(500), frame(2, 10, 'plain')]));
  await waitFor(() => got.length >= answered + 1_004 + goodbye.length);
  expect(got.subarray(answered)).toEqual(Buffer.concat([whole, goodbye]));
  client.write(Buffer.concat([frame(1, 5, 'masked'), frame(8, 2, 'masked')]));
  await once(client, 'close');
  expect(got.length).toBe(answered + 1_004 + goodbye.length);
  expect(await gateway.outcome(1)).toMatchObject({ status: 101, cut: 'process-stopping' });
  expect(Buffer.concat(upstream.received).includes(frame(1, 5, 'masked'))).toBe(false);
});

test('a client that does not answer the goodbye is cut after a while; one that does closes cleanly, and so does the application', async () => {
  const server = http.createServer();
  const codes: number[] = [];
  new WebSocketServer({ server }).on('connection', (socket) =>
    socket.on('close', (code) => codes.push(code)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port, gateway } = await gatewayTo([tcp((server.address() as net.AddressInfo).port)]);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  await once(socket, 'open');
  gateway.goodbyes[0]?.();
  gateway.goodbyes[0]?.();
  expect((await once(socket, 'close'))[0]).toBe(1001);
  await waitFor(() => codes.length === 1);
  expect(codes).toEqual([1001]);
  const silent = net.connect(port, '127.0.0.1');
  onTestFinished(() => void silent.destroy());
  silent.on('data', () => {}).write(handshake);
  await waitFor(() => gateway.goodbyes.length === 2);
  gateway.goodbyes[1]?.();
  await once(silent, 'close');
  expect(await gateway.outcome(2)).toMatchObject({ cut: 'process-stopping' });
});
