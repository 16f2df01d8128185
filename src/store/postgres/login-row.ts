// A login as a row of PostgreSQL, both ways.
import type { Identity } from '../../rules/model/facts.ts';
import type { StoredLogin } from '../session-store.ts';
import type { Row } from './postgres-database.ts';
import { storeFailure } from './postgres-failure.ts';

/** Named one by one: a prepared `SELECT *` fails when another version adds a column. In the order of {@link valuesOf}. */
export const columns = [
  'id',
  'idp',
  'sub',
  'email',
  'provider_sid',
  'identity',
  'secrets',
  'is_refreshable',
  'revision',
  'created_at',
  'expires_at',
  'last_seen',
  'checked_at',
  'must_ask_person',
  'provider_digest',
] as const;

export function valuesOf(login: StoredLogin): readonly (string | number | boolean | null)[] {
  const { identity } = login;
  return [
    login.id,
    identity.idp,
    identity.sub,
    identity.email,
    login.providerSid,
    JSON.stringify(identity),
    login.secrets,
    login.isRefreshable,
    login.revision,
    login.createdAtMs,
    login.expiresAtMs,
    login.lastSeenMs,
    login.checkedAtMs,
    login.mustAskPerson,
    login.providerDigest,
  ];
}

function readIdentity(text: unknown): Identity {
  try {
    // Only this store writes the column.
    return JSON.parse(String(text)) as Identity;
  } catch (error) {
    throw storeFailure('a login in the session store cannot be read', error);
  }
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

export function readLogin(row: Row): StoredLogin {
  return {
    id: String(row['id']),
    identity: readIdentity(row['identity']),
    providerSid: textOrNull(row['provider_sid']),
    secrets: textOrNull(row['secrets']),
    isRefreshable: row['is_refreshable'] === true,
    mustAskPerson: row['must_ask_person'] === true,
    providerDigest: textOrNull(row['provider_digest']),
    revision: Number(row['revision']),
    createdAtMs: Number(row['created_at']),
    expiresAtMs: Number(row['expires_at']),
    lastSeenMs: Number(row['last_seen']),
    checkedAtMs: Number(row['checked_at']),
  };
}

export function hostsOf(row: Row): readonly string[] {
  return Array.isArray(row['hosts']) ? row['hosts'].map(String).sort() : [];
}
