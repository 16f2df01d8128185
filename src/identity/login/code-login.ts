// A login whose pages are bouncer's own: an address is typed, a code is sent to it, the code is typed. The browser carries the state
// of it in a sealed cookie; the server keeps nothing for an address that may not log in, and answers before it finds out.
import type { CodeAsk, CodeMeans, CodeProvider } from '../identity-provider.ts';
import { createId } from '../opaque-token.ts';
import { providerDigest } from '../provider-digest.ts';
import { hasOtherWay } from './choose-provider.ts';
import { completeLogin } from './complete-login.ts';
import { knownBrowserOf, rememberBrowser } from './known-browser.ts';
import {
  endUrl,
  hostOf,
  type LoginContext,
  problemStep,
  reportFailure,
  visitFields,
} from './login-context.ts';
import { loginTimeMs, maxLoginCookies } from './login-cookies.ts';
import { meetsNeeds } from './login-needs.ts';
import { type LoginRequest, parseLoginRequest } from './login-records.ts';
import type { LoginProblem, LoginStep, Visit } from './login-step.ts';
import { parseVisitQuery } from './parse-visit-query.ts';

/** How long somebody may go on asking for codes in one login, milliseconds. */
const longestMs = 3_600_000;
/** The pages of such a login, on `auth_url`. */
const codePath = '/.bouncer/code';

interface CodeLogin extends LoginRequest {
  readonly id: string;
  readonly providerId: string;
  readonly providerDigest: string;
  readonly applicationName: string | null;
  readonly beganAtMs: number;
  /** To which the last code was sent, or said to be; `null`: none yet. */
  readonly email: string | null;
  /** How many codes were asked for. */
  readonly asks: number;
}

/** Begins a login by code, and leads to its page. */
export function beginCodeLogin(
  parts: LoginContext,
  visit: Visit,
  wish: Pick<LoginRequest, 'end' | 'needs'> & { readonly applicationName: string | null },
  provider: CodeProvider,
): LoginStep {
  const { nowMs } = visit;
  if (wish.needs.isHardwareKey && visit.session?.identity.idp === provider.settings.id)
    return problemStep('hardware-key-not-confirmed', endUrl(parts.settings, wish.end));
  const login: CodeLogin = {
    end: wish.end,
    needs: wish.needs,
    expiresAtMs: nowMs + loginTimeMs,
    id: createId(),
    providerId: provider.settings.id,
    providerDigest: providerDigest(provider.settings),
    applicationName: wish.applicationName,
    beganAtMs: nowMs,
    email: null,
    asks: 0,
  };
  const setCookies =
    carry(parts, visit, login) ??
    carry(parts, visit, { ...login, end: { ...login.end, returnTo: '/' } }) ??
    [];
  return { kind: 'redirect', location: pageOf(login), setCookies };
}

function pageOf({ id }: CodeLogin): string {
  return `${codePath}?login=${id}`;
}

/** @returns the cookies that hold it for another ten minutes, `null` when it is too large for them */
function carry(parts: LoginContext, visit: Visit, login: CodeLogin): readonly string[] | null {
  const { id, ...rest } = login;
  const record = { kind: 'code', ...rest };
  return parts.providerCookies.begin(visit.cookie, parts.settings, { id, record }, visit.nowMs);
}

function read(parts: LoginContext, visit: Visit, id: string): CodeLogin | null {
  if (!/^[A-Za-z0-9_-]{22}$/.test(id)) return null;
  const record = parts.providerCookies.read(visit.cookie, parts.settings, id, visit.nowMs);
  const request = parseLoginRequest(record);
  if (record === null || request === null || record['kind'] !== 'code') return null;
  const { providerId, providerDigest: digest, applicationName, beganAtMs, email, asks } = record;
  return typeof providerId === 'string' &&
    typeof digest === 'string' &&
    (applicationName === null || typeof applicationName === 'string') &&
    typeof beganAtMs === 'number' &&
    (email === null || typeof email === 'string') &&
    typeof asks === 'number'
    ? { ...request, id, providerId, providerDigest: digest, applicationName, beganAtMs, email, asks }
    : null;
}

type Found =
  | { readonly ok: true; readonly login: CodeLogin; readonly provider: CodeProvider }
  | { readonly ok: false; readonly step: LoginStep };

