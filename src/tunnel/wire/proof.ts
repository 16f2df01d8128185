// How a connector proves itself, before a frame of HTTP/2 is read: one message of a fixed length, whose signatures are bound to this TLS
// connection by its exporter (RFC 8446 section 7.5, RFC 9266). Relayed through another TLS connection, or kept for later, it proves
// nothing.
import { sign, verify } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { type KeyPair, keyBytes, publicKeyOf } from './key-text.ts';

/** The protocol of a tunnel's connections (RFC 7301). */
export const alpn = 'bouncer-tunnel/1';
/** How long either side waits for the other to prove itself, milliseconds. */
export const proofMs = 10_000;

const version = 1;
const signatureBytes = 64;
/** The version, the connector's key with its signature, the token's key with its signature (zeros where there is none). */
export const proofBytes: number = 1 + 2 * (keyBytes + signatureBytes);

const exporterBytes = 32;
const exporterLabel = 'EXPORTER-bouncer-tunnel-1';

/** What was proved. */
export interface Proved {
  /** Raw, base64url: whoever sent it holds the private half, on this connection. */
  readonly connectorKey: string;
  /** The same of the token that it was invited with; `null`: it shows none. */
  readonly tokenKey: string | null;
}

/** What binds to the connection. Both sides get the same. */
export function bindingOf(socket: TLSSocket): Buffer {
  return socket.exportKeyingMaterial(exporterBytes, exporterLabel, Buffer.alloc(0));
}

/** @param token the key of a join token, for a connector that the edge may not know yet */
export function writeProof(binding: Buffer, connector: KeyPair, token: KeyPair | null): Buffer {
  const ofConnector = sign(null, connectorText(binding), connector.privateKey);
  const ofToken =
    token === null ? null : sign(null, tokenText(binding, connector.publicKey), token.privateKey);
  return Buffer.concat([
    Buffer.from([version]),
    connector.publicKey,
    ofConnector,
    token?.publicKey ?? Buffer.alloc(keyBytes),
    ofToken ?? Buffer.alloc(signatureBytes),
  ]);
}

/** @returns `null` when it is not a proof, or not one for this connection */
export function checkProof(message: Buffer, binding: Buffer): Proved | null {
  if (message.length !== proofBytes || message[0] !== version) return null;
  const at = (start: number, length: number): Buffer => message.subarray(start, start + length);
  const connectorKey = at(1, keyBytes);
  const tokenStart = 1 + keyBytes + signatureBytes;
  const tokenKey = at(tokenStart, keyBytes);
  const tokenSignature = at(tokenStart + keyBytes, signatureBytes);
  if (!isSigned(connectorText(binding), connectorKey, at(1 + keyBytes, signatureBytes))) return null;
  const hasToken = [...tokenKey, ...tokenSignature].some((byte) => byte !== 0);
  if (hasToken && !isSigned(tokenText(binding, connectorKey), tokenKey, tokenSignature)) return null;
  return {
    connectorKey: connectorKey.toString('base64url'),
    tokenKey: hasToken ? tokenKey.toString('base64url') : null,
  };
}

/** In place of a version: what time is it there? Zeros follow. In place of a verdict: that time follows, in eight bytes. */
const clockByte = 0xfe;
export const clockAnswerBytes = 9;

export function writeClockQuestion(): Buffer {
  const question = Buffer.alloc(proofBytes);
  question[0] = clockByte;
  return question;
}

export function isClockQuestion(message: Buffer): boolean {
  const [first, ...rest] = message;
  return message.length === proofBytes && first === clockByte && rest.every((byte) => byte === 0);
}

export function writeClockAnswer(nowMs: number): Buffer {
  const answer = Buffer.alloc(clockAnswerBytes, clockByte);
  answer.writeBigUInt64BE(BigInt(Math.round(nowMs)), 1);
  return answer;
}

/** @returns milliseconds since the epoch; `null` for another answer */
export function clockAnswerOf(answer: Buffer): number | null {
  if (answer.length !== clockAnswerBytes || answer[0] !== clockByte) return null;
  return Number(answer.readBigUInt64BE(1));
}

function isSigned(text: Buffer, key: Buffer, signature: Buffer): boolean {
  try {
    return verify(null, text, publicKeyOf(key), signature);
  } catch {
    // Not a key.
    return false;
  }
}

function connectorText(binding: Buffer): Buffer {
  return Buffer.concat([Buffer.from('bouncer connector 1\0'), binding]);
}

function tokenText(binding: Buffer, connectorKey: Buffer): Buffer {
  return Buffer.concat([Buffer.from('bouncer join 1\0'), binding, connectorKey]);
}
