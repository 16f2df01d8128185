// The upstream's header and trailer fields as flat lists of text, and what may not be passed on in 1xx responses and trailers.
// The fields of final responses are http/response-headers.ts's matter.
import { STATUS_CODES } from 'node:http';
import { hopByHop, leadingAround } from '../http/header-table.ts';

/** What is worth going out as one text with the head before it, bytes: Node writes a text of up to 16 KB from the stack. */
export const mostInOneText = 8_192;

type Sliceable = Buffer & { latin1Slice(start: number, end: number): string };

/** `toString('latin1')` without its checks: half a µs less for a response head. */
export function latin1(bytes: Buffer): string {
  return (bytes as Sliceable).latin1Slice(0, bytes.length);
}

/** Fields that belong to one connection or frame one message (RFC 9110 sections 7.6.1 and 6.5.1), lower case. */
const notPassedOn = new Set([...hopByHop, 'content-length', 'host']);

/** Fields by which an upstream could reach for cookies or lead around bouncer; in a final head, http/response-headers.ts judges them. */
const onlyInFinalHead = new Set([
  ...notPassedOn,
  ...leadingAround,
  'clear-site-data',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
]);

/** Fields of a 1xx response that go on to the client. */
export function interimFields(raw: readonly string[]): string[] {
  return dropFields(raw, onlyInFinalHead);
}

/** Fields that a trailer may not change after the head was acted on. */
const notInTrailers = new Set([
  ...onlyInFinalHead,
  'authorization',
  'cache-control',
  'content-encoding',
  'content-range',
  'content-type',
  'location',
  'www-authenticate',
]);

/** Trailer fields that go on to the client, or `null` when there are none. */
export function trailerFields(raw: readonly string[]): string[] | null {
  const fields = dropFields(raw, notInTrailers);
  return fields.length === 0 ? null : fields;
}

/** The fields without those whose lower-case names are in the set. */
export function dropFields(fields: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] as string;
    if (!names.has(name.toLowerCase())) kept.push(name, fields[i + 1] as string);
  }
  return kept;
}

/** The reason phrase as sent, as Latin-1 (RFC 9112 section 4); the standard one where there is none. */
export function reasonPhrase(status: number, text: string | null): string {
  return text ?? STATUS_CODES[status] ?? '';
}
