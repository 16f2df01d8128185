// Writing to the client, over HTTP/1 and over HTTP/2's compatibility objects: heads, hints, trailers, and the two ways to end.
// It knows nothing of permits.
import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { ownCopy } from '../http/own-copy.ts';
import { breakOff, isQueued } from '../http/queued-response.ts';
import { rememberKinds } from '../http/remember-kinds.ts';
import { guardTrailers } from './send-trailers.ts';
import type { UpstreamResponseHead } from './upstream-exchange.ts';
import {
  dropFields,
  interimFields,
  latin1,
  mostInOneText,
  reasonPhrase,
  trailerFields,
} from './upstream-fields.ts';

const trailerName = new Set(['trailer']);
const truncated = new Error('the response is truncated');

/** Whether the client speaks HTTP/2. */
export function isHttp2(res: ServerResponse): boolean {
  return res.req.httpVersionMajor >= 2;
}

/**
 * Write the final head.
 *
 * @param fields name, value, name, value … without those of a connection
 * @throws what Node throws for a head that cannot be written
 */
export function writeResponseHead(
  res: ServerResponse,
  head: UpstreamResponseHead,
  fields: readonly string[],
): void {
  if (isHttp2(res)) writeHttp2Head(res, head, fields);
  else writeHttp1Head(res, head, fields);
}

function writeHttp1Head(
  res: ServerResponse,
  { status, reason }: UpstreamResponseHead,
  fields: readonly string[],
): void {
  try {
    res.writeHead(status, reasonPhrase(status, reason), fields as string[]);
  } catch (error) {
    // `Trailer` where no trailers can follow: Node refuses it.
    const isTrailer = error instanceof Error && 'code' in error && error.code === 'ERR_HTTP_TRAILER_INVALID';
    if (!isTrailer) throw error;
    res.writeHead(status, reasonPhrase(status, reason), dropFields(fields, trailerName));
  }
}

/**
 * A head that has nothing after it ends the stream itself: gRPC clients look for the status in a head that does, and take an empty DATA
 * frame after it for a broken answer. The caller still calls `end`.
 *
 * Where no trailers can follow, the last frame of the body ends the stream. Node's own `writeHead` always waits for trailers, and sends the
 * end by itself in a later turn: a second record of TLS and a second write to the socket for each answer.
 */
function writeHttp2Head(
  res: ServerResponse,
  { status, isWhole, canHaveTrailers }: UpstreamResponseHead,
  fields: readonly string[],
): void {
  if (!isWhole && (canHaveTrailers || res.getHeaderNames().length > 0)) {
    res.writeHead(status, fields as string[]);
    return;
  }
  const { stream, sendDate } = res as unknown as Http2ServerResponse;
  if (stream === undefined || stream.destroyed || stream.closed) return;
  res.statusCode = status;
  const list = [':status', String(status)];
  for (let i = 0; i + 1 < fields.length; i += 2) list.push(lowerCase(fields[i] ?? ''), fields[i + 1] ?? '');
  const options = { endStream: isWhole, sendDate };
  stream.respond(list as never, options as never);
}

/** HTTP/2 has no other (RFC 9113 section 8.2). One text for each name: Node looks it up in tables. */
const lowerCase = rememberKinds((name) => ownCopy(name).toLowerCase());

/**
 * The first piece of a body as text, where head and piece can go out in one write: Node joins texts, but writes a head and a buffer as
 * two. 2 µs CPU less for a response of 1 KB (37 instead of 39, median of 22 rounds).
 *
 * @returns `null`: it is larger than that is worth, or the response has its own way to write
 */
export function asFirstText(res: ServerResponse, chunk: Buffer): string | null {
  return chunk.length > mostInOneText || isHttp2(res) ? null : latin1(chunk);
}

/** Write the head with the first piece of the body. */
export function writeFirstText(res: ServerResponse, text: string): void {
  const { socket } = res;
  socket?.cork();
  res.write(text, 'latin1');
  socket?.uncork();
}

/** Write the head with the whole body. */
export function writeWholeText(res: ServerResponse, text: string): void {
  if (res.chunkedEncoding) {
    res.socket?.cork();
    res.write(text, 'latin1');
  } else {
    writeFirstText(res, text);
  }
  // Lets go of the socket as well.
  res.end();
}

