// Invitations to enrol a passkey: sealed, for one address, for a day, for one use. Whoever has the link is who it names, so that it is
// worth as much as a password until it was used.
import { isRecord } from '../../source/is-record.ts';
import { invitationTimeMs } from '../hardware-keys/invitation-time.ts';
import type { PasskeyInvitation } from '../identity-provider.ts';
import { createId } from '../opaque-token.ts';
import type { Sealer } from '../sealer.ts';

export type PasskeyWish = Pick<PasskeyInvitation, 'email' | 'endsAtMs' | 'isBreakGlass'>;

/** @returns the text that goes into the address */
export function makePasskeyInvitation(sealer: Sealer, wish: PasskeyWish, nowMs: number): string {
  const invitation: PasskeyInvitation = { ...wish, id: createId(), expiresAtMs: nowMs + invitationTimeMs };
  return sealer.seal('passkey-invitation', invitation);
}

/** @returns `null` for what was not made here; whether it is over or used is the caller's to judge */
export function openPasskeyInvitation(sealer: Sealer, text: string): PasskeyInvitation | null {
  const value = sealer.open('passkey-invitation', text);
  if (!isRecord(value)) return null;
  const { id, email, expiresAtMs, endsAtMs, isBreakGlass } = value;
  return typeof id === 'string' &&
    typeof email === 'string' &&
    typeof expiresAtMs === 'number' &&
    (endsAtMs === null || typeof endsAtMs === 'number') &&
    typeof isBreakGlass === 'boolean'
    ? { id, email, expiresAtMs, endsAtMs, isBreakGlass }
    : null;
}

/** What marks it as used. */
export function passkeyInvitationMarker({ id }: Pick<PasskeyInvitation, 'id'>): string {
  return `passkey-invitation:${id}`;
}
