// A logout where the person is asked first (`logout: confirm`). Only a page on `auth_url` can ask: an application's scripts have the
// pages of its own host in their hands. The question carries which login is meant, since this browser's own on `auth_url` may be
// gone or another one, and nobody may read that they are logged out while they are not.
import { originOf } from '../../http/origin-of.ts';
import type { Identity } from '../../rules/model/facts.ts';
import { isAhead } from '../../rules/model/time-ahead.ts';
import { isRecord } from '../../source/is-record.ts';
import type { StoredLogin } from '../../store/session-store.ts';
import type { SealPurpose } from '../sealer.ts';
import { endLogin } from './end-login.ts';
import { type LoginContext, problemStep } from './login-context.ts';
import type { LoginStep, Visit } from './login-step.ts';
import { parseVisitQuery } from './parse-visit-query.ts';

/** How long a person may think about the question, milliseconds. */
const questionTimeMs = 600_000;
/** From the answer on `auth_url` to the application's host, milliseconds. */
const answerTimeMs = 60_000;

/** Which login is to end, and the application's host where that was asked for. */
interface NamedLogin {
  readonly loginId: string;
  readonly host: string;
}

interface Sealing {
  readonly purpose: Extract<SealPurpose, 'logout-request' | 'logout-confirmed'>;
  readonly timeMs: number;
}

const question: Sealing = { purpose: 'logout-request', timeMs: questionTimeMs };
const confirmation: Sealing = { purpose: 'logout-confirmed', timeMs: answerTimeMs };

function seal(parts: LoginContext, { purpose, timeMs }: Sealing, named: NamedLogin, nowMs: number): string {
  return parts.sealer.seal(purpose, { ...named, expiresAtMs: nowMs + timeMs });
}

/** @returns `null` for what was not sealed here for this; one that is over is returned, and says so */
function open(
  parts: LoginContext,
  { purpose, timeMs }: Sealing,
  text: string,
  nowMs: number,
): (NamedLogin & { readonly isOver: boolean }) | null {
  const value = parts.sealer.open(purpose, text);
  if (!isRecord(value)) return null;
  const { loginId, host, expiresAtMs } = value;
  if (typeof loginId !== 'string' || typeof host !== 'string' || typeof expiresAtMs !== 'number') return null;
  return { loginId, host, isOver: expiresAtMs <= nowMs || isAhead(expiresAtMs - timeMs, nowMs) };
}

/** Nothing has ended yet: where it was asked for, it can be asked for again. */
function expired({ settings }: LoginContext, named: NamedLogin | null): LoginStep {
  return problemStep(
    'logout-expired',
    named === null ? `${settings.authUrl}/.bouncer/` : logoutUrl(originOf(settings, named.host)),
  );
}

function logoutUrl(origin: string, query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(query).toString();
  return `${origin}/.bouncer/logout${text === '' ? '' : `?${text}`}`;
}

function redirect(location: string, setCookies: readonly string[] = []): LoginStep {
  return { kind: 'redirect', location, setCookies };
}

/**
 * `GET` and `POST /.bouncer/logout` on an application's host: on to the question. Coming back with its answer, to the end of the
 * login, if it is this browser's here.
 */
export async function leaveForQuestion(parts: LoginContext, visit: Visit): Promise<LoginStep> {
  const { settings } = parts;
  const { session, host, nowMs } = visit;
  // Here nobody is logged in; whether they are anywhere, `auth_url` knows.
  if (session === null) return redirect(logoutUrl(settings.authUrl));
  const answer = parseVisitQuery(visit.query)?.get('confirmed');
  const confirmed = answer === undefined ? null : open(parts, confirmation, answer, nowMs);
  if (
    confirmed !== null &&
    !confirmed.isOver &&
    confirmed.host === host &&
    confirmed.loginId === session.id
  ) {
    const ended = await endLogin(parts, visit);
    // Another login may be on `auth_url`, which is asked about then.
    return ended.kind === 'signed-out' && ended.isWritten !== false
      ? redirect(logoutUrl(settings.authUrl), ended.setCookies)
      : ended;
  }
  const request = seal(parts, question, { loginId: session.id, host }, nowMs);
  return redirect(logoutUrl(settings.authUrl, { request }));
}

/** `GET /.bouncer/logout` on `auth_url`: the question, or that nobody is logged in. */
export async function askLogout(parts: LoginContext, visit: Visit): Promise<LoginStep> {
  const { session, nowMs } = visit;
  const text = parseVisitQuery(visit.query)?.get('request');
  if (text === undefined)
    return session === null
      ? { kind: 'signed-out', setCookies: [] }
      : ask(parts, { person: session.identity, request: null, host: null });
  const named = open(parts, question, text, nowMs);
  if (named === null || named.isOver) return expired(parts, named);
  const login = await livingLogin(parts, named, nowMs);
  if (login !== null) return ask(parts, { person: login.identity, request: text, host: named.host });
  // It has ended: the back button, or a page that is loaded again. What is here besides is asked about, here or there.
  return session === null
    ? redirect(logoutUrl(originOf(parts.settings, named.host)))
    : ask(parts, { person: session.identity, request: null, host: null });
}

/**
 * `POST /.bouncer/logout` on `auth_url`, already checked to be same-origin.
 *
 * @param form untrusted; `null`: none, or too large
 */
export async function takeLogout(
  parts: LoginContext,
  visit: Visit,
  form: Readonly<Record<string, unknown>> | null,
): Promise<LoginStep> {
  const { settings } = parts;
  const { nowMs } = visit;
  const text = form?.['request'];
  if (text === undefined) return endLogin(parts, visit);
  const named = typeof text === 'string' ? open(parts, question, text, nowMs) : null;
  if (named === null || named.isOver) return expired(parts, named);
  if (visit.session?.id === named.loginId) return endLogin(parts, visit);
  const host = originOf(settings, named.host);
  if ((await livingLogin(parts, named, nowMs)) === null) return redirect(logoutUrl(host));
  // This browser has another login here, or none. Whether the one that is meant is this browser's at all shows on its host.
  return redirect(logoutUrl(host, { confirmed: seal(parts, confirmation, named, nowMs) }));
}

async function livingLogin(
  parts: LoginContext,
  { loginId }: NamedLogin,
  nowMs: number,
): Promise<StoredLogin | null> {
  const login = await parts.store.sessions.findLogin(loginId);
  return login === null || login.expiresAtMs <= nowMs ? null : login;
}

function ask(
  { settings }: LoginContext,
  about: { readonly person: Identity; readonly request: string | null; readonly host: string | null },
): LoginStep {
  return {
    kind: 'ask-logout',
    person: about.person.email ?? about.person.name,
    request: about.request,
    stayHref: about.host === null ? '/.bouncer/' : `${originOf(settings, about.host)}/`,
    setCookies: [],
  };
}
