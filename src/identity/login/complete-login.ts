// The end of every login, whatever way it went: a verified answer becomes a session, the log tells of it, and the browser is led on.
import { originOf } from '../../http/origin-of.ts';
import type { Settings } from '../../settings/settings.ts';
import type { IdentityProvider } from '../identity-provider.ts';
import { logIdOf } from '../opaque-token.ts';
import type { Session } from '../sessions/session.ts';
import { rememberWay } from './choose-provider.ts';
import { findLack, type Lack } from './find-lack.ts';
import { locationAfter } from './handoff.ts';
import { finishPersonalToken } from './issue-personal-token.ts';
import { keyStepUpUrl, mayUseOwnKey } from './key-step-up.ts';
import {
  endUrl,
  type LoginContext,
  problemStep,
  reportFailure,
  sessionCookie,
  visitFields,
} from './login-context.ts';
import { hasNeeds } from './login-needs.ts';
import type { LoginEnd } from './login-records.ts';
import type { LoginStep, Visit } from './login-step.ts';
import { reportClaims } from './report-claims.ts';
import { tellOfLogin } from './tell-of-login.ts';
import { type AnsweredLogin, createLogin, stepUpLogin } from './write-login.ts';

/** @throws BouncerError `store_unavailable` */
export async function completeLogin(
  parts: LoginContext,
  visit: Visit,
  answered: AnsweredLogin,
): Promise<LoginStep> {
  const { settings } = parts;
  const { nowMs } = visit;
  const { request, answer, ended } = answered;
  const { email, sub } = answer.identity;
  if (email !== null && (await parts.store.persons.isBlocked(email))) {
    reportFailure(parts, visit, 'person-blocked', { provider: request.providerId, sub, email });
    return problemStep('person-blocked', otherAccountUrl(settings, request.end), ended);
  }
  if (request.end.host === null && request.end.personal !== undefined)
    return finishPersonalToken(parts, visit, answered, request.end.personal);
  const known = sessionOf(visit, answered);
  const provider = parts.providers.find(request.providerId);
  const lack = findLack(answer.identity, provider?.settings ?? null, request.needs, nowMs);
  // The session that there is already stays what it was: neither more nor less.
  if (lack !== null && known !== null) {
    const fields = { provider: request.providerId, session: known.logId };
    return endLacking(parts, visit, request, { lack, fields, setCookies: ended });
  }
  const steppedUp = known !== null && hasNeeds(request.needs) ? known : null;
  const written =
    (steppedUp === null ? null : await stepUpLogin(parts, visit, answered, steppedUp.id)) ??
    (await createLogin(parts, visit, answered, visit.session?.id ?? null));
  const fields = {
    ...visitFields(visit),
    provider: request.providerId,
    sub: answer.identity.sub,
    email: answer.identity.email,
    session: logIdOf(written.id),
  };
  parts.telemetry.event(steppedUp === null ? 'login' : 'step_up', { ...fields, amr: answer.identity.amr });
  if (provider !== null) reportAnswer(parts, provider, answered, { ...fields, steppedUp, nowMs });
  const told = steppedUp === null ? await tellOfLogin(parts, visit, answer.identity) : [];
  const setCookies = [
    ...ended,
    ...(steppedUp === null ? rememberWay(parts, request.providerId) : []),
    ...told,
    sessionCookie(settings, written.token, written.expiresAtMs, nowMs),
  ];
  if (lack !== null) return endLacking(parts, visit, request, { lack, fields, setCookies });
  if (provider !== null && answer.withheld !== undefined && answer.withheld.length > 0)
    return {
      kind: 'withheld',
      provider: provider.settings.label,
      withheld: answer.withheld,
      againUrl: otherAccountUrl(settings, request.end),
      continueUrl: endUrl(settings, request.end),
      setCookies,
    };
  return { kind: 'redirect', location: await locationAfter(parts, written.id, request, nowMs), setCookies };
}

/** Where a key of bouncer's own may be what is lacking, the person is led on to it. */
function endLacking(
  parts: LoginContext,
  visit: Visit,
  request: AnsweredLogin['request'],
  { lack, fields, setCookies }: LackingLogin,
): LoginStep {
  const { problem, ...detail } = lack;
  if (problem === 'hardware-key-not-confirmed' && mayUseOwnKey(parts, request.needs))
    return { kind: 'redirect', location: keyStepUpUrl(parts, request, visit.nowMs), setCookies };
  reportFailure(parts, visit, problem, { ...fields, ...detail });
  return problemStep(problem, endUrl(parts.settings, request.end), setCookies);
}

interface LackingLogin {
  readonly lack: Lack;
  readonly fields: Parameters<typeof reportFailure>[3];
  readonly setCookies: readonly string[];
}

/** Where somebody logs in anew who is logged in, and then goes on to where they were going. */
function otherAccountUrl(settings: Settings, end: LoginEnd): string {
  const query = new URLSearchParams({ account: 'other', return_to: end.returnTo ?? '/' });
  const origin = end.host === null ? settings.authUrl : originOf(settings, end.host);
  return `${origin}/.bouncer/login?${query}`;
}

/** The session that the browser has already, if it is the same person's. */
function sessionOf({ session }: Visit, { answer }: AnsweredLogin): Session | null {
  if (session === null) return null;
  const { idp, sub } = session.identity;
  return idp === answer.identity.idp && sub === answer.identity.sub ? session : null;
}

/** Tells the operator what is missing in an answer that let somebody in. */
function reportAnswer(
  parts: LoginContext,
  provider: IdentityProvider,
  { answer }: AnsweredLogin,
  login: {
    readonly request_id: string;
    readonly sub: string;
    readonly session: string;
    readonly steppedUp: Session | null;
    readonly nowMs: number;
  },
): void {
  const { request_id, sub, session, steppedUp, nowMs } = login;
  if (steppedUp === null && provider.settings.type === 'oidc' && answer.refreshToken === null)
    parts.noRecheck.note(provider.settings, parts.settings.session, nowMs);
  const said = { identity: answer.identity, known: steppedUp?.identity ?? null };
  reportClaims(parts, provider.settings, said, { request_id, provider: provider.settings.id, sub, session });
}
