// Passkeys as the rows of both stores tell them: their tables have the same columns.
import type { StoredPasskey } from './passkey-store.ts';

type Row = Readonly<Record<string, unknown>>;

/** In the order of {@link passkeyValues}. */
export const passkeyColumns = [
  'id',
  'email',
  'label',
  'public_key',
  'sign_count',
  'is_backup_eligible',
  'is_break_glass',
  'rp_id',
  'created_at',
  'expires_at',
  'last_used',
] as const;

export function passkeyValues(passkey: StoredPasskey): readonly (string | number | null)[] {
  return [
    passkey.id,
    passkey.email,
    passkey.label,
    passkey.publicKey,
    passkey.signCount,
    passkey.isBackupEligible ? 1 : 0,
    passkey.isBreakGlass ? 1 : 0,
    passkey.rpId,
    passkey.createdAtMs,
    passkey.expiresAtMs,
    passkey.lastUsedMs,
  ];
}

const timeOrNull = (value: unknown): number | null => (value === null ? null : Number(value));

/** A row of `passkey`, whichever store it stands in. */
export function parsePasskey(row: Row): StoredPasskey {
  return {
    id: String(row['id']),
    email: String(row['email']),
    label: String(row['label']),
    publicKey: String(row['public_key']),
    signCount: Number(row['sign_count']),
    isBackupEligible: Number(row['is_backup_eligible']) === 1,
    isBreakGlass: Number(row['is_break_glass']) === 1,
    rpId: row['rp_id'] === null ? null : String(row['rp_id']),
    createdAtMs: Number(row['created_at']),
    expiresAtMs: timeOrNull(row['expires_at']),
    lastUsedMs: timeOrNull(row['last_used']),
  };
}
