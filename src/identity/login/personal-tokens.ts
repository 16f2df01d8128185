// Personal tokens: what a person gives to a program that knows names and passwords only. Each has a login of its own, which its provider is
// asked about like any other; where the provider gives nothing to ask with, it belongs to the session and ends with it. A session that
// somebody stole is not enough to make one.
import { type ListedProgram, programHost, type StoredLogin } from '../../store/session-store.ts';
import { createId, hashToken, isSameSecret } from '../opaque-token.ts';
import type { Session } from '../sessions/session.ts';
import { createSecret } from '../tokens/service-secret.ts';
import { askProvider } from './ask-provider.ts';
import { beginCodeLogin } from './code-login.ts';
import { findLack } from './find-lack.ts';
import { freshLoginNeeds, isFreshLogin } from './fresh-login.ts';
import { type LoginContext, problemStep, reportFailure, visitFields } from './login-context.ts';
import { noNeeds } from './login-needs.ts';
import type { PersonalOrder } from './login-records.ts';
import { sealLoginSecrets } from './login-secrets.ts';
import type { LoginStep, Visit } from './login-step.ts';
import type { AnsweredLogin } from './write-login.ts';

/** The page where they are made and listed, on `auth_url`. */
export const tokensPath = '/.bouncer/tokens';
/** Tokens that one person may have. */
export const mostPersonalTokens = 50;

/** The same visit, by somebody whose browser is logged in. */
export type PersonVisit = Visit & { readonly session: Session };

/** The programs of the person, terminals and personal tokens, oldest first. What has ended by its time is left out. */
async function listPersonTokens(
  { store, settings }: Pick<LoginContext, 'store' | 'settings'>,
  { session, nowMs }: PersonVisit,
): Promise<readonly ListedProgram[]> {
  const { idp, sub } = session.identity;
  const all = await store.sessions.listPrograms(idp, sub);
  return all.filter(
    ({ login }) =>
      login.expiresAtMs > nowMs &&
      (login.vouchedAtMs !== null || login.createdAtMs + settings.session.durationMs > nowMs),
  );
}

/**
 * Begins to make one: its provider is asked for a login of its own, which is there without a question where the person logged in just
 * now. Whoever did not logs in again, and their session stays what it is.
 *
 * @param wanted checked: its applications are ones that take personal tokens
 */
async function beginPersonalToken(
  parts: LoginContext,
  visit: PersonVisit,
  wanted: Omit<PersonalOrder, 'loginId'>,
): Promise<LoginStep> {
  const { session, nowMs } = visit;
  const provider = parts.providers.find(session.identity.idp);
  if (provider === null) return problemStep('unknown-provider', tokensPath);
  const personal = { ...wanted, loginId: session.id };
  const isFresh = isFreshLogin(session, nowMs);
  const end = { host: null, returnTo: tokensPath, personal };
  const wish = { end, needs: isFresh ? noNeeds : freshLoginNeeds(session) };
  if (provider.way === 'redirect') return askProvider(parts, visit, wish, provider);
  return isFresh
    ? issueWithSession(parts, visit, personal)
    : beginCodeLogin(parts, visit, { ...wish, applicationName: null }, provider);
}

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

/** It ends with the session: nobody could be asked about it later. */
async function issueWithSession(
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

/** Ends one of the person's own tokens, whichever of both kinds. @returns false: it is none of theirs (any more) */
async function endPersonToken(parts: LoginContext, visit: PersonVisit, hash: string): Promise<boolean> {
  const found = (await listPersonTokens(parts, visit)).find((one) => isSameSecret(one.hash, hash));
  if (found === undefined) return false;
  const { sessions } = parts.store;
  // A login that is for this token alone goes with it, and its refresh token.
  if (found.login.vouchedAtMs !== null) await sessions.endLogins({ by: 'id', id: found.login.id });
  else await sessions.removeToken(hash);
  const { sub, email } = visit.session.identity;
  const fields = {
    ...visitFields(visit),
    sub,
    email,
    session: visit.session.logId,
    name: found.program.name,
  };
  parts.telemetry.event(
    found.program.kind === 'personal' ? 'personal_token_revoked' : 'terminal_logout',
    fields,
  );
  return true;
}

/** What people do with programs that act as them. Every method throws BouncerError `store_unavailable`. */
export interface PersonTokens {
  /** As {@link listPersonTokens}. */
  list(visit: PersonVisit): Promise<readonly ListedProgram[]>;
  /** As {@link beginPersonalToken}. */
  begin(visit: PersonVisit, wanted: Omit<PersonalOrder, 'loginId'>): Promise<LoginStep>;
  /** As {@link endPersonToken}. */
  end(visit: PersonVisit, hash: string): Promise<boolean>;
}

/** @param contextNow as the login flows have it */
export function createPersonTokens(contextNow: () => Promise<LoginContext>): PersonTokens {
  return {
    list: async (visit) => listPersonTokens(await contextNow(), visit),
    begin: async (visit, wanted) => beginPersonalToken(await contextNow(), visit, wanted),
    end: async (visit, hash) => endPersonToken(await contextNow(), visit, hash),
  };
}
