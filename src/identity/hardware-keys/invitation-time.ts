// How long an invitation to enrol a hardware key or a passkey is good, and taking back those that are out. The store keeps nothing of an
// invitation before it was used; of what was taken back it keeps an address and a time, for as long as it matters.
import { isAhead } from '../../rules/model/time-ahead.ts';
import type { OnceStore } from '../../store/once-store.ts';
import { hashToken } from '../opaque-token.ts';

/** How long an invitation is good, milliseconds. */
export const invitationTimeMs = 86_400_000;

/** What an invitation is to. */
export type InvitedTo = 'hardware-key' | 'passkey';

/** An invitation as far as its time goes. */
interface Timed {
  /** Lower case. */
  readonly email: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

function keyOf(to: InvitedTo, email: string): string {
  return `invitations-taken-back:${to}:${hashToken(email)}`;
}

/**
 * Ends all invitations of an address that were made until now.
 *
 * @param email lower case
 * @throws BouncerError `store_unavailable`
 */
export async function takeBackInvitations(
  once: OnceStore,
  to: InvitedTo,
  email: string,
  nowMs: number,
): Promise<void> {
  // The mark ends when the last of them would have; a later one takes the place of an earlier one, whatever time it is.
  const endsAtMs = nowMs + invitationTimeMs;
  await once.mark(keyOf(to, email), endsAtMs, endsAtMs);
}

/**
 * Whether an invitation has had its time, was made by a clock that ran ahead, or was taken back. Whether it was used is asked
 * elsewhere.
 *
 * @throws BouncerError `store_unavailable`
 */
export async function isInvitationOver(
  once: OnceStore,
  to: InvitedTo,
  { email, expiresAtMs }: Timed,
  nowMs: number,
): Promise<boolean> {
  if (expiresAtMs <= nowMs || isAhead(expiresAtMs - invitationTimeMs, nowMs)) return true;
  // The mark of a taking back at the moment of the invitation, or after it, ends no earlier than the invitation does.
  return once.has(keyOf(to, email), expiresAtMs - 1);
}
