// The names, attributes and strict reading of bouncer's own cookies (RFC 6265 section 4). Host-only, never for scripts.
import type { Settings } from '../settings/settings.ts';

/** How long a browser keeps a login in progress, seconds. */
export const loginCookieMaxAgeSeconds = 600;

/** Browsers refuse larger cookies; a larger one is not ours (RFC 6265 section 6.1). */
export const maxCookieLength = 4000;

function isSecure(settings: Settings): boolean {
  return settings.authUrl.startsWith('https:');
}

function nameFor(settings: Settings, name: string): string {
  return isSecure(settings) ? `__Host-${name}` : name;
}

/** `__Host-bouncer_session`, or `bouncer_session` where `auth_url` is plain http on a loopback name. */
export function sessionCookieName(settings: Settings): string {
  return nameFor(settings, 'bouncer_session');
}

/** The name of the cookie of one login in progress. */
export function loginCookieName(settings: Settings, loginId: string): string {
  return `${nameFor(settings, 'bouncer_login_')}${loginId}`;
}

/** Every name and value as sent; a part without `=` has the name `''`. Nothing is decoded or unquoted. */
function* pairs(header: string): Generator<readonly [name: string, value: string]> {
  for (const part of header.split(';')) {
    const text = part.replace(/^[ \t]+|[ \t]+$/g, '');
    const split = text.indexOf('=');
    yield split < 0 ? ['', text] : [text.slice(0, split), text.slice(split + 1)];
  }
}

/** The value of a cookie that is there exactly once, else `null`: of two, nobody can say which is ours (cookie tossing). */
export function readCookie(header: string | undefined, name: string): string | null {
  if (header === undefined || !header.includes(name)) return null;
  let found: string | null = null;
  for (const [candidate, value] of pairs(header)) {
    if (candidate !== name) continue;
    if (found !== null) return null;
    found = value;
  }
  return found !== null && found.length <= maxCookieLength ? found : null;
}

/** The ids and values of all logins in progress; doubled names once, as sent first. */
export function readLoginCookies(
  header: string | undefined,
  settings: Settings,
): readonly (readonly [id: string, value: string])[] {
  const prefix = nameFor(settings, 'bouncer_login_');
  if (header === undefined || !header.includes(prefix)) return [];
  const found = new Map<string, string>();
  for (const [name, value] of pairs(header)) {
    const id = name.slice(prefix.length);
    if (name.startsWith(prefix) && /^[A-Za-z0-9_-]{1,64}$/.test(id) && !found.has(id)) found.set(id, value);
  }
  return [...found];
}

/** A `Set-Cookie` value. @param maxAgeSeconds `null`: until the browser ends; 0 deletes */
export function setCookie(
  settings: Settings,
  name: string,
  value: string,
  maxAgeSeconds: number | null,
): string {
  const age = maxAgeSeconds === null ? '' : `; Max-Age=${maxAgeSeconds}`;
  return `${name}=${value}; Path=/${age}; HttpOnly; SameSite=Lax${isSecure(settings) ? '; Secure' : ''}`;
}

/** The `Set-Cookie` value that removes a cookie. */
export function clearCookie(settings: Settings, name: string): string {
  return setCookie(settings, name, '', 0);
}
