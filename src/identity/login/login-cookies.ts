// The cookies that bind a login in progress to one browser: one for each login, sealed, few at a time.
import { clearCookie, findCookie, ownCookieName, serializeOwnCookie } from '../../http/cookie-header.ts';
import { schemeOf } from '../../http/origin-of.ts';
import type { Settings } from '../../settings/settings.ts';
import { isRecord } from '../../source/is-record.ts';
import type { Sealer, SealPurpose } from '../sealer.ts';

/** How long a login may take from its first redirect to its end, milliseconds. */
export const loginTimeMs = 600_000;
/** Browsers keep no larger cookie; name and attributes need some of the 4096 bytes (RFC 6265 section 6.1). */
const maxValueLength = 3800;
/** One record takes as many cookies at most: enough for a return address of 8 KB. */
const maxParts = 3;
/** Logins in progress that one browser may have on one host, the new one included. */
export const maxLoginCookies = 6;
/** What of a request's header fields is left to all but cookies. Characters: a browser sends about 1,500 on a navigation. */
const otherFieldsLength = 3_400;

/** @param part 0 for the first cookie of a record, which most have alone */
function cookieName(settings: Settings, loginId: string, part = 0): string {
  return ownCookieName(`login_${loginId}${part === 0 ? '' : `.${part}`}`, schemeOf(settings));
}

/** The sealed text of a login, put together again; `null` when there is none or a cookie of it stands there twice. */
function sealedText(header: string | undefined, settings: Settings, loginId: string): string | null {
  let text = '';
  for (let part = 0; part < maxParts; part++) {
    const value = findCookie(header, cookieName(settings, loginId, part));
    if (value === 'doubled') return null;
    if (value === null) break;
    text += value;
  }
  return text === '' ? null : text;
}

/** The `Set-Cookie` values that remove what the browser has of a login. */
function clearLogin(header: string | undefined, settings: Settings, loginId: string): readonly string[] {
  const cleared: string[] = [];
  for (let part = 0; part < maxParts; part++) {
    const name = cookieName(settings, loginId, part);
    if (part === 0 || findCookie(header, name) !== null) cleared.push(clearCookie(name, schemeOf(settings)));
  }
  return cleared;
}

/** The ids of all logins that this browser says are in progress, as sent. */
function loginIds(header: string | undefined, settings: Settings): readonly string[] {
  const prefix = cookieName(settings, '');
  if (header === undefined || !header.includes(prefix)) return [];
  const ids = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix) && pair.includes('='))
    .map((pair) => pair.slice(prefix.length, pair.indexOf('=')).replace(/\.[0-9]$/, ''))
    .filter((id) => /^[A-Za-z0-9_-]{1,64}$/.test(id));
  return [...new Set(ids)];
}

export interface LoginCookies {
  /**
   * The `Set-Cookie` values that begin a login, or carry one on with another record: its own cookie, or cookies where it is long, and
   * the removal of the oldest beyond six and beyond what fits beside the browser's other cookies.
   *
   * @returns `null` when the record is too large for that
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
  /** The ids of all logins that this browser says are in progress, as sent. */
  ids(header: string | undefined, settings: Settings): readonly string[];
  /** The `Set-Cookie` values that end a login. */
  end(header: string | undefined, settings: Settings, loginId: string): readonly string[];
}

/** @param purpose keeps the cookies of an application's host and of `auth_url` apart */
export function createLoginCookies(sealer: Sealer, purpose: SealPurpose): LoginCookies {
  const open = (
    header: string | undefined,
    settings: Settings,
    loginId: string,
    nowMs: number,
  ): Readonly<Record<string, unknown>> | null => {
    const value = sealedText(header, settings, loginId);
    if (value === null) return null;
    const record = sealer.open(purpose, value, [loginId]);
    return isRecord(record) && typeof record['exp'] === 'number' && record['exp'] > nowMs ? record : null;
  };
  return {
    begin: (header, settings, login, nowMs) => {
      const value = sealer.seal(purpose, { ...login.record, exp: nowMs + loginTimeMs }, [login.id]);
      const lengthOf = (id: string): number => sealedText(header, settings, id)?.length ?? 0;
      const others = loginIds(header, settings)
        .filter((id) => id !== login.id)
        .map((id) => ({
          id,
          exp: Number(open(header, settings, id, nowMs)?.['exp'] ?? 0),
          length: lengthOf(id),
        }))
        .sort((a, b) => b.exp - a.exp);
      const foreignLength = others.reduce(
        (rest, { length }) => rest - length,
        (header?.length ?? 0) - lengthOf(login.id),
      );
      const parts = value.match(new RegExp(`.{1,${maxValueLength}}`, 'g')) ?? [];
      let room = settings.limits.headerBytes - otherFieldsLength - foreignLength - value.length;
      if (parts.length > maxParts || (parts.length > 1 && room < 0)) return null;
      // Where auth_url is an application's host too, cookies of both purposes have these names: those that do not open
      // here count as the oldest, and are removed only when there are too many.
      const surplus = others.filter(({ length }, index) => {
        room -= length;
        return index >= maxLoginCookies - 1 || room < 0;
      });
      return [
        ...parts.map((part, index) =>
          serializeOwnCookie(
            cookieName(settings, login.id, index),
            part,
            schemeOf(settings),
            loginTimeMs / 1000,
          ),
        ),
        // What a longer record of the same login left.
        ...clearLogin(header, settings, login.id).slice(parts.length),
        ...surplus.flatMap(({ id }) => clearLogin(header, settings, id)),
      ];
    },
    read: open,
    ids: loginIds,
    end: clearLogin,
  };
}
