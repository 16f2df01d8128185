// What a verified answer makes of the store: a new login, or more of the one that is there. It asks nobody and judges nothing.
import type { Identity } from '../../rules/model/facts.ts';
import type { StoredLogin } from '../../store/session-store.ts';
import type { ProviderAnswer } from '../identity-provider.ts';
import { createId, createToken, hashToken, logIdOf } from '../opaque-token.ts';
import { ownKeyOf } from './key-step-up.ts';
import type { LoginContext } from './login-context.ts';
import type { LoginRequest, LoginState } from './login-records.ts';
import { openLoginSecrets, sealLoginSecrets } from './login-secrets.ts';
import type { Visit } from './login-step.ts';

/** A login whose answer is there. */
export interface AnsweredLogin {
  readonly request: LoginRequest & Pick<LoginState, 'providerId' | 'providerDigest'>;
  readonly answer: ProviderAnswer;
  /** What the browser forgets with it, as `Set-Cookie` values. */
  readonly ended: readonly string[];
}

/** A login as it was written, and the token of this host. */
export interface WrittenLogin {
  readonly id: string;
  readonly token: string;
  readonly expiresAtMs: number;
}

type Context = Pick<LoginContext, 'store' | 'settings' | 'sealer' | 'telemetry'>;

/** A new login; the one that this browser had ends. @throws BouncerError `store_unavailable` */
export async function createLogin(
  context: Context,
  { host, nowMs, ip, userAgent }: Visit,
  { request, answer }: AnsweredLogin,
  replacesLoginId: string | null,
): Promise<WrittenLogin> {
  const { store, settings, sealer } = context;
  const id = createId();
  const token = createToken();
  const login: StoredLogin = {
    id,
    identity: answer.identity,
    providerSid: answer.providerSid,
    secrets: sealLoginSecrets(sealer, id, answer),
    isRefreshable: answer.refreshToken !== null,
    mustAskPerson: false,
    providerDigest: request.providerDigest,
    revision: 1,
    createdAtMs: nowMs,
    expiresAtMs: Math.min(nowMs + settings.session.durationMs, answer.endsAtMs ?? Number.POSITIVE_INFINITY),
    lastSeenMs: nowMs,
    checkedAtMs: nowMs,
    unansweredSinceMs: null,
    ip,
    userAgent: userAgent?.slice(0, 256) ?? null,
    vouchedAtMs: null,
  };
  const hostToken = { hash: hashToken(token), host, createdAtMs: nowMs };
  await store.sessions.createLogin(login, hostToken, replacesLoginId);
  await endSurplus(context, login);
  return { id, token, expiresAtMs: login.expiresAtMs };
}

/**
 * With more logins than a person may have, those that were used longest ago end. Of logins that are made at the same moment each ends
 * only what is older, so that no two end one another.
 */
async function endSurplus(
  { store, settings, telemetry }: Context,
  { id, createdAtMs, identity: { idp, sub } }: StoredLogin,
): Promise<void> {
  const { maxPerPerson } = settings.session;
  if (maxPerPerson === null) return;
  const own = await store.sessions.list({ by: 'subject', idp, sub });
  // A personal token's login is not a browser's.
  const others = own.map(({ login }) => login).filter((one) => one.vouchedAtMs === null && one.id !== id);
  const isNewer = (one: StoredLogin): boolean =>
    one.createdAtMs === createdAtMs ? one.id > id : one.createdAtMs > createdAtMs;
  const older = others.filter((one) => !isNewer(one)).map((one) => one.id);
  const room = Math.max(0, maxPerPerson - 1 - (others.length - older.length));
  for (const surplus of older.slice(room)) {
    await store.sessions.endLogins({ by: 'id', id: surplus });
    const session = logIdOf(surplus);
    telemetry.event('session_revoked', { reason: 'max-per-person', provider: idp, sub, session });
  }
}

/**
 * More for the same login: new facts, a new revision, and none of its old tokens on any host. Its end stays.
 *
 * @returns `null` when it ended meanwhile, or was made under other settings of its provider
 * @throws BouncerError `store_unavailable`
 */
export async function stepUpLogin(
  { store, sealer }: Context,
  { host, nowMs }: Visit,
  { request, answer }: AnsweredLogin,
  loginId: string,
): Promise<WrittenLogin | null> {
  const login = await store.sessions.findLogin(loginId);
  if (login === null || login.providerDigest !== request.providerDigest) return null;
  const old = openLoginSecrets(sealer, loginId, login.secrets);
  const secrets = {
    idToken: answer.idToken ?? old.idToken,
    refreshToken: answer.refreshToken ?? old.refreshToken,
    sources: answer.sources,
  };
  const identity: Identity = {
    ...answer.identity,
    hardwareKey: laterKey(answer.identity.hardwareKey, login.identity.hardwareKey),
    ...ownKeyOf(login.identity),
  };
  const token = createToken();
  const isChanged = await store.sessions.upgradeLogin(
    loginId,
    {
      identity,
      providerSid: answer.providerSid ?? login.providerSid,
      secrets: sealLoginSecrets(sealer, loginId, secrets),
      isRefreshable: secrets.refreshToken !== null,
      mustAskPerson: false,
      checkedAtMs: nowMs,
      unansweredSinceMs: null,
    },
    { hash: hashToken(token), host, createdAtMs: nowMs },
    // A check with its provider may be changing it: what that brought, a refresh token above all, must not be lost.
    login.revision,
  );
  return isChanged ? { id: loginId, token, expiresAtMs: login.expiresAtMs } : null;
}

/** A key that was used in this session stays used; policies look at when. A use without a time does not hide one that has it. */
function laterKey(fresh: Identity['hardwareKey'], old: Identity['hardwareKey']): Identity['hardwareKey'] {
  if (fresh === null || old === null) return fresh ?? old;
  return fresh.usedAtMs === null && old.usedAtMs !== null ? old : fresh;
}
