// The head of a response (RFC 9112 sections 4 to 6): status line, fields and what frames the body. Pure. Where the RFC tells a proxy
// to repair it repairs (an equal, repeated Content-Length; `identity`; a length where there is no body); the rest is a fault.
import type { KnownAnswer } from '../../http/response-headers.ts';
import type { UpstreamResponseHead } from '../upstream-exchange.ts';
import { quoted, UpstreamFault } from '../upstream-fault.ts';
import { type FieldBlock, parseFieldBlock } from './field-block.ts';

/** How the end of the body is known (RFC 9112 section 6.3). */
export type BodyFraming = 'none' | 'length' | 'chunked' | 'close';

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly string[];
  /** What whoever passes it on makes of the fields, for the next head that says the same. */
  readonly known: KnownAnswer;
  readonly framing: BodyFraming;
  /** Of the body, bytes; 0 unless `framing` is `length`. */
  readonly bodyBytes: number;
  /** The connection may serve another request after this one. */
  readonly keepsAlive: boolean;
  /** How long the upstream says that it keeps an idle connection, milliseconds; `null`: it says nothing. */
  readonly keepAliveMs: number | null;
}

/** The head as whoever sent the request is told it. */
export function upstreamHeadOf({
  status,
  reason,
  fields,
  known,
  framing,
  bodyBytes,
}: ResponseHead): UpstreamResponseHead {
  const isWhole = framing === 'none' || (framing === 'length' && bodyBytes === 0);
  return { status, reason, fields, known, isWhole, canHaveTrailers: framing === 'chunked' };
}

const space = 0x20;
const cr = 0x0d;
const lf = 0x0a;
const zero = 0x30;
/** `HTTP/1.1 200`. */
const statusEnd = 12;

/**
 * Read a head.
 *
 * @param text Latin-1, from the status line to the CRLF of the last field line
 * @param method of the request: a response to HEAD has no body
 */
export function parseResponseHead(text: string, method: string): ResponseHead | UpstreamFault {
  const minor = text.charCodeAt(7) - zero;
  const status = statusOf(text);
  if (!text.startsWith('HTTP/1.') || !(minor >= 0 && minor <= 9) || status === 0)
    return new UpstreamFault('UPSTREAM_NOT_HTTP', `it began with ${quoted(text.slice(0, 20))}`);
  const hasReason = text.charCodeAt(statusEnd) === space;
  const reasonFrom = hasReason ? statusEnd + 1 : statusEnd;
  let lineEnd = reasonFrom;
  let byte = text.charCodeAt(lineEnd);
  if (hasReason) while (isReasonByte(byte)) byte = text.charCodeAt(++lineEnd);
  if (byte !== cr || text.charCodeAt(lineEnd + 1) !== lf)
    return new UpstreamFault('UPSTREAM_HEAD_INVALID', 'a status line that does not end as it should');
  const block = parseFieldBlock(text, lineEnd + 2, 'UPSTREAM_HEAD_INVALID');
  if (block instanceof UpstreamFault) return block;
  return framed(block, { status, reason: text.slice(reasonFrom, lineEnd), minor, method });
}

/** Three digits between blanks; 0 when it is something else. */
function statusOf(text: string): number {
  if (text.charCodeAt(8) !== space) return 0;
  let status = 0;
  for (let i = 9; i < statusEnd; i++) {
    const digit = text.charCodeAt(i) - zero;
    if (!(digit >= 0 && digit <= 9)) return 0;
    status = status * 10 + digit;
  }
  return status >= 100 ? status : 0;
}

function isReasonByte(code: number): boolean {
  return (code >= space && code !== 0x7f) || code === 0x09;
}

interface StatusLine {
  readonly status: number;
  readonly reason: string;
  readonly minor: number;
  readonly method: string;
}

