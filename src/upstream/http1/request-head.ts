// The head of a request as one text (RFC 9112 sections 3 and 6). Framing and connection fields are made here and nowhere else: fields
// that would frame or route the message a second time, or text that would end a line, are refused.

import { isToken } from '../../http/header-name.ts';
import { rememberKinds } from '../../http/remember-kinds.ts';
import type { UpstreamRequest } from '../upstream-exchange.ts';
import { UpstreamFault } from '../upstream-fault.ts';

export interface RequestHead {
  /** Latin-1, complete. */
  readonly text: string;
  /** Bytes of the body that was announced; -1: it goes in chunks. 0 without a body. */
  readonly bodyBytes: number;
}

const plain = 0;
const contentLength = 1;
const host = 2;
const refused = 3;
type Kind = 0 | 1 | 2 | 3;

const special = new Map<string, Kind>([
  ['content-length', contentLength],
  ['host', host],
  ...[
    'connection',
    'keep-alive',
    'proxy-connection',
    'transfer-encoding',
    'upgrade',
    'expect',
    'trailer',
  ].map((name) => [name, refused] as const),
]);

const kindOf = rememberKinds(
  (name): Kind => (isToken(name) ? (special.get(name.toLowerCase()) ?? plain) : refused),
);

const notInValue = /[^\t\x20-\x7e\x80-\xff]/;
const notInTarget = /[^\x21-\x7e\x80-\xff]/;
/** RFC 9110 section 8.6: methods that give a body a meaning say that there is none. Some servers answer 411 without it. */
const announcesNoBody = new Set(['POST', 'PUT', 'PATCH', 'QUERY', 'PROPFIND', 'PROPPATCH', 'REPORT']);

/**
 * Write the head of a request.
 *
 * @param upgrade the protocol to switch to, `null`: none
 * @returns a fault when what was given cannot stand in one head: nothing of it may be sent
 */
export function writeRequestHead(
  request: UpstreamRequest,
  upgrade: string | null,
): RequestHead | UpstreamFault {
  const { method, path, headers, hasBody } = request;
  if (!isToken(method) || path.charCodeAt(0) !== 0x2f || notInTarget.test(path))
    return invalid('the target is not a path');
  let text = `${method} ${path} HTTP/1.1\r\n`;
  let hosts = 0;
  let length: string | null = null;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    const kind = kindOf(name);
    if (kind !== plain) {
      if (kind === refused) return invalid('a field that is not end-to-end');
      if (kind === host) hosts++;
      else if (length !== null) return invalid('two lengths');
      else length = value;
    }
    if (notInValue.test(value)) return invalid('a control character in a field');
    text += `${name}: ${value}\r\n`;
  }
  if (hosts !== 1) return invalid('not one Host');
  if (length !== null && !/^[0-9]{1,15}$/.test(length)) return invalid('a length that is not a number');
  text += upgrade === null ? 'Connection: keep-alive\r\n' : `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  if (!hasBody) {
    if (length !== null && Number(length) !== 0) return invalid('a length without a body');
    if (length === null && announcesNoBody.has(method)) text += 'Content-Length: 0\r\n';
    return { text: `${text}\r\n`, bodyBytes: 0 };
  }
  if (length === null) text += 'Transfer-Encoding: chunked\r\n';
  if (request.expectsContinue) text += 'Expect: 100-continue\r\n';
  return { text: `${text}\r\n`, bodyBytes: length === null ? -1 : Number(length) };
}

function invalid(what: string): UpstreamFault {
  return new UpstreamFault('UPSTREAM_REQUEST_INVALID', what);
}

/** The end of a body in chunks, with the trailers that can stand there. */
export function writeLastChunk(trailers: readonly string[]): string {
  let text = '0\r\n';
  for (let i = 0; i + 1 < trailers.length; i += 2) {
    const name = trailers[i] ?? '';
    const value = trailers[i + 1] ?? '';
    if (kindOf(name) === plain && !notInValue.test(value)) text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}
