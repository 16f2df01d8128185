// Hardware keys as the rows of both stores tell them: their tables have the same columns.
import type { StoredHardwareKey } from './hardware-key-store.ts';

type Row = Readonly<Record<string, unknown>>;

/** In the order of {@link hardwareKeyValues}. */
export const hardwareKeyColumns = [
  'id',
  'idp',
  'sub',
  'email',
  'label',
  'public_key',
  'sign_count',
  'aaguid',
  'attested_by',
  'transports',
  'rp_id',
  'created_at',
  'last_used',
] as const;

export function hardwareKeyValues(key: StoredHardwareKey): readonly (string | number | null)[] {
  return [
    key.id,
    key.idp,
    key.sub,
    key.email,
    key.label,
    key.publicKey,
    key.signCount,
    key.aaguid,
    key.attestedBy,
    JSON.stringify(key.transports),
    key.rpId,
    key.createdAtMs,
    key.lastUsedMs,
  ];
}

const textOrNull = (value: unknown): string | null => (value === null ? null : String(value));

/** A row of `hardware_key`, whichever store it stands in. */
export function toHardwareKey(row: Row): StoredHardwareKey {
  return {
    id: String(row['id']),
    idp: String(row['idp']),
    sub: String(row['sub']),
    email: textOrNull(row['email']),
    label: String(row['label']),
    publicKey: String(row['public_key']),
    signCount: Number(row['sign_count']),
    aaguid: String(row['aaguid']),
    attestedBy: textOrNull(row['attested_by']),
    // Only the stores write this column.
    transports: JSON.parse(String(row['transports'])) as readonly string[],
    rpId: textOrNull(row['rp_id']),
    createdAtMs: Number(row['created_at']),
    lastUsedMs: row['last_used'] === null ? null : Number(row['last_used']),
  };
}
