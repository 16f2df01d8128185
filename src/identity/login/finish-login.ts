// The second half of a login: the provider's answer on `auth_url` becomes a session, once, in the browser that asked.

import { originOf } from '../../http/origin-of.ts';
import type { Identity } from '../../rules/model/facts.ts';
import type { Settings } from '../../settings/settings.ts';
import type { StoredLogin } from '../../store/session-store.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import type { ProviderAnswer } from '../identity-provider.ts';
import { createId, createToken, hashToken, isSameSecret, logIdOf } from '../opaque-token.ts';
import { providerDigest } from '../provider-digest.ts';
import { askProvider } from './ask-provider.ts';
import { hasOtherWay, rememberWay } from './choose-provider.ts';
import { findLack } from './find-lack.ts';
import { handOff } from './handoff.ts';
import {
  endUrl,
  type LoginContext,
  problemOf,
  problemStep,
  reportFailure,
  sessionCookie,
  visitFields,
} from './login-context.ts';
import { hasNeeds, meetsNeeds } from './login-needs.ts';
import {
  checkProviderSecrets,
  isOver,
  type LoginEnd,
  type LoginRequest,
  type LoginState,
  openState,
} from './login-records.ts';
import { openLoginSecrets, sealLoginSecrets } from './login-secrets.ts';
import type { LoginProblem, LoginStep, Visit } from './login-step.ts';
import { isChoiceRefused, refusalOf } from './provider-refusal.ts';
import { redirectUriOf } from './redirect-uri.ts';
import { reportClaims } from './report-claims.ts';

/**
 * `GET /.bouncer/callback/<id>` on `auth_url`: the provider's answer (OpenID Connect Core section 3.1.2.5).
 *
 * @param providerId whose address it came back to; a code of one provider on the address of another is a mix-up (RFC 9700 section 4.4)
 */
export async function finishLogin(
  parts: LoginContext,
  visit: Visit,
  query: ReadonlyMap<string, string>,
  providerId: string,
): Promise<LoginStep> {
  const { settings, store, providerCookies } = parts;
  const { nowMs } = visit;
  const text = query.get('state');
  const state = text === undefined ? null : openState(parts.sealer, text);
  if (text === undefined || state === null) {
    reportFailure(parts, visit, 'bad-request');
    return problemStep('bad-request', `${settings.authUrl}/.bouncer/`);
  }
  const wayOn = endUrl(settings, state.end);
  const fail = (
    problem: LoginProblem,
    setCookies: readonly string[] = [],
    detail: Partial<ReturnType<typeof causeOf>> = {},
  ): LoginStep => {
    reportFailure(parts, visit, problem, { provider: state.providerId, ...detail });
    return { ...problemStep(problem, wayOn, setCookies), hasOtherWay: hasOtherWay(parts, state) };
  };

  if (state.providerId !== providerId)
    return fail('bad-request', [], {
      cause: `an answer to a login by \`${state.providerId}\` came to the address of \`${providerId}\``,
      hint: 'register with each provider the redirect URI that `bouncer check` prints for it, and no other',
    });
  /** The back button, or a browser that asks twice: the session that is there goes on to where this login led. */
  const failOrGoOn = (problem: LoginProblem): LoginStep =>
    visit.session === null ? fail(problem) : { kind: 'redirect', location: wayOn, setCookies: [] };
  if (isOver(state, nowMs)) return failOrGoOn('expired');
  const marker = `login:${state.id}`;
  if (await store.once.has(marker, nowMs)) return failOrGoOn('already-used');
  const record = providerCookies.read(visit.cookie, settings, state.id, nowMs);
  const secrets = record === null ? null : checkProviderSecrets(record);
  if (secrets === null || !isSameSecret(hashToken(secrets.binding), state.bindingHash)) {
    // More tabs than cookies: another one logged in, and this one's login went to make room. Who is asked for more is asked again.
    const isIn = visit.session !== null && !visit.session.mustAskPerson;
    return isIn && meetsNeeds(visit.session.identity, state.needs, nowMs)
      ? failOrGoOn('other-browser')
      : fail('other-browser');
  }
  const turn = parts.callbacks.begin(state.providerId, visit.ip, nowMs);
  if (turn === null) return fail('too-many-failures');
  // From here on this login is used up, whatever comes of it.
  if (!(await store.once.mark(marker, state.expiresAtMs, nowMs))) return failOrGoOn('already-used');
  const ended = providerCookies.end(visit.cookie, settings, state.id);
  const provider = parts.providers.find(state.providerId);
  if (provider?.way !== 'redirect' || providerDigest(provider.settings) !== state.providerDigest)
    return fail('unknown-provider', ended);
  const wholeEnd =
    state.end.host === null ? { ...state.end, returnTo: secrets.returnTo ?? state.end.returnTo } : state.end;
  const callbackUrl = new URL(redirectUriOf(settings.authUrl, providerId) + visit.query);
  try {
    const iss = query.get('iss');
    // A refusal of another issuer is not a refusal but a mix-up, which `finish` finds.
    const isRefused = query.has('error') && (iss === undefined || provider.isIssuer(iss));
    if (isRefused && isChoiceRefused(state, query.get('error')))
      return withCookies(
        await askProvider(parts, visit, { ...state, end: wholeEnd }, provider, 'login'),
        ended,
      );
    if (isRefused) return fail('refused-by-provider', ended, refusalOf(query, provider, callbackUrl));
    const answer = await provider.finish(callbackUrl, text, secrets, nowMs);
    const step = await admit(parts, visit, { ...state, end: wholeEnd }, answer, ended);
    turn.forgive(nowMs);
    return step;
  } catch (error) {
    const problem = problemOf(error);
    if (problem !== 'provider-answer-invalid') turn.forgive(nowMs);
    return fail(problem, ended, causeOf(error));
  }
}

