// The server's side of a WebSocket that only talks: handshake, text frames, pings and the close (RFC 6455). For the demonstration;
// bouncer itself never looks into a WebSocket.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export interface TalkingSocket {
  send(text: string): void;
  /** Called once, however it ended. */
  onEnd(listener: () => void): void;
}

/** Answer the handshake (RFC 6455 section 4.2.2). `null` when it is none; the socket is then closed. */
export function acceptWebSocket(req: IncomingMessage, socket: Duplex): TalkingSocket | null {
  const key = req.headers['sec-websocket-key'];
  if (key === undefined || req.headers['sec-websocket-version'] !== '13') {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return null;
  }
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on('error', () => socket.destroy());
  socket.on('data', (frame: Buffer) => answerControlFrame(frame, socket));
  return {
    send: (text) => {
      if (socket.writable) socket.write(encodeFrame(0x1, Buffer.from(text)));
    },
    onEnd: (listener) => void socket.once('close', listener),
  };
}

/** Visitors have nothing to say here but that they leave, or whether anybody is there. */
function answerControlFrame(frame: Buffer, socket: Duplex): void {
  const opcode = (frame[0] ?? 0) & 0x0f;
  if (opcode === 0x8) socket.end(encodeFrame(0x8, Buffer.from([0x03, 0xe8])));
  if (opcode === 0x9) socket.write(encodeFrame(0xa, unmask(frame)));
}

/** The payload of a short masked frame (RFC 6455 section 5.3). */
function unmask(frame: Buffer): Buffer {
  const length = (frame[1] ?? 0) & 0x7f;
  const mask = frame.subarray(2, 6);
  return Buffer.from(
    frame.subarray(6, 6 + Math.min(length, 125)).map((byte, i) => byte ^ (mask[i % 4] ?? 0)),
  );
}

function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const length =
    payload.length < 126 ? [payload.length] : [126, (payload.length >> 8) & 0xff, payload.length & 0xff];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...length]), payload]);
}
