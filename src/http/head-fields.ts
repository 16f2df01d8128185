// What the fields of a request head say by themselves, whatever its method, target and version are. Pure: two heads with the same fields
// under the same limits say the same, which is why it may be kept for the next one (known-head.ts).
import { type ParsedHost, parseHost } from './canonical-host.ts';
import { type FieldLimits, type GateFields, parseGateFields } from './gate-fields.ts';
import { isPlainValue } from './header-name.ts';
import { ownCookiesOf } from './own-cookie.ts';
import { type Presented, parsePresented } from './own-token.ts';
import type { Reason } from './refusals.ts';

export interface HeadFields {
  readonly fields: Readonly<GateFields>;
  readonly host: ParsedHost;
  /** All `Cookie` fields joined; where they are too many for an application, bouncer's own alone. */
  readonly cookie: string | undefined;
  /** All cookies, where they are too many for an application; else `undefined`. */
  readonly oversizedCookies: string | undefined;
  /** With `?` in place of bytes that have no one reading: for the log, the session and the pages. */
  readonly userAgent: string | undefined;
  readonly presented: Presented | null;
}

/**
 * Read them, or say why they have no one meaning.
 *
 * @param rawHeaders name, value, name, value … as sent
 */
export function parseHeadFields(rawHeaders: readonly string[], limits: FieldLimits): HeadFields | Reason {
  const fields = parseGateFields(rawHeaders, limits);
  if (typeof fields === 'string') return fields;
  if (fields.host === undefined) return 'host-missing';
  const host = parseHost(fields.host);
  if (host === null) return 'host-invalid';
  const { cookie, isOversized, userAgent } = fields;
  const isCut = isOversized && cookie !== undefined;
  return {
    fields,
    host,
    // Of cookies that are too many only ours are read: what follows looks at no more text than of any other request.
    cookie: isCut ? ownCookiesOf(cookie) : cookie,
    oversizedCookies: isCut ? cookie : undefined,
    userAgent:
      userAgent === undefined || isPlainValue(userAgent) ? userAgent : userAgent.replace(/[\x80-\xff]/g, '?'),
    presented: parsePresented(fields),
  };
}
