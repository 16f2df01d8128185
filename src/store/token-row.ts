// Service tokens as the rows of both stores tell them: their tables have the same columns.
import { numberOrNull, type Row, textOrNull } from './row.ts';
import type { FoundToken, ListedToken, StoredSecret, StoredToken } from './token-store.ts';

/** In the order of {@link tokenValues}. */
export const tokenColumns = ['id', 'name', 'applications', 'revision', 'created_at', 'expires_at'] as const;

export function tokenValues(token: StoredToken): readonly (string | number | null)[] {
  const applications = token.applications === null ? null : JSON.stringify(token.applications);
  return [token.id, token.name, applications, token.revision, token.createdAtMs, token.expiresAtMs];
}

/** In the order of {@link secretValues}. */
export const secretColumns = 'hash, token_id, created_at, ends_at';

export function secretValues(tokenId: string, secret: StoredSecret): readonly (string | number | null)[] {
  return [secret.hash, tokenId, secret.createdAtMs, secret.endsAtMs];
}

/** A row of `service_token`, whichever store it stands in. */
function toToken(row: Row): StoredToken {
  const applications = textOrNull(row['applications']);
  return {
    id: String(row['id']),
    name: String(row['name']),
    // Only createToken of a store writes this column.
    applications: applications === null ? null : (JSON.parse(applications) as readonly string[]),
    revision: Number(row['revision']),
    createdAtMs: Number(row['created_at']),
    expiresAtMs: numberOrNull(row['expires_at']),
  };
}

/** From a row that has the secret's end, as `ends_at`, besides. */
export function toFoundToken(row: Row): FoundToken {
  return { token: toToken(row), secretEndsAtMs: numberOrNull(row['ends_at']) };
}

/** A token with its use, from a row whose `secrets` is a JSON list of `[hash, created_at, ends_at]`. */
export function toListedToken(row: Row): ListedToken {
  const secrets = JSON.parse(String(row['secrets'])) as readonly (readonly [string, number, number | null])[];
  return {
    token: toToken(row),
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
