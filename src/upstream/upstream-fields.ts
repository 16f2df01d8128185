// The upstream's header and trailer fields as flat lists of text, and what may not be passed on in 1xx responses and trailers.
// The fields of final responses are http/response-headers.ts's matter.
import { STATUS_CODES } from 'node:http';
import { hopByHop, leadingAround } from '../http/header-table.ts';

type RawFields = readonly (Buffer | string)[] | Readonly<Record<string, string | string[] | undefined>>;

type Sliceable = Buffer & { latin1Slice(start: number, end: number): string };

/** `toString('latin1')` without its checks: half a µs less for a response head. */
export function latin1(bytes: Buffer): string {
  return (bytes as Sliceable).latin1Slice(0, bytes.length);
}

/**
 * undici's raw fields as name, value, name, value …: bytes as latin-1, order and case kept. From HTTP/2, where undici gives an
 * object, repeated fields follow one another and pseudo-fields are left out.
 */
export function flatFields(raw: unknown): string[] {
  if (raw === null || raw === undefined) return [];
  const fields = raw as RawFields;
  if (isList(fields)) {
    const flat = new Array<string>(fields.length);
    for (let i = 0; i < fields.length; i++) {
      const text = fields[i] as Buffer | string;
      flat[i] = typeof text === 'string' ? text : latin1(text);
    }
    return flat;
  }
  const flat: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith(':') || value === undefined) continue;
    if (typeof value === 'string') flat.push(name, value);
    else for (const one of value) flat.push(name, one);
  }
  return flat;
}

function isList(fields: RawFields): fields is readonly (Buffer | string)[] {
  return Array.isArray(fields);
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
export function interimFields(raw: unknown): string[] {
  return dropFields(flatFields(raw), onlyInFinalHead);
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
export function trailerFields(raw: unknown): string[] | null {
  if (raw === null || raw === undefined) return null;
  if (Array.isArray(raw) && raw.length === 0) return null;
  const fields = dropFields(flatFields(raw), notInTrailers);
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

/**
 * The reason phrase as sent, where it can be (RFC 9112 section 4); else the standard one.
 *
 * undici reads it as UTF-8; Node writes latin-1.
 */
export function reasonPhrase(status: number, text: string | undefined): string {
  const standard = STATUS_CODES[status] ?? '';
  if (text === undefined || text === standard) return standard;
  if (/^[\t\x20-\x7e]*$/.test(text)) return text;
  if (text.includes('\ufffd')) return standard;
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(bytes) ? bytes : standard;
}
