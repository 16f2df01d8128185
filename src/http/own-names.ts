// The names by which an upstream knows itself, and what they become on the way: URLs in header fields that name this very host.
// Only scheme and authority are ever touched, and only where they are the upstream's own; path and query stay as sent.
import { parseHost } from './canonical-host.ts';

/** An origin by its parts. */
export interface OwnName {
  readonly scheme: 'http' | 'https';
  /** Canonical. */
  readonly host: string;
  readonly port: number;
}

/** The upstream's names, and the origin that people reach the application by. */
export interface LocationRewrite {
  readonly names: readonly OwnName[];
  /** Such as `https://wiki.example.com`. */
  readonly origin: string;
}

const portOf = { http: 80, https: 443 } as const;
/** Longer ones are passed on as they are. */
const longest = 8192;

/** A name from a scheme and an authority, `null` when that is not one. */
export function ownName(scheme: 'http' | 'https', authority: string): OwnName | null {
  const parsed = parseHost(authority);
  return parsed === null ? null : { scheme, host: parsed.host, port: parsed.port ?? portOf[scheme] };
}

/**
 * The value of `Location` or `Content-Location` (RFC 9110 sections 10.2.2 and 8.7) as the client should read it: an absolute URL, or one
 * without a scheme, that begins with a name of the upstream begins with the application's origin. Everything else stays as sent.
 */
export function rewriteLocation(value: string, { names, origin }: LocationRewrite): string {
  if (value.length > longest) return value;
  const start = /^(?:(https?):)?\/\/([^/?#\\@]*)(?=[/?#]|$)/i.exec(value);
  if (start === null) return value;
  const [begin, written, authority = ''] = start;
  const host = parseHost(authority);
  if (host === null) return value;
  const scheme = written?.toLowerCase();
  const isOwn = names.some(
    (name) =>
      name.host === host.host &&
      name.port === (host.port ?? portOf[name.scheme]) &&
      (scheme === undefined || scheme === name.scheme),
  );
  return isOwn ? origin + value.slice(begin.length) : value;
}
