// The field lines of a head or of trailers (RFC 9112 section 5) as a flat list of Latin-1 texts, and the fields that frame a message.
// What the RFC tells a proxy to repair is repaired: white space before the colon, folded lines. Everything else is a fault.

import { isToken } from '../../http/header-name.ts';
import { rememberKinds } from '../../http/remember-kinds.ts';
import { quoted, UpstreamFault, type UpstreamFaultCode } from '../upstream-fault.ts';

/** Fields in order, and the joined values of those that frame the message or the connection; `null`: absent. */
export interface FieldBlock {
  readonly fields: readonly string[];
  readonly contentLength: string | null;
  readonly transferEncoding: string | null;
  readonly connection: string | null;
  readonly keepAlive: string | null;
}

const plain = 0;
const contentLength = 1;
const transferEncoding = 2;
const connection = 3;
const keepAlive = 4;
const invalid = 5;
type Kind = 0 | 1 | 2 | 3 | 4 | 5;

const framing = new Map<string, Kind>([
  ['content-length', contentLength],
  ['transfer-encoding', transferEncoding],
  ['connection', connection],
  ['keep-alive', keepAlive],
]);

const kindOf = rememberKinds(
  (name): Kind => (isToken(name) ? (framing.get(name.toLowerCase()) ?? plain) : invalid),
);

const cr = 0x0d;
const lf = 0x0a;
const space = 0x20;
const tab = 0x09;

/**
 * Read field lines.
 *
 * @param text Latin-1, ends with the CRLF of its last line; the empty line that ends the block is not in it
 * @param start where the first field line begins
 * @param code what a malformed line is reported as
 */
export function parseFieldBlock(
  text: string,
  start: number,
  code: UpstreamFaultCode,
): FieldBlock | UpstreamFault {
  const fields: string[] = [];
  let length: string | null = null;
  let codings: string | null = null;
  let options: string | null = null;
  let hints: string | null = null;
  let at = start;
  while (at < text.length) {
    const first = text.charCodeAt(at);
    if (first === space || first === tab) {
      // RFC 9112 section 2.2: white space before the first field is nobody's continuation.
      if (at === start) return new UpstreamFault(code, 'a field line that begins with white space');
      return parseFieldBlock(unfolded(text.slice(start)), 0, code);
    }
    const colon = text.indexOf(':', at);
    // RFC 9112 section 5.1: a proxy removes white space before the colon.
    let nameEnd = colon;
    while (nameEnd > at && isBlank(text.charCodeAt(nameEnd - 1))) nameEnd--;
    const name = colon === -1 ? '' : text.slice(at, nameEnd);
    const kind = kindOf(name);
    if (kind === invalid) return new UpstreamFault(code, `no field name in ${quoted(lineAt(text, at))}`);
    let from = colon + 1;
    while (isBlank(text.charCodeAt(from))) from++;
    let stop = from;
    let byte = text.charCodeAt(stop);
    while ((byte >= space && byte !== 0x7f) || byte === tab) byte = text.charCodeAt(++stop);
    if (byte !== cr || text.charCodeAt(stop + 1) !== lf)
      return new UpstreamFault(code, `a control character in the field ${quoted(name)}`);
    at = stop + 2;
    while (stop > from && isBlank(text.charCodeAt(stop - 1))) stop--;
    const value = text.slice(from, stop);
    fields.push(name, value);
    if (kind === plain) continue;
    if (kind === contentLength) length = join(length, value);
    else if (kind === transferEncoding) codings = join(codings, value);
    else if (kind === connection) options = join(options, value);
    else hints = join(hints, value);
  }
  return {
    fields,
    contentLength: length,
    transferEncoding: codings,
    connection: options,
    keepAlive: hints,
  };
}

function isBlank(code: number): boolean {
  return code === space || code === tab;
}

function join(before: string | null, value: string): string {
  return before === null ? value : `${before}, ${value}`;
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf('\r\n', at);
  return text.slice(at, end === -1 ? text.length : end);
}

/** RFC 9112 section 5.2: a proxy replaces each fold with a space before it reads the value. Once: nothing is left to unfold. */
function unfolded(text: string): string {
  return text.replace(/\r\n[\t ]+/g, ' ');
}
