// The head of a request as one text (RFC 9112 sections 3 and 6). Framing and connection fields are made here and nowhere else: fields
// that would frame or route the message a second time, or text that would end a line, are refused.

import { isToken } from '../../http/header-name.ts';
import { connectionSpecific } from '../../http/header-table.ts';
import type { KnownText, WrittenFields } from '../../http/known-head.ts';
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
  ...[...connectionSpecific, 'expect', 'trailer'].map((name) => [name, refused] as const),
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
  const { method, path, headers, known, hasBody } = request;
  if (!isToken(method) || path.charCodeAt(0) !== 0x2f || notInTarget.test(path))
    return invalid('the target is not a path');
  const lines = known === undefined ? writeLines(headers) : writeKnownLines(headers, known);
  if (lines instanceof UpstreamFault) return lines;
  const { length } = lines;
  let text = `${method} ${path} HTTP/1.1\r\n${lines.text}`;
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

interface FieldLines {
  readonly text: string;
  /** The index of the request's number among the fields; -1: there is none. */
  readonly numberAt: number;
  /** Where in the text it begins. */
  readonly numberFrom: number;
  /** The value of `Content-Length`; `null`: there is none. */
  readonly length: string | null;
}

/** The field with the request's number, which is another one every time. */
const numberName = 'X-Request-Id';

/** Bytes of a text that is kept: assertion and groups of somebody in very many groups are longer than all else of their connection. */
const longestKept = 8_192;

/** Every field as a line. */
function writeLines(headers: readonly string[]): FieldLines | UpstreamFault {
  let text = '';
  let hosts = 0;
  let length: string | null = null;
  let numberAt = -1;
  let numberFrom = 0;
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
    if (name === numberName) {
      numberAt = i + 1;
      numberFrom = text.length + numberName.length + 2;
    }
    text += `${name}: ${value}\r\n`;
  }
  if (hosts !== 1) return invalid('not one Host');
  if (length !== null && !/^[0-9]{1,15}$/.test(length)) return invalid('a length that is not a number');
  return { text, numberAt, numberFrom, length };
}

/**
 * The same where all fields but the request's number may have been written before. What is written now is left for the next one, where
 * there will be one.
 */
function writeKnownLines(headers: readonly string[], known: KnownText): FieldLines | UpstreamFault {
  const before = known.text;
  if (before !== null && isSameButNumber(headers, before)) {
    const number = headers[before.numberAt] ?? '';
    if (notInValue.test(number)) return invalid('a control character in a field');
    return { ...before, text: before.before + number + before.after, numberFrom: before.before.length };
  }
  const lines = writeLines(headers);
  if (lines instanceof UpstreamFault || lines.numberAt === -1 || !known.isRepeated) return lines;
  const { text, numberAt, numberFrom, length } = lines;
  if (text.length > longestKept) return lines;
  known.text = {
    headers: headers.slice(),
    numberAt,
    before: text.slice(0, numberFrom),
    after: text.slice(numberFrom + (headers[numberAt] ?? '').length),
    length,
  };
  return lines;
}

function isSameButNumber(headers: readonly string[], before: WrittenFields): boolean {
  const { headers: written, numberAt } = before;
  if (headers.length !== written.length) return false;
  for (let i = 0; i < headers.length; i++) if (headers[i] !== written[i] && i !== numberAt) return false;
  return true;
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
