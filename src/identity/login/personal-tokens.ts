// What people do with programs that act as them: list them, end them, begin to make a personal token. A session that somebody stole is not
// enough to make one.
import type { ListedProgram } from '../../store/session-store.ts';
import { isSameSecret } from '../opaque-token.ts';
import { askProvider } from './ask-provider.ts';
import { beginCodeLogin } from './code-login.ts';
import { freshLoginNeeds, isFreshLogin } from './fresh-login.ts';
import { issueWithSession, tokensPath } from './issue-personal-token.ts';
import { type LoginContext, problemStep, visitFields } from './login-context.ts';
import { noNeeds } from './login-needs.ts';
import type { PersonalOrder } from './login-records.ts';
import type { LoginStep, PersonVisit } from './login-step.ts';
import { beginPasskeyLogin } from './passkey-login.ts';

/** Tokens that one person may have. */
export const mostPersonalTokens = 50;

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
  if (isFresh) return issueWithSession(parts, visit, personal);
  const ownWish = { ...wish, applicationName: null };
  return provider.way === 'code'
    ? beginCodeLogin(parts, visit, ownWish, provider)
    : beginPasskeyLogin(parts, visit, ownWish, provider);
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
