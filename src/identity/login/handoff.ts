// Single sign-on from `auth_url` to an application's host: a one-time code, bound to that host and to the browser that asked.
import { originOf } from '../../http/origin-of.ts';
import { isAhead } from '../../rules/model/time-ahead.ts';
import { parseRecord } from '../../source/is-record.ts';
import { createToken, hashToken, isSameSecret, isTokenShaped, logIdOf } from '../opaque-token.ts';
import { tokenOverlapMs } from '../sessions/session-limits.ts';
import {
  endUrl,
  type LoginContext,
  problemStep,
  reportFailure,
  sessionCookie,
  visitFields,
} from './login-context.ts';
import { checkApplicationLogin, isOver, type LoginEnd, type LoginRequest } from './login-records.ts';
import type { LoginStep, Visit } from './login-step.ts';

/** From the redirect on `auth_url` to the application's host. Milliseconds. */
const handoffTimeMs = 60_000;

interface Handoff {
  readonly loginId: string;
  readonly host: string;
  readonly id: string;
  readonly bindingHash: string;
  /** Where the login was begun, for a browser that had to forget it; `null` when it is too long to carry. */
  readonly returnTo: string | null;
  readonly expiresAtMs: number;
}

function checkHandoff(text: string): Handoff | null {
  const value = parseRecord(text);
  if (value === null) return null;
  const { loginId, host, id, bindingHash, returnTo, expiresAtMs } = value;
  return typeof loginId === 'string' &&
    typeof host === 'string' &&
    typeof id === 'string' &&
    typeof bindingHash === 'string' &&
    typeof expiresAtMs === 'number'
    ? {
        loginId,
        host,
        id,
        bindingHash,
        returnTo: typeof returnTo === 'string' ? returnTo : null,
        expiresAtMs,
      }
    : null;
}

function keyOf(code: string): string {
  return `handoff:${hashToken(code)}`;
}

/**
 * Makes a code for the application's host that asked.
 *
 * @returns the absolute URL of that host's callback
 * @throws BouncerError `store_unavailable`
 */
export async function handOff(
  parts: LoginContext,
  loginId: string,
  end: Exclude<LoginEnd, { readonly host: null }>,
  nowMs: number,
): Promise<string> {
  const code = createToken();
  const { host, id, bindingHash, returnTo } = end;
  const handoff: Handoff = { loginId, host, id, bindingHash, returnTo, expiresAtMs: nowMs + handoffTimeMs };
  await parts.store.once.put(keyOf(code), JSON.stringify(handoff), handoff.expiresAtMs);
  return `${originOf(parts.settings, end.host)}/.bouncer/callback?handoff=${code}&login=${end.id}`;
}

/**
 * Where a finished login leads. An application's host forgets a login that took long (mail may): it begins another one, which this
 * session answers at once.
 *
 * @throws BouncerError `store_unavailable`
 */
export async function locationAfter(
  parts: LoginContext,
  loginId: string,
  request: LoginRequest,
  nowMs: number,
): Promise<string> {
  const { end } = request;
  if (end.host === null) return end.returnTo;
  return isOver(request, nowMs) ? endUrl(parts.settings, end) : handOff(parts, loginId, end, nowMs);
}

/** `GET /.bouncer/callback?handoff=…` on an application's host. */
export async function takeHandoff(
  parts: LoginContext,
  visit: Visit,
  query: ReadonlyMap<string, string>,
): Promise<LoginStep> {
  const { store, settings, applicationCookies } = parts;
  const { nowMs } = visit;
  const code = query.get('handoff') ?? '';
  const id = query.get('login') ?? '';
  if (!isTokenShaped(code) || !/^[A-Za-z0-9_-]{22}$/.test(id) || visit.application === null)
    return problemStep('bad-request', '/');
  // Looked at only: a link scanner or a preview that opens the address must not use it up. It is worth nothing but in the browser
  // that asked for it, which takes it below.
  const found = await store.once.look(keyOf(code), nowMs);
  const handoff = found === null ? null : checkHandoff(found);
  const record = applicationCookies.read(visit.cookie, settings, id, nowMs);
  const begun = record === null ? null : checkApplicationLogin(record);
  const returnTo = begun?.returnTo ?? '/';
  const ended = applicationCookies.end(visit.cookie, settings, id);
  const fail = (problem: 'already-used' | 'expired' | 'other-browser'): LoginStep => {
    reportFailure(parts, visit, problem);
    return problemStep(problem, returnTo, begun === null ? [] : ended);
  };
  // The back button, a browser that asks twice, or one with more tabs than cookies: this login came to its end here, and its
  // session goes on.
  if (begun === null && visit.session !== null) {
    const isItsOwn = handoff?.host === visit.host && handoff.loginId === visit.session.id;
    return { kind: 'redirect', location: (isItsOwn ? handoff.returnTo : null) ?? '/', setCookies: [] };
  }
  if (handoff === null || isAhead(handoff.expiresAtMs - handoffTimeMs, nowMs)) return fail('expired');
  const isBound =
    begun !== null &&
    begun.host === visit.host &&
    handoff.host === visit.host &&
    handoff.id === id &&
    isSameSecret(handoff.bindingHash, hashToken(begun.binding));
  if (!isBound) return fail('other-browser');
  if ((await store.once.take(keyOf(code), nowMs)) === null) return fail('already-used');

  const login = await store.sessions.findLogin(handoff.loginId);
  const token = createToken();
  const isAdded =
    login !== null &&
    (await store.sessions.addToken(
      login.id,
      { hash: hashToken(token), host: visit.host, createdAtMs: nowMs },
      nowMs + tokenOverlapMs,
    ));
  if (!isAdded)
    // It ended between two redirects: another tab logged in, or somebody revoked it. The page asks for what is missing now.
    return { kind: 'redirect', location: returnTo, setCookies: ended };
  await endReplaced(parts, visit, login.id);
  return {
    kind: 'redirect',
    location: returnTo,
    setCookies: [sessionCookie(settings, token, login.expiresAtMs, nowMs), ...ended],
  };
}

/** Somebody else, or an older login, was in this browser: nothing of it stays. */
async function endReplaced({ store, telemetry }: LoginContext, visit: Visit, loginId: string): Promise<void> {
  const { session } = visit;
  if (session === null || session.id === loginId) return;
  await store.sessions.endLogins({ by: 'id', id: session.id });
  const fields = { ...visitFields(visit), session: logIdOf(session.id) };
  telemetry.event('session_revoked', { ...fields, reason: 'replaced' });
}
