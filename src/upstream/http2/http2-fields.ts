// Fields between HTTP/2 and the flat lists that everything else takes (RFC 9113 section 8). Pure.
import { connectionSpecific } from '../../http/header-table.ts';
import type { UpstreamRequest } from '../upstream-exchange.ts';
import { UpstreamFault } from '../upstream-fault.ts';

/** The received fields without the pseudo-fields: name, value, name, value … */
export function fieldsWithoutPseudo(raw: readonly string[]): string[] {
  const fields: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    if (name.charCodeAt(0) !== 0x3a) fields.push(name, raw[i + 1] ?? '');
  }
  return fields;
}

/** Trailers as Node's client takes them. */
export function fieldObject(fields: readonly string[]): Record<string, string[]> {
  const object: Record<string, string[]> = Object.create(null);
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = (fields[i] ?? '').toLowerCase();
    if (connectionSpecific.has(name) || name === 'te' || name.startsWith(':')) continue;
    const values = object[name];
    if (values === undefined) object[name] = [fields[i + 1] ?? ''];
    else values.push(fields[i + 1] ?? '');
  }
  return object;
}

const notInValue = /[^\t\x20-\x7e\x80-\xff]/;
const notInTarget = /[^\x21-\x7e\x80-\xff]/;

/**
 * The fields of a request with its pseudo-fields, as Node's client takes them.
 *
 * @returns a fault when what was given cannot stand in one head: nothing of it may be sent
 */
export function requestFields(request: UpstreamRequest, scheme: 'http' | 'https'): string[] | UpstreamFault {
  const { method, path, headers } = request;
  if (path.charCodeAt(0) !== 0x2f || notInTarget.test(path)) return invalid('the target is not a path');
  let authority: string | null = null;
  const fields: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase();
    const value = headers[i + 1] ?? '';
    if (notInValue.test(value)) return invalid('a control character in a field');
    if (name === 'host') {
      if (authority !== null) return invalid('not one Host');
      authority = value;
    } else if (connectionSpecific.has(name) || name === 'expect' || (name === 'te' && value !== 'trailers')) {
      return invalid('a field that is not end-to-end');
    } else {
      fields.push(name, value);
    }
  }
  if (authority === null) return invalid('not one Host');
  if (request.acceptsTrailers) fields.push('te', 'trailers');
  if (request.hasBody && request.expectsContinue) fields.push('expect', '100-continue');
  return [':method', method, ':scheme', scheme, ':authority', authority, ':path', path, ...fields];
}

function invalid(what: string): UpstreamFault {
  return new UpstreamFault('UPSTREAM_REQUEST_INVALID', what);
}
