// A login by passkey, whose page is bouncer's own: the browser carries the question in a sealed cookie, the passkey says whose it is. The
// server keeps nothing of a visitor before an answer was found right.

import { keyLogId } from '../hardware-keys/operator-acts.ts';
import type { PasskeyProvider, PasskeyRefusal } from '../identity-provider.ts';
import { createId, createToken } from '../opaque-token.ts';
import { providerDigest } from '../provider-digest.ts';
import { hasOtherWay } from './choose-provider.ts';
import { completeLogin } from './complete-login.ts';
import { endUrl, type LoginContext, problemStep, reportFailure, visitFields } from './login-context.ts';
import { loginTimeMs } from './login-cookies.ts';
import { type LoginRequest, parseLoginRequest } from './login-records.ts';
import type { LoginProblem, LoginStep, Visit } from './login-step.ts';
import { passkeyMeans, passkeyPath } from './passkey-page.ts';

interface PasskeyLogin extends LoginRequest {
  readonly id: string;
  readonly providerId: string;
  readonly providerDigest: string;
  readonly applicationName: string | null;
  /** base64url of 32 random bytes. */
  readonly challenge: string;
}

/** Begins a login by passkey, and leads to its page. */
export function beginPasskeyLogin(
  parts: LoginContext,
  visit: Visit,
  wish: Pick<LoginRequest, 'end' | 'needs'> & { readonly applicationName: string | null },
  provider: PasskeyProvider,
): LoginStep {
  const { nowMs } = visit;
  const { end, needs, applicationName } = wish;
  if (needs.isHardwareKey && visit.session?.identity.idp === provider.settings.id)
    return problemStep('hardware-key-not-confirmed', endUrl(parts.settings, end));
  const login: PasskeyLogin = {
    ...{ end, needs, applicationName, expiresAtMs: nowMs + loginTimeMs, id: createId() },
    providerId: provider.settings.id,
    providerDigest: providerDigest(provider.settings),
    challenge: createToken(),
  };
  const setCookies =
    carry(parts, visit, login) ??
    carry(parts, visit, { ...login, end: { ...login.end, returnTo: '/' } }) ??
    [];
  return { kind: 'redirect', location: `${passkeyPath}?login=${login.id}`, setCookies };
}

/** @returns the cookies that hold it for ten minutes, `null` when it is too large for them */
function carry(parts: LoginContext, visit: Visit, login: PasskeyLogin): readonly string[] | null {
  const { id, ...rest } = login;
  const record = { kind: 'passkey', ...rest };
  return parts.providerCookies.begin(visit.cookie, parts.settings, { id, record }, visit.nowMs);
}

function read(parts: LoginContext, visit: Visit, id: string): PasskeyLogin | null {
  if (!/^[A-Za-z0-9_-]{22}$/.test(id)) return null;
  const record = parts.providerCookies.read(visit.cookie, parts.settings, id, visit.nowMs);
  const request = parseLoginRequest(record);
  if (record === null || request === null || record['kind'] !== 'passkey') return null;
  const { providerId, providerDigest: digest, applicationName, challenge } = record;
  return typeof providerId === 'string' &&
    typeof digest === 'string' &&
    (applicationName === null || typeof applicationName === 'string') &&
    typeof challenge === 'string'
    ? { ...request, id, providerId, providerDigest: digest, applicationName, challenge }
    : null;
}

type Found =
  | { readonly ok: true; readonly login: PasskeyLogin }
  | { readonly ok: false; readonly step: LoginStep };

/** The login that a page or form belongs to, if it may still go on. */
function find(parts: LoginContext, visit: Visit, provider: PasskeyProvider, id: string): Found {
  const fail = (problem: LoginProblem, continueUrl: string): Found => {
    reportFailure(parts, visit, problem, { provider: provider.settings.id });
    return { ok: false, step: problemStep(problem, continueUrl) };
  };
  const login = read(parts, visit, id);
  // Its cookie is gone with its time, and was never in another browser: the start page knows who is logged in.
  if (login === null) {
    if (visit.session === null) return fail('expired', `${parts.settings.authUrl}/.bouncer/`);
    return { ok: false, step: { kind: 'redirect', location: '/.bouncer/', setCookies: [] } };
  }
  const isSame =
    login.providerId === provider.settings.id && login.providerDigest === providerDigest(provider.settings);
  return isSame ? { ok: true, login } : fail('unknown-provider', endUrl(parts.settings, login.end));
}

/** The page that asks for the passkey; the same at every reload. @param id of the login, untrusted */
export async function showPasskeyLogin(
  parts: LoginContext,
  visit: Visit,
  provider: PasskeyProvider,
  id: string,
): Promise<LoginStep> {
  const found = find(parts, visit, provider, id);
  if (!found.ok) return found.step;
  const { login } = found;
  return {
    kind: 'use-passkey',
    loginId: login.id,
    options: await provider.loginOptions(login.challenge, passkeyMeans(parts, visit.nowMs)),
    applicationName: login.applicationName,
    otherWayHref: hasOtherWay(parts, login) ? endUrl(parts.settings, login.end) : null,
    setCookies: [],
  };
}

/** @param form its `login` and `answer`, untrusted @throws BouncerError `store_unavailable` */
export async function takePasskeyAnswer(
  parts: LoginContext,
  visit: Visit,
  provider: PasskeyProvider,
  form: { readonly login: string; readonly answer: string },
): Promise<LoginStep> {
  const found = find(parts, visit, provider, form.login);
  if (!found.ok) return found.step;
  const { login } = found;
  const means = passkeyMeans(parts, visit.nowMs);
  const verdict = await provider.check(form.answer, login.challenge, means);
  if (!verdict.ok) return fail(parts, visit, login, verdict);
  const { passkey, answer } = verdict;
  const ended = parts.providerCookies.end(visit.cookie, parts.settings, login.id);
  const step = await completeLogin(parts, visit, { request: login, answer, ended });
  // Removed while this was under way: what its removal ended did not have this login in it yet.
  if (!(await provider.isThere(passkey, means))) {
    const { idp, sub } = answer.identity;
    await parts.store.sessions.endLogins({ by: 'subject', idp, sub });
    const cause = 'the passkey was removed in this moment';
    return fail(parts, visit, login, { ok: false, problem: 'passkey-not-known', email: sub, cause });
  }
  // Whoever is kept out by a block is told of as such.
  if (passkey.isBreakGlass && !(step.kind === 'problem' && step.problem === 'person-blocked'))
    parts.telemetry.event('break_glass_used', {
      ...visitFields(visit),
      ...{ provider: login.providerId, email: passkey.email, key: keyLogId(passkey) },
    });
  return step;
}

function fail(
  parts: LoginContext,
  visit: Visit,
  login: PasskeyLogin,
  { problem, email, cause }: PasskeyRefusal,
): LoginStep {
  const detail = { provider: login.providerId, cause, ...(email === null ? {} : { email }) };
  reportFailure(parts, visit, problem, detail);
  const step = problemStep(problem, endUrl(parts.settings, login.end));
  return { ...step, hasOtherWay: hasOtherWay(parts, login) };
}