/** The login that a page or form belongs to, if it may still go on. */
function find(parts: LoginContext, visit: Visit, id: string): Found {
  const fail = (problem: LoginProblem, continueUrl: string | null): Found => {
    reportFailure(parts, visit, problem);
    return { ok: false, step: problemStep(problem, continueUrl) };
  };
  const login = read(parts, visit, id);
  // Its cookie is gone with its time, and was never in another browser: the start page knows who is logged in.
  if (login === null) {
    if (visit.session === null) return fail('expired', `${parts.settings.authUrl}/.bouncer/`);
    return { ok: false, step: { kind: 'redirect', location: '/.bouncer/', setCookies: [] } };
  }
  const wayOn = endUrl(parts.settings, login.end);
  if (visit.nowMs - login.beganAtMs > longestMs) return fail('expired', wayOn);
  const provider = parts.providers.find(login.providerId);
  if (provider?.way !== 'code' || providerDigest(provider.settings) !== login.providerDigest)
    return fail('unknown-provider', wayOn);
  return { ok: true, login, provider };
}

/** `GET /.bouncer/code?login=…`: the page for the address, or for the code. It changes nothing, and is the same at every reload. */
export function showCodeLogin(parts: LoginContext, visit: Visit): LoginStep {
  const query = parseVisitQuery(visit.query);
  if (query === null) return problemStep('bad-request', '/.bouncer/');
  const found = find(parts, visit, query.get('login') ?? '');
  if (!found.ok) return found.step;
  const { login } = found;
  return login.email === null || query.get('address') === 'other'
    ? askAddress(parts, found, login.email ?? '', null)
    : askCode(parts, found, login.email, null);
}

function askAddress(
  parts: LoginContext,
  ongoing: Ongoing,
  typed: string,
  fault: Extract<LoginStep, { kind: 'ask-address' }>['fault'],
): LoginStep {
  return { kind: 'ask-address', typed: typed.slice(0, 320), fault, ...ofPage(parts, ongoing) };
}

function askCode(
  parts: LoginContext,
  ongoing: Ongoing,
  email: string,
  fault: Extract<LoginStep, { kind: 'ask-code' }>['fault'],
): LoginStep {
  return { kind: 'ask-code', email, fault, isAgain: ongoing.login.asks > 1, ...ofPage(parts, ongoing) };
}

/** What both pages show. */
function ofPage(
  parts: LoginContext,
  { login, provider }: Ongoing,
): Omit<Extract<LoginStep, { kind: 'ask-address' }>, 'kind' | 'typed' | 'fault'> {
  return {
    loginId: login.id,
    applicationName: login.applicationName,
    isMailDelayed: provider.isDelayed(),
    otherWayHref: hasOtherWay(parts, login) ? endUrl(parts.settings, login.end) : null,
    setCookies: [],
  };
}

/**
 * `POST /.bouncer/code`, already checked to be same-origin: `login` with `email` asks for a code, with `code` it is one.
 *
 * @param form `null` when there was none, or one too large
 */
export async function takeCodeForm(
  parts: LoginContext,
  visit: Visit,
  form: Readonly<Record<string, unknown>> | null,
): Promise<LoginStep> {
  const { login: id, email, code } = form ?? {};
  if (typeof id !== 'string' || (typeof email === 'string') === (typeof code === 'string'))
    return problemStep('bad-request', '/.bouncer/');
  const found = find(parts, visit, id);
  if (!found.ok) return found.step;
  if (typeof email === 'string') return takeAddress(parts, visit, found, email);
  return takeCode(parts, visit, found, String(code));
}

type Ongoing = Extract<Found, { readonly ok: true }>;

/** The same form sent twice is one ask: the count comes from the cookie that went with it. */
function askIdOf({ sealer }: LoginContext, { id, asks }: CodeLogin, email: string): string {
  return sealer.mac('code-ask', [id, email, String(asks)]);
}

