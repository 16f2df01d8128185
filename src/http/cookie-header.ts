// Bouncer's own cookies: reading one strictly, and writing them with the attributes that the contract promises.
// Reading does not go through a cookie library, because those keep one of two cookies of a name and do not tell.
import { stringifySetCookie } from 'cookie';

/** Longest value that is looked at; ours are far shorter. */
const longestValue = 4096;

/**
 * The value of the one cookie of that name, as sent: not decoded, not unquoted.
 *
 * @param header all `Cookie` fields joined by `; `
 * @param name compared exactly, case included
 * @returns `null` when there is none or its value is empty, overlong or not made of cookie-octets (RFC 6265 section 4.1.1);
 * `doubled` when there are several, which a cookie tossed in from a sibling host brings about
 */
export function findCookie(header: string | undefined, name: string): string | null | 'doubled' {
  if (header === undefined) return null;
  let found: string | null = null;
  for (let at = header.indexOf(name); at !== -1; at = header.indexOf(name, at + name.length)) {
    if (!startsPair(header, at)) continue;
    const start = at + name.length;
    if (header.charCodeAt(start) !== 0x3d) continue;
    if (found !== null) return 'doubled';
    const end = header.indexOf(';', start);
    found = header.slice(start + 1, end === -1 ? header.length : end);
  }
  if (found === null) return null;
  const value = trimEndOfBlanks(found);
  return value.length <= longestValue && /^[!#-+\--:<-[\]-~]+$/.test(value) ? value : null;
}

/** Not by a pattern, which would look at every run of blanks again from each of its characters. */
function trimEndOfBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Whether a pair begins at the index: only blanks stand between it and the start or a `;`. */
function startsPair(header: string, index: number): boolean {
  let i = index - 1;
  while (i >= 0 && isBlank(header.charCodeAt(i))) i--;
  return i < 0 || header.charCodeAt(i) === 0x3b;
}

/** The security of the site that a cookie is for: `https`, or plain `http` on loopback names. */
export type SiteScheme = 'http' | 'https';

/** `__Host-bouncer_session`, or `bouncer_session` on plain http, where browsers refuse the prefix. */
export function sessionCookieName(scheme: SiteScheme): string {
  return ownCookieName('session', scheme);
}

/** The name of another cookie of ours, such as the login's. Always within what never reaches an upstream. */
export function ownCookieName(purpose: string, scheme: SiteScheme): string {
  return scheme === 'https' ? `__Host-bouncer_${purpose}` : `bouncer_${purpose}`;
}

/**
 * A `Set-Cookie` value: `HttpOnly; Secure; SameSite=Lax; Path=/`, never a `Domain`.
 *
 * @param value made of cookie-octets
 * @param maxAgeSeconds absent: until the browser closes
 */
export function serializeOwnCookie(
  name: string,
  value: string,
  scheme: SiteScheme,
  maxAgeSeconds?: number,
): string {
  return stringifySetCookie({
    name,
    value,
    path: '/',
    httpOnly: true,
    secure: scheme === 'https',
    sameSite: 'lax',
    ...(maxAgeSeconds === undefined ? {} : { maxAge: Math.max(0, Math.floor(maxAgeSeconds)) }),
  });
}

/** The `Set-Cookie` value of the session's token on one host. */
export function serializeSessionCookie(token: string, scheme: SiteScheme, maxAgeSeconds: number): string {
  return serializeOwnCookie(sessionCookieName(scheme), token, scheme, maxAgeSeconds);
}

/** A `Set-Cookie` value that removes the cookie. */
export function clearCookie(name: string, scheme: SiteScheme): string {
  return serializeOwnCookie(name, '', scheme, 0);
}