function withCookies(step: LoginStep, more: readonly string[]): LoginStep {
  return { ...step, setCookies: [...more, ...step.setCookies] };
}

/** What of a login under way counts when its answer is there. */
type AnsweredLogin = LoginRequest & Pick<LoginState, 'providerId' | 'providerDigest'>;

/**
 * Turns a verified answer into a session and leads on.
 *
 * @param ended what the browser forgets with it, as `Set-Cookie` values
 */
export async function admit(
  parts: LoginContext,
  visit: Visit,
  state: AnsweredLogin,
  answer: ProviderAnswer,
  ended: readonly string[],
): Promise<LoginStep> {
  const { settings, telemetry } = parts;
  const { session, nowMs } = visit;
  const isSamePerson =
    session !== null &&
    session.identity.idp === answer.identity.idp &&
    session.identity.sub === answer.identity.sub;
  const provider = parts.providers.find(state.providerId);
  const lack = findLack(answer.identity, provider?.settings ?? null, state.needs, nowMs);
  if (lack !== null && isSamePerson) {
    // The session stays what it was: neither more nor less.
    const { problem, ...detail } = lack;
    const known = { provider: state.providerId, session: session.logId };
    reportFailure(parts, visit, problem, { ...known, ...detail });
    return problemStep(problem, endUrl(settings, state.end), ended);
  }
  const isStepUp = isSamePerson && hasNeeds(state.needs);
  const admitted =
    (isStepUp ? await stepUp(parts, visit, session.id, answer, state.providerDigest) : null) ??
    (await open(parts, visit, session?.id ?? null, answer, state.providerDigest));
  const fields = {
    ...visitFields(visit),
    provider: state.providerId,
    sub: answer.identity.sub,
    email: answer.identity.email,
    session: logIdOf(admitted.id),
  };
  telemetry.event(isStepUp ? 'step_up' : 'login', { ...fields, amr: answer.identity.amr });
  if (provider !== null) {
    if (!isStepUp && provider.settings.type === 'oidc' && answer.refreshToken === null)
      parts.noRecheck.note(provider.settings, settings.session, nowMs);
    const known = isStepUp ? session.identity : null;
    const { request_id, sub, session: logId } = fields;
    const who = { request_id, provider: state.providerId, sub, session: logId };
    reportClaims(parts, provider.settings, answer.identity, known, who);
  }
  const setCookies = [
    ...ended,
    ...(isStepUp ? [] : rememberWay(parts, state.providerId)),
    sessionCookie(settings, admitted.token, admitted.expiresAtMs, nowMs),
  ];
  if (lack !== null) {
    const { problem, ...detail } = lack;
    reportFailure(parts, visit, problem, { ...fields, ...detail });
    return problemStep(problem, endUrl(settings, state.end), setCookies);
  }
  if (provider !== null && answer.withheld !== undefined && answer.withheld.length > 0)
    return {
      kind: 'withheld',
      provider: provider.settings.label,
      withheld: answer.withheld,
      againUrl: otherAccountUrl(settings, state.end),
      continueUrl: endUrl(settings, state.end),
      setCookies,
    };
  return { kind: 'redirect', location: await locationAfter(parts, admitted.id, state, nowMs), setCookies };
}

