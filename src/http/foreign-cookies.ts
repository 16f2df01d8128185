// The cookies that are not bouncer's own, where they are too many: which they are, and what makes a browser forget them.
import { stringifySetCookie } from 'cookie';
import type { SiteScheme } from './cookie-header.ts';
import { isOwnCookieName } from './own-cookie.ts';

/** A name, and how much it takes up in a request, all cookies of that name together. */
export interface ForeignCookie {
  readonly name: string;
  readonly bytes: number;
}

/** What one answer may spend on `Set-Cookie` fields: servers in front of bouncer often take 8 KB of head. */
const mostBytes = 6 * 1024;
/** How far down a path cookies are looked for. */
const mostSegments = 3;

/** @param header all `Cookie` fields joined by `; ` @returns the largest first */
export function foreignCookies(header: string): readonly ForeignCookie[] {
  const bytes = new Map<string, number>();
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals === -1 ? 0 : equals).trim();
    if (isOwnCookieName(name)) continue;
    bytes.set(name, (bytes.get(name) ?? 0) + pair.length + 1);
  }
  return [...bytes].map(([name, size]) => ({ name, bytes: size })).sort((a, b) => b.bytes - a.bytes);
}

/** What is known of where a cookie may have been set. */
export interface CookiePlace {
  readonly host: string;
  /** The path at which the browser sent it. */
  readonly path: string;
  readonly scheme: SiteScheme;
}

/**
 * `Set-Cookie` values that make a browser forget cookies: for the host and every domain above it, for the path and those above it (RFC 6265
 * section 5.3: a cookie goes only by its name, its domain and its path). Never one of ours.
 *
 * @returns as many as one answer can hold, and the number of names that they are for, at least one of those that are left
 */
export function forgetCookies(
  names: readonly string[],
  place: CookiePlace,
): { readonly setCookies: readonly string[]; readonly done: number } {
  const values: string[] = [];
  let bytes = 0;
  for (const [index, name] of names.entries()) {
    if (!isDeletable(name)) continue;
    const own = attributesOf(name, place).map((attributes) =>
      stringifySetCookie({ name, value: '', maxAge: 0, secure: place.scheme === 'https', ...attributes }),
    );
    bytes += own.reduce((sum, value) => sum + value.length + 'Set-Cookie: \r\n'.length, 0);
    if (bytes > mostBytes && values.length > 0) return { setCookies: values, done: index };
    values.push(...own);
  }
  return { setCookies: values, done: names.length };
}

/** Whether a name can stand in a `Set-Cookie` field of ours. */
export function isDeletable(name: string): boolean {
  return /^[!-:<>-~]{1,256}$/.test(name) && !isOwnCookieName(name);
}

function attributesOf(
  name: string,
  { host, path }: CookiePlace,
): readonly { path: string; domain?: string }[] {
  // RFC 6265bis section 4.1.3.2: of this host and path alone.
  if (/^__host-/i.test(name)) return [{ path: '/' }];
  return pathsOf(path).flatMap((each) => [
    { path: each },
    ...domainsOf(host).map((domain) => ({ path: each, domain })),
  ]);
}

/** The host and what is above it, down to two labels: no browser keeps a cookie for less. An address has nothing above it. */
function domainsOf(host: string): readonly string[] {
  const labels = host.split('.');
  // Browsers take a domain of letters, digits and hyphens (RFC 6265 section 5.2.3 with RFC 1034 section 3.5), and no address.
  if (!labels.every((label) => /^[a-z0-9-]{1,63}$/.test(label)) || /^[0-9]+$/.test(labels.at(-1) ?? ''))
    return [];
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
}

function pathsOf(path: string): readonly string[] {
  const paths = ['/'];
  let end = 0;
  for (let depth = 0; depth < mostSegments; depth++) {
    end = path.indexOf('/', end + 1);
    const directory = end === -1 ? path : path.slice(0, end);
    if (directory.length > 1 && /^[!-:=-~]{1,256}$/.test(directory)) paths.push(directory, `${directory}/`);
    if (end === -1) break;
  }
  return [...new Set(paths)];
}