function framed(block: FieldBlock, line: StatusLine): ResponseHead | UpstreamFault {
  const { status, reason, minor, method } = line;
  let { fields } = block;
  const isEmptyStatus = status < 200 || status === 204;
  const isBodyless = isEmptyStatus || status === 304 || method === 'HEAD';
  const codings = block.transferEncoding === null ? null : parseCodings(block.transferEncoding);
  if (codings instanceof UpstreamFault && !isBodyless) return codings;
  const isChunked = codings !== null && codings !== 'identity';
  const problem = isChunked && !isBodyless ? chunksProblem(minor, block.contentLength) : null;
  if (problem !== null) return new UpstreamFault('UPSTREAM_FRAMING_AMBIGUOUS', problem);
  let bytes = -1;
  if (block.contentLength !== null) {
    bytes = parseLength(block.contentLength);
    if (bytes === -1) return new UpstreamFault('UPSTREAM_LENGTH_INVALID', quoted(block.contentLength));
    if (block.contentLength.includes(',')) fields = withOneLength(fields, String(bytes));
  }
  // RFC 9110 section 8.6: never in 1xx and 204. RFC 9112 section 6.3: chunks override a length, and whoever passes it on takes that out.
  const hasLength = bytes !== -1;
  if (hasLength && (isEmptyStatus || isChunked)) fields = withOneLength(fields, null);
  // Whoever announces a body where there is none, or two kinds, may send one too: the connection serves nobody else.
  const isOddlyChunked = isChunked && (codings !== 'chunked' || status === 204 || hasLength || minor === 0);
  const isOverFramed = isBodyless && (isOddlyChunked || (status === 204 && bytes > 0));
  const framing = isBodyless ? 'none' : isChunked ? 'chunked' : hasLength ? 'length' : 'close';
  return {
    status,
    reason,
    fields,
    known: { plan: null, fields },
    framing,
    bodyBytes: framing === 'length' ? bytes : 0,
    keepsAlive: !isOverFramed && framing !== 'close' && keepsAlive(block.connection, minor),
    keepAliveMs: block.keepAlive === null ? null : parseKeepAlive(block.keepAlive),
  };
}

/** What is wrong with a body in chunks; `null`: nothing. RFC 9112 section 6.1: who speaks HTTP/1.0 does not know what it says there. */
function chunksProblem(minor: number, contentLength: string | null): string | null {
  if (minor === 0) return 'chunks in a response of HTTP/1.0';
  return contentLength === null ? null : 'chunks and a Content-Length';
}

/** `identity` is not a coding at all (RFC 2616 section 3.6 had it); `chunked` alone is the one that can be read. */
function parseCodings(text: string): 'chunked' | 'identity' | UpstreamFault {
  const coding = text.toLowerCase();
  if (coding === 'chunked' || coding === 'identity') return coding;
  return new UpstreamFault('UPSTREAM_CODING_UNKNOWN', quoted(text));
}

/** RFC 9112 section 6.3: a list of equal lengths is one length. -1: not a length. */
function parseLength(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  if (text.length > 256) return -1;
  const parts = text.split(',').map((part) => part.trim());
  const first = parts[0] ?? '';
  return /^[0-9]{1,15}$/.test(first) && parts.every((part) => part === first) ? Number(first) : -1;
}

/** The fields with their first Content-Length made `value` (`null`: left out), and without the others. */
function withOneLength(fields: readonly string[], value: string | null): string[] {
  const kept: string[] = [];
  let isPlaced = value === null;
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? '';
    if (name.length !== 14 || name.toLowerCase() !== 'content-length') {
      kept.push(name, fields[i + 1] ?? '');
    } else if (!isPlaced && value !== null) {
      kept.push(name, value);
      isPlaced = true;
    }
  }
  return kept;
}

/** RFC 9112 section 9.3. */
function keepsAlive(connection: string | null, minor: number): boolean {
  if (connection === null) return minor > 0;
  const options = connection.toLowerCase();
  if (options === 'keep-alive') return true;
  const list = options.split(',').map((option) => option.trim());
  if (list.includes('close')) return false;
  return minor > 0 || list.includes('keep-alive');
}

/** `timeout` of a `Keep-Alive` field (RFC 2068 section 19.7.1), milliseconds; `null` when there is none. */
function parseKeepAlive(text: string): number | null {
  const seconds = /(?:^|[,; ])timeout=([0-9]{1,6})(?:[,; ]|$)/i.exec(text.slice(0, 256))?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}
