// What an operator did about somebody's keys from the command line, as it is kept in the store until a running process tells of it.
import { isRecord } from '../../source/is-record.ts';
import type { StoredHardwareKey } from '../../store/hardware-key-store.ts';

export interface OperatorAct {
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

/** A key's id in the log. */
export function keyLogId({ id }: Pick<StoredHardwareKey, 'id'>): string {
  return id.slice(0, 12);
}

/** @returns its text for the store */
export function keyRemovedAct(key: StoredHardwareKey, atMs: number): string {
  const act: OperatorAct = {
    kind: 'hardware_key_removed',
    sub: key.sub,
    email: key.email,
    key: keyLogId(key),
    label: key.label,
    aaguid: key.aaguid,
    isAttested: key.attestedBy !== null,
    atMs,
  };
  return JSON.stringify(act);
}

/** @returns `null` for what another version of bouncer wrote and this one does not know */
export function parseAct(text: string): OperatorAct | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const { kind, sub, email, key, label, aaguid, isAttested, atMs } = value;
  return kind === 'hardware_key_removed' &&
    typeof sub === 'string' &&
    (email === null || typeof email === 'string') &&
    typeof key === 'string' &&
    typeof label === 'string' &&
    typeof aaguid === 'string' &&
    typeof isAttested === 'boolean' &&
    typeof atMs === 'number'
    ? { kind, sub, email, key, label, aaguid, isAttested, atMs }
    : null;
}
