// What an operator did about somebody's keys and passkeys from the command line, as it is kept in the store until a running process tells
// of it.
import { parseRecord } from '../../source/is-record.ts';
import type { StoredHardwareKey } from '../../store/hardware-key-store.ts';
import type { StoredPasskey } from '../../store/passkey-store.ts';

interface KeyRemoved {
  readonly kind: 'hardware_key_removed';
  readonly sub: string;
  readonly email: string | null;
  /** The key's id in the log. */
  readonly key: string;
  readonly label: string;
  readonly aaguid: string;
  readonly isAttested: boolean;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

interface PasskeyRemoved {
  readonly kind: 'passkey_removed';
  readonly email: string;
  readonly key: string;
  readonly label: string;
  readonly atMs: number;
}

export type OperatorAct = KeyRemoved | PasskeyRemoved;

/** The id of a key or passkey in the log. */
export function keyLogId({ id }: { readonly id: string }): string {
  return id.slice(0, 12);
}

/** @returns its text for the store */
export function keyRemovedAct(key: StoredHardwareKey, atMs: number): string {
  const { sub, email, label, aaguid } = key;
  const act: KeyRemoved = {
    kind: 'hardware_key_removed',
    ...{ sub, email, label, aaguid, atMs },
    key: keyLogId(key),
    isAttested: key.attestedBy !== null,
  };
  return JSON.stringify(act);
}

/** @returns its text for the store */
export function passkeyRemovedAct(passkey: StoredPasskey, atMs: number): string {
  const { email, label } = passkey;
  const act: PasskeyRemoved = { kind: 'passkey_removed', email, label, atMs, key: keyLogId(passkey) };
  return JSON.stringify(act);
}

/** @returns `null` for what another version of bouncer wrote and this one does not know */
export function parseAct(text: string): OperatorAct | null {
  const value = parseRecord(text);
  if (value === null) return null;
  const { kind, email, key, label, atMs } = value;
  if (typeof key !== 'string' || typeof label !== 'string' || typeof atMs !== 'number') return null;
  if (email !== null && typeof email !== 'string') return null;
  if (kind === 'passkey_removed') return email === null ? null : { kind, email, key, label, atMs };
  const { sub, aaguid, isAttested } = value;
  return kind === 'hardware_key_removed' &&
    typeof sub === 'string' &&
    typeof aaguid === 'string' &&
    typeof isAttested === 'boolean'
    ? { kind, sub, email, key, label, aaguid, isAttested, atMs }
    : null;
}
