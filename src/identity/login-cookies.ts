// The cookies that bind a login in progress to one browser: one for each login, sealed, few at a time.
import {
  clearCookie,
  ownCookieName,
  readCookie,
  type SiteScheme,
  serializeOwnCookie,
} from '../http/cookie-header.ts';
import type { Settings } from '../settings/settings.ts';
import { isRecord } from './is-record.ts';
import type { Sealer, SealPurpose } from './sealer.ts';

/** How long a login may take from its first redirect to its end, milliseconds. */
export const loginTimeMs = 600_000;
/** Browsers keep no larger cookie; name and attributes need some of the 4096 bytes (RFC 6265 section 6.1). */
const maxValueLength = 3800;
/** Logins in progress that one browser may have on one host, the new one included. */
const maxLoginCookies = 6;

/** The scheme of every host, which is `auth_url`'s. */
export function schemeOf(settings: Settings): SiteScheme {
  return settings.authUrl.startsWith('https:') ? 'https' : 'http';
}

function cookieName(settings: Settings, loginId: string): string {
  return ownCookieName(`login_${loginId}`, schemeOf(settings));
}

/** The ids of all logins that this browser says are in progress, as sent. */
function loginIds(header: string | undefined, settings: Settings): readonly string[] {
  const prefix = cookieName(settings, '');
  if (header === undefined || !header.includes(prefix)) return [];
  const ids = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix) && pair.includes('='))
    .map((pair) => pair.slice(prefix.length, pair.indexOf('=')))
    .filter((id) => /^[A-Za-z0-9_-]{1,64}$/.test(id));
  return [...new Set(ids)];
}

export interface LoginCookies {
  /**
   * The `Set-Cookie` values that begin a login: its own cookie, and the removal of the oldest beyond six.
   *
   * @returns `null` when the record is too large for a cookie
   */
  begin(
    header: string | undefined,
    settings: Settings,
    login: { readonly id: string; readonly record: Readonly<Record<string, unknown>> },
    nowMs: number,
  ): readonly string[] | null;
  /** The record of a login that began in this browser on this host and has not expired, else `null`. */
  read(
    header: string | undefined,
    settings: Settings,
    loginId: string,
    nowMs: number,
  ): Readonly<Record<string, unknown>> | null;
  /** The `Set-Cookie` value that ends a login. */
  end(settings: Settings, loginId: string): string;
}

/** @param purpose keeps the cookies of an application's host and of `auth_url` apart */
export function createLoginCookies(sealer: Sealer, purpose: SealPurpose): LoginCookies {
  const open = (
    header: string | undefined,
    settings: Settings,
    loginId: string,
    nowMs: number,
  ): Readonly<Record<string, unknown>> | null => {
    const value = readCookie(header, cookieName(settings, loginId));
    if (value === null || value === 'doubled') return null;
    const record = sealer.open(purpose, value, [loginId]);
    return isRecord(record) && typeof record['exp'] === 'number' && record['exp'] > nowMs ? record : null;
  };
  return {
    begin: (header, settings, login, nowMs) => {
      const value = sealer.seal(purpose, { ...login.record, exp: nowMs + loginTimeMs }, [login.id]);
      if (value.length > maxValueLength) return null;
      const others = loginIds(header, settings)
        .map((id) => ({ id, exp: Number(open(header, settings, id, nowMs)?.['exp'] ?? 0) }))
        .sort((a, b) => b.exp - a.exp);
      // Where auth_url is an application's host too, cookies of both purposes have these names: those that do not open
      // here count as the oldest, and are removed only when there are too many.
      const surplus = others.slice(maxLoginCookies - 1);
      return [
        serializeOwnCookie(cookieName(settings, login.id), value, schemeOf(settings), loginTimeMs / 1000),
        ...surplus.map(({ id }) => clearCookie(cookieName(settings, id), schemeOf(settings))),
      ];
    },
    read: open,
    end: (settings, loginId) => clearCookie(cookieName(settings, loginId), schemeOf(settings)),
  };
}