/** Of the browser's other windows that wait for a code for the same address; its cookies say which those are. */
function otherAskIds(
  parts: LoginContext,
  visit: Visit,
  { id, providerId }: CodeLogin,
  email: string,
): readonly string[] {
  return parts.providerCookies
    .ids(visit.cookie, parts.settings)
    .filter((other) => other !== id)
    .slice(0, maxLoginCookies)
    .map((other) => read(parts, visit, other))
    .filter((other) => other !== null)
    .filter((other) => other.email === email && other.providerId === providerId)
    .map((other) => askIdOf(parts, other, email));
}

function askOf(parts: LoginContext, visit: Visit, login: CodeLogin, email: string): CodeAsk {
  return {
    askId: askIdOf(parts, login, email),
    otherAskIds: otherAskIds(parts, visit, login, email),
    email,
    knownBrowser: knownBrowserOf(parts, visit, email),
    applicationName: login.applicationName,
    ip: visit.ip,
    userAgent: visit.userAgent,
    language: visit.language,
    fields: visitFields(visit),
  };
}

function meansOf(parts: LoginContext): CodeMeans {
  const { store, sealer, settings, rules, telemetry } = parts;
  return {
    once: store.once,
    persons: store.persons,
    sealer,
    settings,
    telemetry,
    namesAddress: (email) => rules.namesAddress(email),
  };
}

/** Nothing in it waits, and nothing in it knows whether the address may log in. */
function takeAddress(parts: LoginContext, visit: Visit, ongoing: Ongoing, typed: string): LoginStep {
  const { login, provider } = ongoing;
  const email = provider.parseTypedAddress(typed);
  if (email === null) return askAddress(parts, ongoing, typed, 'no-address');
  const next: CodeLogin = { ...login, email, asks: login.asks + 1 };
  const setCookies = carry(parts, visit, next);
  if (setCookies === null) return problemStep('bad-request', endUrl(parts.settings, login.end));
  const ask = askOf(parts, visit, next, email);
  const before = login.email === email ? [askIdOf(parts, login, email)] : [];
  if (!provider.send({ ...ask, otherAskIds: [...ask.otherAskIds, ...before] }, meansOf(parts), visit.nowMs)) {
    reportFailure(parts, visit, 'too-many-tries', { provider: login.providerId });
    return tooManyTries(login);
  }
  return { kind: 'redirect', location: pageOf(next), setCookies };
}

function tooManyTries(login: CodeLogin): LoginStep {
  return { ...problemStep('too-many-tries', pageOf(login)), ...hostOf(login) };
}

async function takeCode(
  parts: LoginContext,
  visit: Visit,
  ongoing: Ongoing,
  code: string,
): Promise<LoginStep> {
  const { login, provider } = ongoing;
  const { email } = login;
  if (email === null) return askAddress(parts, ongoing, '', null);
  if (!provider.isCodeShaped(code)) return askCode(parts, ongoing, email, 'no-code');
  const ask = askOf(parts, visit, login, email);
  const verdict = await provider.check(code, ask, meansOf(parts), visit.nowMs);
  const failed = { provider: login.providerId, email };
  switch (verdict.kind) {
    case 'right': {
      const ended = [
        ...parts.providerCookies.end(visit.cookie, parts.settings, login.id),
        rememberBrowser(parts, visit, email),
      ];
      return completeLogin(parts, visit, { request: login, answer: verdict.answer, ended });
    }
    case 'used-before':
    case 'wrong': {
      // A form that was sent twice: the first one logged in.
      if (
        visit.session?.identity.idp === login.providerId &&
        visit.session.identity.sub === email &&
        meetsNeeds(visit.session.identity, login.needs, visit.nowMs)
      )
        return { kind: 'redirect', location: endUrl(parts.settings, login.end), setCookies: [] };
      const isUsed = verdict.kind === 'used-before';
      const cause = isUsed ? 'this very code logged in before' : verdict.cause;
      reportFailure(parts, visit, 'wrong-code', { ...failed, cause });
      return askCode(parts, ongoing, email, isUsed ? 'used-before' : 'wrong-code');
    }
    case 'used-up':
      reportFailure(parts, visit, 'wrong-code', { ...failed, cause: 'too many wrong codes in this login' });
      return askCode(parts, ongoing, email, 'used-up');
    case 'too-often':
      reportFailure(parts, visit, 'too-many-tries', failed);
      return tooManyTries(login);
    default:
      return verdict satisfies never;
  }
}
