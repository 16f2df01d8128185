// `/.bouncer/passkey` on `auth_url`, for who logged in by one: their own passkeys, and taking one back. None is added here: that needs an
// invitation. A passkey is an account by its address, so that no other way to log in shows or removes any.
import type { StoredPasskey } from '../../store/passkey-store.ts';
import { keyLetter } from '../hardware-keys/key-letter.ts';
import { isEnrolledFor } from '../hardware-keys/look-at-keys.ts';
import { keyLogId } from '../hardware-keys/operator-acts.ts';
import type { PasskeyProvider } from '../identity-provider.ts';
import type { Session } from '../sessions/session.ts';
import { claimRemoval } from './claim-removal.ts';
import { freshLoginNeeds, isFreshLogin } from './fresh-login.ts';
import {
  clearSessionCookie,
  type LoginContext,
  problemStep,
  reportFailure,
  visitFields,
} from './login-context.ts';
import { appendNeeds, type LoginNeeds, noNeeds } from './login-needs.ts';
import type { LoginStep, Visit } from './login-step.ts';
import { passkeyPath } from './passkey-page.ts';

/** The login that leads back to the page. */
function loginHref(needs: LoginNeeds): string {
  const to = new URLSearchParams({ return_to: passkeyPath });
  appendNeeds(to, needs);
  return `/.bouncer/login?${to}`;
}

function redirect(location: string): LoginStep {
  return { kind: 'redirect', location, setCookies: [] };
}

/** @throws BouncerError `store_unavailable` */
export async function showPasskeys(
  parts: LoginContext,
  { session, nowMs }: Visit,
  provider: PasskeyProvider,
): Promise<LoginStep> {
  if (session === null || session.mustAskPerson) return redirect(loginHref(noNeeds));
  const passkeys = await passkeysOf(parts, session, provider);
  return {
    kind: 'passkeys',
    passkeys: passkeys.map((passkey) => {
      const { id, label, createdAtMs, lastUsedMs, expiresAtMs } = passkey;
      const isGood = canLogIn(passkey, provider, nowMs);
      const isRemovable = !isOnlyOne(passkeys, passkey, provider, nowMs);
      return { id, label, createdAtMs, lastUsedMs, expiresAtMs, isGood, isRemovable };
    }),
    isByPasskey: isOwner(session, provider),
    mayRemove: isFreshLogin(session, nowMs),
    freshLoginHref: loginHref(freshLoginNeeds(session)),
    setCookies: [],
  };
}

function isOwner({ identity }: Session, { settings }: PasskeyProvider): boolean {
  return identity.idp === settings.id;
}

async function passkeysOf(
  { store }: LoginContext,
  session: Session,
  provider: PasskeyProvider,
): Promise<readonly StoredPasskey[]> {
  return isOwner(session, provider) ? store.passkeys.listPasskeys(session.identity.sub) : [];
}

function canLogIn(passkey: StoredPasskey, { settings }: PasskeyProvider, nowMs: number): boolean {
  const { expiresAtMs } = passkey;
  return isEnrolledFor(passkey, settings.rpId) && (expiresAtMs === null || expiresAtMs > nowMs);
}

function isOnlyOne(
  all: readonly StoredPasskey[],
  passkey: StoredPasskey,
  provider: PasskeyProvider,
  nowMs: number,
): boolean {
  const good = all.filter((one) => canLogIn(one, provider, nowMs));
  return good.length === 1 && good[0]?.id === passkey.id;
}

/**
 * Needs a login of the last minutes: who found an open browser must not take the owner's passkeys away. Ends all logins of the person.
 *
 * @param id untrusted @throws BouncerError `store_unavailable`
 */
export async function removeOwnPasskey(
  parts: LoginContext,
  visit: Visit,
  provider: PasskeyProvider,
  id: string,
): Promise<LoginStep> {
  const { session, nowMs } = visit;
  if (session === null || session.mustAskPerson) return redirect(loginHref(noNeeds));
  if (!isFreshLogin(session, nowMs)) return redirect(loginHref(freshLoginNeeds(session)));
  const { idp, sub, email } = session.identity;
  const look = async (): Promise<StoredPasskey | LoginStep> => {
    const passkeys = await passkeysOf(parts, session, provider);
    const passkey = passkeys.find((one) => one.id === id);
    if (passkey === undefined) return redirect(passkeyPath);
    if (!isOnlyOne(passkeys, passkey, provider, nowMs)) return passkey;
    reportFailure(parts, visit, 'last-passkey', { provider: idp, sub, email, session: session.logId });
    return problemStep('last-passkey', passkeyPath);
  };
  const passkey = await claimRemoval(parts, ['passkey', sub], look);
  if (passkey === null) return redirect(passkeyPath);
  if ('kind' in passkey) return passkey;
  if (!(await parts.store.passkeys.removePasskey(id))) return redirect(passkeyPath);
  await parts.store.sessions.endLogins({ by: 'subject', idp, sub });
  tellOwner(parts, visit, session, passkey);
  return { kind: 'passkey-removed', setCookies: [clearSessionCookie(parts.settings)] };
}

function tellOwner(parts: LoginContext, visit: Visit, session: Session, passkey: StoredPasskey): void {
  const { email, label } = passkey;
  parts.telemetry.event('passkey_removed', {
    ...visitFields(visit),
    ...{ by: 'owner', email, session: session.logId, key: keyLogId(passkey) },
  });
  const { ip, userAgent, language, nowMs: atMs } = visit;
  const from = { ip, userAgent, language };
  const { authUrl } = parts.settings;
  parts.tellByMail(keyLetter('passkey_removed', { email, label, authUrl, atMs, from }));
}