/**
 * Send the head before there is a body. Not `flushHeaders`: over HTTP/1 that writes the head as UTF-8, and a byte above ASCII becomes
 * two.
 */
export function flushHead(res: ServerResponse): void {
  if (isHttp2(res)) res.flushHeaders();
  else res.write('', 'latin1');
}

/**
 * Pass a 1xx response on, where the client can take one (RFC 9110 section 15.2).
 *
 * @returns the socket that should be waited for; `null`: there is room
 */
export function passInterim(res: ServerResponse, status: number, raw: readonly string[]): Socket | null {
  const { httpVersionMajor, httpVersionMinor } = res.req;
  if (status <= 101 || res.headersSent || (httpVersionMajor === 1 && httpVersionMinor === 0)) return null;
  // Until its turn comes nobody hurries for it.
  if (isQueued(res)) return null;
  const fields = interimFields(raw);
  try {
    if (isHttp2(res)) {
      const { stream } = res as unknown as Http2ServerResponse;
      stream.additionalHeaders({ ':status': status, ...asObject(fields) });
      return null;
    }
    res.writeInformation(status, fields);
    return res.socket?.writableNeedDrain === true ? res.socket : null;
  } catch {
    // A hint that cannot be written is left out: the response itself is not in question.
    return null;
  }
}

/** Pass trailers on, where the framing to the client has room for them. */
export function passTrailers(res: ServerResponse, raw: readonly string[]): void {
  const fields = trailerFields(raw);
  if (fields === null) return;
  if (!isHttp2(res) && !res.chunkedEncoding) return;
  try {
    if (isHttp2(res)) {
      guardTrailers((res as unknown as Http2ServerResponse).stream);
      res.addTrailers(asObject(fields));
    } else res.addTrailers(asPairs(fields));
  } catch {
    // Trailers are optional (RFC 9110 section 6.5.2): what Node refuses to write is left out.
  }
}

/** Whether nothing that is written reaches the client any more; `close` may still be to come. Node would count it as sent. */
export function isGone(res: ServerResponse): boolean {
  return res.destroyed || (!isHttp2(res) && res.socket?.destroyed === true);
}

/** After `close`: whether all that was written left this process, and the client did not break off. */
export function isWholeSent(res: ServerResponse): boolean {
  if (!isHttp2(res)) return res.writableFinished;
  const { stream } = res as unknown as Http2ServerResponse;
  return stream === undefined || stream.rstCode === 0;
}

/**
 * After `close`, where the upstream has not said the end: whether a client of HTTP/1.1 left with everything, as it knows by
 * `Content-Length` (RFC 9112 section 6.3).
 *
 * @param fields of the head that was written: name, value, name, value …
 * @param bytesOut how much of the body was written
 */
export function isLengthSent(res: ServerResponse, fields: readonly string[], bytesOut: number): boolean {
  // What waits in a connection that broke is no longer counted: only one that was ended in order said all that it had taken.
  if (isHttp2(res) || res.writableLength > 0 || res.socket?.writableFinished !== true) return false;
  const at = fields.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length');
  return at !== -1 && fields[at + 1] === String(bytesOut);
}

/** End a response that is not whole, so that it does not look whole. */
export function cutResponse(res: ServerResponse): void {
  if (isHttp2(res)) {
    const { stream } = res as unknown as Http2ServerResponse;
    // Not close(code): that says END_STREAM first.
    stream?.destroy(truncated);
    return;
  }
  const { socket } = res;
  // To HTTP/1.0 a body may end with its connection: only a reset says that it is not whole.
  if (socket !== null && res.req.httpVersionMinor === 0) socket.resetAndDestroy();
  else breakOff(res);
}

/** Answer with a status and nothing else, and close the connection. */
export function sendEmpty(res: ServerResponse, status: number): void {
  res.writeHead(status, ['Content-Length', '0', ...(isHttp2(res) ? [] : ['Connection', 'close'])]);
  res.end();
}

function asPairs(fields: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) pairs.push([fields[i] as string, fields[i + 1] as string]);
  return pairs;
}

function asObject(fields: readonly string[]): Record<string, string[]> {
  const object: Record<string, string[]> = Object.create(null);
  for (const [name, value] of asPairs(fields)) {
    const key = name.toLowerCase();
    const values = object[key];
    if (values === undefined) object[key] = [value];
    else values.push(value);
  }
  return object;
}
