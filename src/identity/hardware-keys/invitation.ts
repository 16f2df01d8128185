// Invitations to enrol a first hardware key: sealed, for one address, for a day, for one use. The store keeps nothing of one until it
// was used.
import { isRecord } from '../../source/is-record.ts';
import { createId } from '../opaque-token.ts';
import type { Sealer } from '../sealer.ts';
import { invitationTimeMs } from './invitation-time.ts';

export interface Invitation {
  readonly id: string;
  /** The verified address of whoever may use it, lower case. */
  readonly email: string;
  readonly expiresAtMs: number;
}

/** @returns the text that goes into the address */
export function makeInvitation(sealer: Sealer, email: string, nowMs: number): string {
  const invitation: Invitation = { id: createId(), email, expiresAtMs: nowMs + invitationTimeMs };
  return sealer.seal('hardware-key-invitation', invitation);
}

/** @returns `null` for what was not made here; whether it is over or used is the caller's to judge */
export function openInvitation(sealer: Sealer, text: string): Invitation | null {
  const value = sealer.open('hardware-key-invitation', text);
  if (!isRecord(value)) return null;
  const { id, email, expiresAtMs } = value;
  return typeof id === 'string' && typeof email === 'string' && typeof expiresAtMs === 'number'
    ? { id, email, expiresAtMs }
    : null;
}

/** What marks it as used. */
export function invitationMarker({ id }: Invitation): string {
  return `hardware-key-invitation:${id}`;
}
