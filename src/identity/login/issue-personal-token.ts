// Issues personal tokens: what a person gives to a program that knows names and passwords only. Each has a login of its own, which its
// provider is asked about like any other; where the provider gives nothing to ask with, it belongs to the session and ends with it.
import { programHost, type StoredLogin } from '../../store/session-store.ts';
import { createId, hashToken } from '../opaque-token.ts';
import { createSecret } from '../tokens/service-secret.ts';
import { findLack } from './find-lack.ts';
import { type LoginContext, problemStep, reportFailure, visitFields } from './login-context.ts';
import type { PersonalOrder } from './login-records.ts';
import { sealLoginSecrets } from './login-secrets.ts';
import type { LoginStep, PersonVisit, Visit } from './login-step.ts';
import type { AnsweredLogin } from './write-login.ts';

/** The page where they are made and listed, on `auth_url`. */
export const tokensPath = '/.bouncer/tokens';

/** The provider has answered: the token is there, and shown once. @throws BouncerError `store_unavailable` */
export async function finishPersonalToken(
  parts: LoginContext,
  visit: Visit,
  { request, answer, ended }: AnsweredLogin,
  order: PersonalOrder,
): Promise<LoginStep> {
  const { session } = visit;
  const isSame =
    session !== null &&
    session.id === order.loginId &&
    session.identity.idp === answer.identity.idp &&
    session.identity.sub === answer.identity.sub;
  if (!isSame) {
    reportFailure(parts, visit, 'other-person', { provider: request.providerId });
    return problemStep('other-person', tokensPath, ended);
  }
  const provider = parts.providers.find(request.providerId);
  const lack = findLack(answer.identity, provider?.settings ?? null, request.needs, visit.nowMs);
  if (lack !== null) {
    const { problem, ...detail } = lack;
    reportFailure(parts, visit, problem, {
      provider: request.providerId,
      session: session.logId,
      ...detail,
    });
    return problemStep(problem, tokensPath, ended);
  }
  const person: PersonVisit = { ...visit, session };
  const step =
    answer.refreshToken === null
      ? await issueWithSession(parts, person, order)
      : await issueWithLogin(parts, person, order, { request, answer, ended });
  return { ...step, setCookies: ended };
}

/** It ends with the session: nobody could be asked about it later. @throws BouncerError `store_unavailable` */
export async function issueWithSession(
  parts: LoginContext,
  visit: PersonVisit,
  order: PersonalOrder,
): Promise<LoginStep> {
  const { session, nowMs } = visit;
  const secret = createSecret('p');
  const isThere = await parts.store.sessions.addToken(session.id, heldToken(secret, order, nowMs), nowMs);
  if (!isThere) return problemStep('expired', tokensPath);
  return tell(parts, visit, order, { secret, expiresAtMs: session.expiresAtMs, isRechecked: false });
}

async function issueWithLogin(
  parts: LoginContext,
  visit: PersonVisit,
  order: PersonalOrder,
  { request, answer }: AnsweredLogin,
): Promise<LoginStep> {
  const { nowMs } = visit;
  const id = createId();
  const secret = createSecret('p');
  const expiresAtMs = nowMs + order.lifetimeMs;
  const login: StoredLogin = {
    id,
    identity: answer.identity,
    // It outlives the session at the provider, which a logout there ends.
    providerSid: null,
    secrets: sealLoginSecrets(parts.sealer, id, answer),
    isRefreshable: true,
    mustAskPerson: false,
    providerDigest: request.providerDigest,
    revision: 1,
    ...{ createdAtMs: nowMs, expiresAtMs, lastSeenMs: nowMs, checkedAtMs: nowMs, vouchedAtMs: nowMs },
    unansweredSinceMs: null,
    ip: visit.ip,
    userAgent: visit.userAgent?.slice(0, 256) ?? null,
  };
  await parts.store.sessions.createLogin(login, heldToken(secret, order, nowMs), null);
  return tell(parts, visit, order, { secret, expiresAtMs, isRechecked: true });
}

function heldToken(
  secret: string,
  { name, applications }: PersonalOrder,
  createdAtMs: number,
): Parameters<LoginContext['store']['sessions']['createLogin']>[1] {
  const hash = hashToken(secret);
  return { hash, host: programHost(hash), createdAtMs, program: { kind: 'personal', name, applications } };
}

function tell(
  { telemetry }: LoginContext,
  visit: PersonVisit,
  { name, applications }: PersonalOrder,
  issued: { readonly secret: string; readonly expiresAtMs: number; readonly isRechecked: boolean },
): LoginStep {
  const { sub, email } = visit.session.identity;
  telemetry.event('personal_token_created', {
    ...{ ...visitFields(visit), sub, email, session: visit.session.logId, name, applications },
    ...{ expires: new Date(issued.expiresAtMs).toISOString(), is_rechecked: issued.isRechecked },
  });
  return { kind: 'personal-token', name, applications, ...issued, setCookies: [] };
}
