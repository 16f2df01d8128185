// The PROXY protocol: what a load balancer that passes bytes on says of its client before the first of them. Versions 1 and 2, as HAProxy's
// `proxy-protocol.txt` has them, and nothing more lenient. Reads what is there; whether the sender may say it is for others to judge.
import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Who is at the other end of a connection that somebody passes on. */
export interface ProxiedClient {
  readonly address: string;
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6';
}

export type ProxyHeader =
  /** So far it is the beginning of one. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'fault'; readonly fault: ProxyFault }
  | {
      readonly kind: 'header';
      /** Bytes; what follows them is the client's. */
      readonly length: number;
      /** `self`: the sender connects for itself (a health check); `unknown`: for somebody whose address it does not know. */
      readonly client: ProxiedClient | 'self' | 'unknown';
    };

/** What is wrong: other bytes, a version, command or kind of connection that is not taken, too long, or no address where one belongs. */
export type ProxyFault = 'no-header' | 'unknown-version' | 'unknown-kind' | 'too-long' | 'malformed';

/** Section 2.2: no HTTP, TLS or SSH begins like this. */
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const textStart = Buffer.from('PROXY ', 'latin1');
const fixedBytes = 16;
/** Section 2.1: "a 108-byte buffer is always enough". */
const longestText = 107;
/** Addresses and all that is told besides: a certificate's name, an id; senders stay far below. */
const longestBody = 4_096;

/** The longest header that is read, bytes. */
export const longestProxyHeader = fixedBytes + longestBody;

const incomplete: ProxyHeader = { kind: 'incomplete' };
const fault = (what: ProxyFault): ProxyHeader => ({ kind: 'fault', fault: what });

/**
 * Read the header at the start of a connection.
 *
 * @param bytes all that came so far
 */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsLike(bytes, signature)) return bytes.length < fixedBytes ? early(bytes) : parseBinary(bytes);
  if (startsLike(bytes, textStart)) return parseText(bytes);
  return fault('no-header');
}

/** Whether the bytes and the start agree as far as both go. */
function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, length, 0, length) === 0;
}

/** A wrong version is told before its length is there. */
function early(bytes: Buffer): ProxyHeader {
  const version = bytes[12];
  return version === undefined || version >>> 4 === 2 ? incomplete : fault('unknown-version');
}

/** Section 2.2. */
function parseBinary(bytes: Buffer): ProxyHeader {
  const versionAndCommand = bytes.readUInt8(12);
  const kind = bytes.readUInt8(13);
  const bodyBytes = bytes.readUInt16BE(14);
  if (versionAndCommand >>> 4 !== 2) return fault('unknown-version');
  const command = versionAndCommand & 0x0f;
  if (command > 1) return fault('unknown-kind');
  if (bodyBytes > longestBody) return fault('too-long');
  const addressBytes = addressBytesOf.get(kind);
  // What a health check says of addresses is not read (section 2.2, LOCAL).
  if (command === 1 && addressBytes === undefined) return fault('unknown-kind');
  if (command === 1 && bodyBytes < (addressBytes ?? 0)) return fault('malformed');
  const length = fixedBytes + bodyBytes;
  if (bytes.length < length) return incomplete;
  return { kind: 'header', length, client: command === 0 ? 'self' : clientOf(bytes, kind) };
}

const overIpv4 = 0x11;
const overIpv6 = 0x21;

/** Byte 14 (family and transport; streams alone) → how many bytes of addresses follow at least. */
const addressBytesOf: ReadonlyMap<number, number> = new Map([
  [0x00, 0],
  [overIpv4, 12],
  [overIpv6, 36],
  // Two paths of sockets, which say nothing of a client's address.
  [0x31, 216],
]);

function clientOf(bytes: Buffer, kind: number): ProxiedClient | 'unknown' {
  if (kind !== overIpv4 && kind !== overIpv6) return 'unknown';
  const size = kind === overIpv4 ? 4 : 16;
  return {
    address: ipaddr.fromByteArray([...bytes.subarray(fixedBytes, fixedBytes + size)]).toString(),
    port: bytes.readUInt16BE(fixedBytes + 2 * size),
    family: kind === overIpv4 ? 'IPv4' : 'IPv6',
  };
}

/** Section 2.1: one line. */
function parseText(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, longestText).indexOf('\r\n', 0, 'latin1');
  if (end === -1) return bytes.length >= longestText ? fault('too-long') : incomplete;
  const line = bytes.toString('latin1', textStart.length, end);
  const length = end + 2;
  if (line === 'UNKNOWN' || line.startsWith('UNKNOWN ')) return { kind: 'header', length, client: 'unknown' };
  const [protocol, source = '', destination = '', ...ports] = line.split(' ');
  const isRight = ports.length === 2 && ports.every(isPort);
  const both = [source, destination];
  if (isRight && protocol === 'TCP4' && both.every((text) => isIPv4(text)))
    return { kind: 'header', length, client: { address: source, port: Number(ports[0]), family: 'IPv4' } };
  if (isRight && protocol === 'TCP6' && both.every((text) => isIPv6(text) && !text.includes('%')))
    return { kind: 'header', length, client: { address: source, port: Number(ports[0]), family: 'IPv6' } };
  return fault('malformed');
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}
