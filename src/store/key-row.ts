// A signing key as a row of either store: their tables have the same columns.
import type { StoredKey } from './key-store.ts';
import { numberOrNull, type Row } from './row.ts';

/** In the order of {@link keyValues}. */
export const keyColumns = 'kid, algorithm, private_jwk, created_at, signs_from, retired_at';

export function keyValues(key: StoredKey): readonly (string | number | null)[] {
  return [key.kid, key.algorithm, key.privateJwk, key.createdAtMs, key.signsFromMs, key.retiredAtMs];
}

export function toKey(row: Row): StoredKey {
  return {
    kid: String(row['kid']),
    algorithm: String(row['algorithm']),
    privateJwk: String(row['private_jwk']),
    createdAtMs: Number(row['created_at']),
    signsFromMs: Number(row['signs_from']),
    retiredAtMs: numberOrNull(row['retired_at']),
  };
}
