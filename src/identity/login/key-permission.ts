// Whether a person may enrol a hardware key now. A login that somebody stole must not be enough: it is fresh, and either somebody
// outside of it let them in, or a key that they have already answered just now.
import type { HardwareKeySettings } from '../../settings/settings.ts';
import type { StoredHardwareKey } from '../../store/hardware-key-store.ts';
import { invitationMarker, openInvitation } from '../hardware-keys/invitation.ts';
import { isInvitationOver } from '../hardware-keys/invitation-time.ts';
import type { Session } from '../sessions/session.ts';
import { isFresh, isFreshLogin } from './fresh-login.ts';
import type { LoginContext } from './login-context.ts';

/** More than anybody has. */
export const mostKeys = 10;

export type KeyPermission =
  | 'granted'
  /** The person logs in again first. */
  | 'login-too-old'
  /** One of their keys has to answer first. */
  | 'use-a-key-first'
  | 'too-many-keys'
  /** They have no key and nobody let them enrol one. */
  | 'not-invited'
  | 'invitation-over'
  | 'invitation-of-another';

export function hasFreshKey({ identity: { ownKey } }: Session, nowMs: number): boolean {
  return ownKey !== undefined && isFresh(ownKey.usedAtMs, nowMs);
}

/**
 * @param keys those that the person has @param invitation sealed, untrusted; `null`: none
 * @throws BouncerError `store_unavailable`
 */
export async function judgeEnrolment(
  parts: LoginContext,
  session: Session,
  settings: HardwareKeySettings,
  { keys, invitation }: { readonly keys: readonly StoredHardwareKey[]; readonly invitation: string | null },
): Promise<KeyPermission> {
  const nowMs = parts.store.now();
  if (keys.length >= mostKeys) return 'too-many-keys';
  if (keys.length === 0) {
    const admission = await judgeAdmission(parts, session, settings, invitation);
    if (admission !== 'granted') return admission;
  }
  if (!isFreshLogin(session, nowMs)) return 'login-too-old';
  return keys.length === 0 || hasFreshKey(session, nowMs) ? 'granted' : 'use-a-key-first';
}

async function judgeAdmission(
  { store, sealer }: LoginContext,
  session: Session,
  settings: HardwareKeySettings,
  text: string | null,
): Promise<KeyPermission> {
  const nowMs = store.now();
  if (text !== null) {
    const invitation = openInvitation(sealer, text);
    if (invitation === null || (await isInvitationOver(store.once, 'hardware-key', invitation, nowMs)))
      return 'invitation-over';
    if (invitation.email !== session.identity.email) return 'invitation-of-another';
    return (await store.once.has(invitationMarker(invitation), nowMs)) ? 'invitation-over' : 'granted';
  }
  return isOpenToAll(settings, nowMs) ? 'granted' : 'not-invited';
}

/** Whether everybody may enrol a first key now. */
export function isOpenToAll({ enrolment, enrolmentUntilMs }: HardwareKeySettings, nowMs: number): boolean {
  return enrolment === 'first_login' && enrolmentUntilMs !== null && nowMs < enrolmentUntilMs;
}