/** Where somebody logs in anew who is logged in, and then goes on to where they were going. */
function otherAccountUrl(settings: Settings, end: LoginEnd): string {
  const query = new URLSearchParams({ account: 'other', return_to: end.returnTo ?? '/' });
  const origin = end.host === null ? settings.authUrl : originOf(settings, end.host);
  return `${origin}/.bouncer/login?${query}`;
}

/**
 * Where a finished login leads. An application's host forgets a login that took long (mail may): it begins another one, which this
 * session answers at once.
 */
async function locationAfter(
  parts: LoginContext,
  loginId: string,
  request: LoginRequest,
  nowMs: number,
): Promise<string> {
  const { end } = request;
  if (end.host === null) return end.returnTo;
  return isOver(request, nowMs) ? endUrl(parts.settings, end) : handOff(parts, loginId, end, nowMs);
}

interface Admitted {
  readonly id: string;
  readonly token: string;
  readonly expiresAtMs: number;
}

/** A new login; the one that this browser had ends. */
async function open(
  parts: LoginContext,
  visit: Visit,
  replacesLoginId: string | null,
  answer: ProviderAnswer,
  digest: string,
): Promise<Admitted> {
  const { nowMs } = visit;
  const id = createId();
  const token = createToken();
  const login: StoredLogin = {
    id,
    identity: answer.identity,
    providerSid: answer.providerSid,
    secrets: sealLoginSecrets(parts.sealer, id, answer),
    isRefreshable: answer.refreshToken !== null,
    mustAskPerson: false,
    providerDigest: digest,
    revision: 1,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + parts.settings.session.durationMs,
    lastSeenMs: nowMs,
    checkedAtMs: nowMs,
  };
  const hostToken = { hash: hashToken(token), host: visit.host, createdAtMs: nowMs };
  await parts.store.sessions.createLogin(login, hostToken, replacesLoginId);
  return { id, token, expiresAtMs: login.expiresAtMs };
}

/** A key that was used in this session stays used; policies look at when. A use without a time does not hide one that has it. */
function laterKey(fresh: Identity['hardwareKey'], old: Identity['hardwareKey']): Identity['hardwareKey'] {
  if (fresh === null || old === null) return fresh ?? old;
  return fresh.usedAtMs === null && old.usedAtMs !== null ? old : fresh;
}

/** More for the same login: new facts, a new revision, and none of its old tokens on any host. Its end stays. */
async function stepUp(
  parts: LoginContext,
  visit: Visit,
  loginId: string,
  answer: ProviderAnswer,
  digest: string,
): Promise<Admitted | null> {
  const login = await parts.store.sessions.findLogin(loginId);
  if (login === null || login.providerDigest !== digest) return null;
  const old = openLoginSecrets(parts.sealer, loginId, login.secrets);
  const secrets = {
    idToken: answer.idToken ?? old.idToken,
    refreshToken: answer.refreshToken ?? old.refreshToken,
    sources: answer.sources,
  };
  const identity: Identity = {
    ...answer.identity,
    hardwareKey: laterKey(answer.identity.hardwareKey, login.identity.hardwareKey),
  };
  const token = createToken();
  const isChanged = await parts.store.sessions.upgradeLogin(
    loginId,
    {
      identity,
      providerSid: answer.providerSid ?? login.providerSid,
      secrets: sealLoginSecrets(parts.sealer, loginId, secrets),
      isRefreshable: secrets.refreshToken !== null,
      mustAskPerson: false,
      checkedAtMs: visit.nowMs,
    },
    { hash: hashToken(token), host: visit.host, createdAtMs: visit.nowMs },
  );
  return isChanged ? { id: loginId, token, expiresAtMs: login.expiresAtMs } : null;
}
