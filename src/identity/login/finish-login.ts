// The second half of a login: the provider's answer on `auth_url` becomes a session, once, in the browser that asked.

import { causeOf } from '../../telemetry/cause-of.ts';
import type { RedirectProvider } from '../identity-provider.ts';
import { hashToken, isSameSecret } from '../opaque-token.ts';
import { providerDigest } from '../provider-digest.ts';
import { askProvider } from './ask-provider.ts';
import type { CallbackTurn } from './callback-shares.ts';
import { hasOtherWay } from './choose-provider.ts';
import { completeLogin } from './complete-login.ts';
import { endUrl, type LoginContext, problemOf, problemStep, reportFailure } from './login-context.ts';
import { meetsNeeds } from './login-needs.ts';
import {
  checkProviderSecrets,
  isOver,
  type LoginState,
  openState,
  type ProviderLoginSecrets,
} from './login-records.ts';
import type { LoginProblem, LoginStep, Visit } from './login-step.ts';
import { isChoiceRefused, refusalOf } from './provider-refusal.ts';
import { redirectUriOf } from './redirect-uri.ts';

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
  const fail: Fail = (problem, setCookies = [], detail = {}) => {
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
  const turn = await parts.callbacks.begin(state.providerId, visit.ip, nowMs);
  if (turn === null) return fail('too-many-failures');
  try {
    // From here on this login is used up, whatever comes of it.
    if (!(await store.once.mark(marker, state.expiresAtMs, nowMs))) return failOrGoOn('already-used');
    const ended = providerCookies.end(visit.cookie, settings, state.id);
    const provider = parts.providers.find(state.providerId);
    if (provider?.way !== 'redirect' || providerDigest(provider.settings) !== state.providerDigest)
      return fail('unknown-provider', ended);
    return await takeAnswer(parts, visit, { state, text, provider, secrets, query, ended, turn }, fail);
  } finally {
    turn.end();
  }
}

type Fail = (
  problem: LoginProblem,
  setCookies?: readonly string[],
  detail?: Partial<ReturnType<typeof causeOf>>,
) => LoginStep;

/** What came back from the provider, in the browser that was sent there. */
interface Callback {
  readonly state: LoginState;
  /** The state as it travelled. */
  readonly text: string;
  readonly provider: RedirectProvider;
  readonly secrets: ProviderLoginSecrets;
  readonly query: ReadonlyMap<string, string>;
  readonly ended: readonly string[];
  /** What this client has of this provider's time; forgiven unless the answer cannot be believed. */
  readonly turn: CallbackTurn;
}

/** The provider's refusal, or its word on who the person is. */
async function takeAnswer(
  parts: LoginContext,
  visit: Visit,
  { state, text, provider, secrets, query, ended, turn }: Callback,
  fail: Fail,
): Promise<LoginStep> {
  const end =
    state.end.host === null ? { ...state.end, returnTo: secrets.returnTo ?? state.end.returnTo } : state.end;
  const callbackUrl = new URL(redirectUriOf(parts.settings.authUrl, provider.settings.id) + visit.query);
  try {
    const iss = query.get('iss');
    // A refusal of another issuer is not a refusal but a mix-up, which `finish` finds.
    const isRefused = query.has('error') && (iss === undefined || provider.isIssuer(iss));
    if (isRefused && isChoiceRefused(state, query.get('error'))) {
      const wish = { end, needs: state.needs, accountPrompt: 'login' } as const;
      return withCookies(await askProvider(parts, visit, wish, provider), ended);
    }
    if (isRefused) return fail('refused-by-provider', ended, refusalOf(query, provider, callbackUrl));
    const answer = await provider.finish(callbackUrl, text, secrets, visit.nowMs);
    const step = await completeLogin(parts, visit, { request: { ...state, end }, answer, ended });
    turn.forgive(visit.nowMs);
    return step;
  } catch (error) {
    const problem = problemOf(error);
    if (problem !== 'provider-answer-invalid') turn.forgive(visit.nowMs);
    return fail(problem, ended, causeOf(error));
  }
}

function withCookies(step: LoginStep, more: readonly string[]): LoginStep {
  return { ...step, setCookies: [...more, ...step.setCookies] };
}
