// What a client gets whose bytes never became a request: a bare status, then the end of its connection.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestRecord } from '../telemetry/request-record.ts';

const answers: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
};

/** How long a client may take to read the refusal before it is cut. */
const lingerMs = 1_000;

/**
 * Answer a `clientError` (RFC 9112 section 2.2: a parse error gets a 400 and a closed connection) unless a response is under way,
 * which is cut: nothing may be added to it.
 *
 * @returns what to log, or `null` when there was no request to refuse
 */
export function answerClientError(error: Error, socket: Socket): RequestRecord | null {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? null;
  if (!socket.writable || socket.destroyed || code === 'ECONNRESET' || code === 'EPIPE') {
    socket.destroy();
    return null;
  }
  if (message !== null) {
    // The head of this message was accepted, so it has a record of its own; its handler sees the connection close.
    if (!message.headersSent) socket.write(rawAnswer(statusOf(code)));
    socket.destroySoon();
    return null;
  }
  const status = statusOf(code);
  socket.end(rawAnswer(status));
  setTimeout(() => socket.destroy(), lingerMs).unref();
  return record(status, reasonOf(code), null, null, socket.remoteAddress ?? null);
}

/** The record of a request that is refused before anybody else sees it. */
export function refuseOnSocket(
  req: Pick<IncomingMessage, 'method' | 'url' | 'socket'>,
  status: number,
  reason: string,
): RequestRecord {
  const [path = ''] = (req.url ?? '').split(/[?#]/, 1);
  return record(status, reason, req.method ?? null, path, req.socket.remoteAddress ?? null);
}

function rawAnswer(status: number): string {
  return `HTTP/1.1 ${status} ${answers[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
}

function statusOf(code: string): number {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 431;
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 413;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 408;
    default:
      return 400;
  }
}

function reasonOf(code: string): string {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'head-too-large';
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'chunk-extensions-too-large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request-timeout';
    default:
      return 'malformed-request';
  }
}

function record(
  status: number,
  reason: string,
  method: string | null,
  path: string | null,
  ip: string | null,
): RequestRecord {
  return {
    requestId: randomUUID(),
    host: null,
    method: printable(method ?? '-', 32),
    path: printable(path ?? '-', 512),
    status,
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
