// A login as a row of either store, both ways: their tables have the same columns. Truth is 1 in SQLite and `true` in PostgreSQL.
import { BouncerError } from '../bouncer-error.ts';
import type { Identity } from '../rules/model/facts.ts';
import { programText, toProgram } from './program-row.ts';
import { numberOrNull, type Row, textOrNull } from './row.ts';
import type {
  FoundLogin,
  ListedProgram,
  LoginChange,
  StoredHostToken,
  StoredLogin,
} from './session-store.ts';
import { shareParts, shareText } from './shared-parts.ts';

export type LoginValue = string | number | boolean | null;

/** Named one by one: a prepared `SELECT *` fails when another version adds a column. In the order of {@link loginValues}. */
export const loginColumns = [
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
  'unanswered_since',
  'ip',
  'user_agent',
  'vouched_at',
] as const;

export function loginValues(login: StoredLogin): readonly LoginValue[] {
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
    login.unansweredSinceMs,
    login.ip,
    login.userAgent,
    login.vouchedAtMs,
  ];
}

/** What a change sets, for the values `?2` to `?10` of {@link changeValues}; `?1` is whose. */
export const changeSets = `identity = ?2, email = ?3, provider_sid = ?4, secrets = ?5, is_refreshable = ?6, checked_at = ?7,
  must_ask_person = ?8, unanswered_since = ?9, vouched_at = coalesce(?10, vouched_at), revision = revision + 1`;

export function changeValues(id: string, to: LoginChange): readonly LoginValue[] {
  return [
    id,
    JSON.stringify(to.identity),
    to.identity.email,
    to.providerSid,
    to.secrets,
    to.isRefreshable,
    to.checkedAtMs,
    to.mustAskPerson,
    to.unansweredSinceMs,
    to.vouchedAtMs ?? null,
  ];
}

/** The end of a condition on the table `login`: not of a person who is blocked. @param schema of PostgreSQL, with its dot */
export function notBlocked(login: string, schema = ''): string {
  return `NOT EXISTS (SELECT 1 FROM ${schema}blocked_person AS b WHERE b.email = ${login}.email)`;
}

/** In the order of {@link hostTokenValues}. */
export const hostTokenColumns = 'hash, login_id, host, created_at, program';

export function hostTokenValues(
  loginId: string,
  token: StoredHostToken,
): readonly (string | number | null)[] {
  return [token.hash, loginId, token.host, token.createdAtMs, programText(token.program)];
}

/** @throws BouncerError `store_unavailable` when somebody else wrote into the row */
export function toLogin(row: Row): StoredLogin {
  return {
    id: String(row['id']),
    identity: toIdentity(row['identity']),
    providerSid: textOrNull(row['provider_sid']),
    secrets: textOrNull(row['secrets']),
    isRefreshable: isTrue(row['is_refreshable']),
    mustAskPerson: isTrue(row['must_ask_person']),
    providerDigest: textOrNull(row['provider_digest']),
    revision: Number(row['revision']),
    createdAtMs: Number(row['created_at']),
    expiresAtMs: Number(row['expires_at']),
    lastSeenMs: Number(row['last_seen']),
    checkedAtMs: Number(row['checked_at']),
    unansweredSinceMs: numberOrNull(row['unanswered_since']),
    ip: textOrNull(row['ip']),
    userAgent: textOrNull(row['user_agent']),
    vouchedAtMs: numberOrNull(row['vouched_at']),
  };
}

/** From a row that has the token's `host`, its `program` and, as `token_ends_at`, its end besides. */
export function toFoundLogin(row: Row): FoundLogin {
  const host = String(row['host']);
  const program = toProgram(row['program']);
  return {
    login: toLogin(row),
    // In place of a host a program's token has its own hash, which is nobody else's.
    host: program === null ? shareText(host) : host,
    tokenEndsAtMs: numberOrNull(row['token_ends_at']),
    program,
  };
}

/** From a row that has the token's `hash`, its `program` and, as `token_created_at`, its beginning besides. */
export function toListedProgram(row: Row): ListedProgram | null {
  const program = toProgram(row['program']);
  const createdAtMs = Number(row['token_created_at']);
  return program === null ? null : { hash: String(row['hash']), program, createdAtMs, login: toLogin(row) };
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1;
}

function toIdentity(text: unknown): Identity {
  try {
    // Only the stores' own writes of a login fill this column.
    return shareParts(JSON.parse(String(text)) as Identity);
  } catch {
    // Without the parser's own words: they quote the text, which is somebody's identity.
    throw new BouncerError('store_unavailable', 'a login in the session store cannot be read', {
      hint: 'its row is damaged: restore the store from a backup, or remove the row',
    });
  }
}
