// What a client gets whose bytes never became a request for anybody: the refusal as JSON, then the end of its connection.

import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { markBroken } from '../http/broken-request.ts';
import { peerAddress } from '../http/client-address.ts';
import { type Reason, refusalJson, refusals } from '../http/refusals.ts';
import { logPath } from '../telemetry/log-path.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';

/** How much of a line is looked at, bytes. */
const longestLine = 96;

/** How long a client may take to read the refusal before it is cut. */
const lingerMs = 1_000;

/** Sockets that a refusal waits for: what else comes over them is not read any more. */
const refusing = new WeakSet<Socket>();

/**
 * Answer a `clientError` (RFC 9112 section 2.2: a parse error gets a 400 and a closed connection). Requests that came whole before it
 * get their answers first. A response to the very request that is broken is cut: nothing may be added to it.
 *
 * @param onRefused told what to log where there is a request to refuse
 */
export function answerClientError(
  error: Error,
  socket: Socket,
  onRefused: (record: RequestRecord) => void,
): void {
  if (refusing.has(socket)) return;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!socket.writable || socket.destroyed || code === 'ECONNRESET' || code === 'EPIPE') {
    socket.destroy();
    return;
  }
  refusing.add(socket);
  afterAnswers(socket, (broken) => {
    const reason = reasonOf(error, code);
    if (broken !== null) {
      // Its head was accepted, so it has a record of its own; its handler sees the connection close. Who left in the middle of it, left.
      if (code !== 'HPE_INVALID_EOF_STATE') markBroken(broken.req, reason);
      if (!broken.headersSent) socket.write(rawRefusal(reason, null));
      socket.destroySoon();
      return;
    }
    if (!socket.writable) return;
    const refused = record(reason, null, null, peerAddress(socket.remoteAddress));
    socket.end(rawRefusal(reason, refused.requestId));
    setTimeout(() => socket.destroy(), lingerMs).unref();
    onRefused(refused);
  });
}

/** The response that node:http is busy with on this socket. */
export function answering(socket: Socket): ServerResponse | null {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? null;
}

/**
 * Go on once every request that came whole is answered; never where the socket is gone by then.
 *
 * @param next told the response to the request that is broken; `null`: what broke had not become a request
 */
function afterAnswers(socket: Socket, next: (broken: ServerResponse | null) => void): void {
  const message = answering(socket);
  if (message === null || !message.req.complete) next(message);
  // The next response of a pipeline takes the socket in the same turn.
  else message.once('finish', () => setImmediate(afterAnswers, socket, next));
}

/**
 * End a connection that Node handed over (`upgrade`, CONNECT) with a refusal, behind the answers to the requests that came before it: a
 * client takes what comes first for the answer to what it asked first.
 */
export function refuseAfterAnswers(socket: Socket, refusal: string): void {
  // Node tells the answers of nothing any more.
  socket.on('drain', () => answering(socket)?.emit('drain'));
  afterAnswers(socket, () => {
    if (socket.writable) socket.end(refusal);
  });
}

/** The record of a request that is refused before anybody else sees it. */
export function refusedOnSocket(
  req: Pick<IncomingMessage, 'method' | 'url' | 'socket'>,
  reason: Reason,
): RequestRecord {
  const [path = ''] = (req.url ?? '').split(/[?#]/, 1);
  return record(reason, req.method ?? null, path, peerAddress(req.socket.remoteAddress));
}

/** The refusal as bytes of HTTP/1.1, after which the connection is to end. @param requestId `null`: a bare status */
export function rawRefusal(reason: Reason, requestId: string | null): string {
  const { status } = refusals[reason];
  const start = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n`;
  if (requestId === null) return `${start}Content-Length: 0\r\n\r\n`;
  const body = refusalJson(reason, requestId);
  return (
    `${start}Content-Type: application/json\r\n` +
    `Cache-Control: no-store\r\nX-Request-Id: ${requestId}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

function reasonOf(error: Error, code: string): Reason {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'headers-too-large';
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'chunk-extensions-too-large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request-timeout';
    case 'HPE_INVALID_METHOD':
      return startsWithMethod(error) ? 'method-unknown' : 'malformed-request';
    default:
      return 'malformed-request';
  }
}

/** Node's parser takes every method that it does not know for nonsense. Whatever reads as a request line is one (RFC 9112 section 3). */
function startsWithMethod(error: Error): boolean {
  const packet = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket : null;
  const parsed = 'bytesParsed' in error && typeof error.bytesParsed === 'number' ? error.bytesParsed : 0;
  if (packet === null) return false;
  // The parser stops inside the word: what stands before it in this packet belongs to earlier requests.
  const start = packet.lastIndexOf('\n', Math.max(0, parsed - 1), 'latin1') + 1;
  const line = packet.toString('latin1', start, start + longestLine);
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64} (?:\/|\*|https?:\/\/)/i.test(line);
}

function record(
  reason: Reason,
  method: string | null,
  path: string | null,
  ip: string | null,
): RequestRecord {
  return {
    requestId: randomUUID(),
    host: null,
    method: printable(method ?? '-', 32),
    path: logPath(path ?? '-'),
    status: refusals[reason].status,
    decision: 'refused',
    reason,
    policy: null,
    application: null,
    sub: null,
    email: null,
    idp: null,
    session: null,
    ip,
    userAgent: null,
    durationMs: 0,
    upstreamMs: null,
    bytesOut: 0,
  };
}

/** For the log: what an attacker sends must not steer a terminal or a log reader. */
function printable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[^\x21-\x7e]/g, '?');
}
