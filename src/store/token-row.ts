// Service tokens as the rows of both stores tell them: their tables have the same columns.
import type { ListedToken, StoredSecret, StoredToken } from './token-store.ts';

type Row = Readonly<Record<string, unknown>>;

export const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value));
const textOrNull = (value: unknown): string | null => (value === null ? null : String(value));

/** A row of `service_token`, whichever store it stands in. */
export function readToken(row: Row): StoredToken {
  const applications = textOrNull(row['applications']);
  return {
    id: String(row['id']),
    name: String(row['name']),
    // Only createToken of this store or its sibling writes this column.
    applications: applications === null ? null : (JSON.parse(applications) as readonly string[]),
    revision: Number(row['revision']),
    createdAtMs: Number(row['created_at']),
    expiresAtMs: numberOrNull(row['expires_at']),
  };
}

/** A token with its use, from a row whose `secrets` is a JSON list of `[hash, created_at, ends_at]`. */
export function readListed(row: Row): ListedToken {
  const secrets = JSON.parse(String(row['secrets'])) as readonly (readonly [string, number, number | null])[];
  return {
    token: readToken(row),
    use: {
      lastUsedMs: numberOrNull(row['last_used']),
      lastIp: textOrNull(row['last_ip']),
      lastCountry: textOrNull(row['last_country']),
      uses: Number(row['uses']),
    },
    secrets: secrets
      .map(([hash, createdAtMs, endsAtMs]): StoredSecret => ({ hash, createdAtMs, endsAtMs }))
      .sort((a, b) => a.createdAtMs - b.createdAtMs),
  };
}
