// The keys of a dialect's JWTs in the store, apart from the keys that sign assertions and on the same schedule. All of a dialect are one
// secret that every process may exchange for the next one: each step is right whatever the others did in between.
import type { webcrypto } from 'node:crypto';
import { BouncerError } from '../bouncer-error.ts';
import type { TokenDialect } from '../http/dialects.ts';
import { isRecord, parseRecord } from '../source/is-record.ts';
import type { SecretStore } from '../store/secret-store.ts';
import { type DialectKey, importDialectKey, makeDialectJwk } from './dialect-key.ts';
import {
  earliestSigningAt,
  expiredKeysAt,
  inSigningOrder,
  nextKeyDueAt,
  type ScheduledKey,
} from './key-schedule.ts';

/** A key of the store that passed its checks. */
export interface ScheduledDialectKey extends ScheduledKey, DialectKey {}

/** As the store has it. */
interface StoredDialectKey extends ScheduledKey {
  readonly jwk: webcrypto.JsonWebKey;
  readonly key: DialectKey;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
}

/** How often a process tries again that lost to another one. */
const mostTries = 20;

const secretName = (dialect: TokenDialect): string => `dialect-${dialect}`;

/**
 * Reads the keys of a dialect, makes the next one when it is due (and the first one when there is none) and removes those that nothing
 * valid is signed with.
 *
 * @param lifetimeMs the longest lifetime of its JWTs that may be about
 * @returns the keys that are left, at least one
 * @throws BouncerError `store_unavailable`
 */
export async function maintainDialectKeys(
  secrets: SecretStore,
  dialect: TokenDialect,
  lifetimeMs: number,
  nowMs: number,
): Promise<readonly ScheduledDialectKey[]> {
  const keys = await exchangeKeys(secrets, dialect, async (stored) => {
    const expired = expiredKeysAt(stored, lifetimeMs, nowMs);
    const dueAtMs = nextKeyDueAt(stored, nowMs);
    if (dueAtMs === null && expired.length === 0) return null;
    const kept = stored.filter((key) => !expired.includes(key));
    return dueAtMs === null ? kept : [...kept, await makeKey(dialect, dueAtMs, nowMs)];
  });
  return keys.map(({ key, signsFromMs }) => ({ ...key, signsFromMs }));
}

/** A dialect's key without its secret. */
export interface DialectKeyListing extends ScheduledKey {
  readonly createdAtMs: number;
}

/** The keys that a dialect has, none while no application speaks it. @throws BouncerError `store_unavailable` */
export async function listDialectKeys(
  secrets: SecretStore,
  dialect: TokenDialect,
): Promise<readonly DialectKeyListing[]> {
  const stored = await secrets.findSecret(secretName(dialect));
  return stored === null ? [] : parseKeys(stored, dialect).map(listing);
}

/**
 * Starts a rotation as `rotateKeys` does for assertions; a key that waits already to sign is the one.
 *
 * @returns the key that takes over; `null` where the dialect has no key, as no application speaks it
 * @throws BouncerError `store_unavailable`
 */
export async function rotateDialectKeys(
  secrets: SecretStore,
  dialect: TokenDialect,
  nowMs: number,
): Promise<DialectKeyListing | null> {
  if ((await secrets.findSecret(secretName(dialect))) === null) return null;
  const isWaiting = ({ signsFromMs }: ScheduledKey): boolean => signsFromMs > nowMs;
  const keys = await exchangeKeys(secrets, dialect, async (stored) =>
    stored.some(isWaiting) ? null : [...stored, await makeKey(dialect, earliestSigningAt(nowMs), nowMs)],
  );
  const next = inSigningOrder(keys).find(isWaiting);
  return next === undefined ? null : listing(next);
}

function listing({ kid, signsFromMs, createdAtMs }: StoredDialectKey): DialectKeyListing {
  return { kid, signsFromMs, createdAtMs };
}

/** @param change the keys as they are to be; `null`: as they are */
async function exchangeKeys(
  secrets: SecretStore,
  dialect: TokenDialect,
  change: (stored: readonly StoredDialectKey[]) => Promise<readonly StoredDialectKey[] | null>,
): Promise<readonly StoredDialectKey[]> {
  const name = secretName(dialect);
  for (let tries = 0; tries < mostTries; tries++) {
    const secret = await secrets.findSecret(name);
    const stored = secret === null ? [] : parseKeys(secret, dialect);
    const next = await change(stored);
    if (next === null) return stored;
    const bytes = toSecret(next);
    const isDone =
      secret === null
        ? await secrets.addSecret(name, bytes)
        : await secrets.replaceSecret(name, secret, bytes);
    if (isDone) return next;
  }
  throw new BouncerError(
    'store_unavailable',
    `the keys of \`${dialect}\` in the store are changed by others all the time`,
  );
}

async function makeKey(dialect: TokenDialect, signsFromMs: number, nowMs: number): Promise<StoredDialectKey> {
  const jwk = await makeDialectJwk(dialect);
  const key = importDialectKey(jwk, dialect);
  if (key === null) throw new BouncerError('internal', `a new key of \`${dialect}\` is unfit`);
  return { jwk, key, kid: key.kid, signsFromMs, createdAtMs: nowMs };
}

function toSecret(keys: readonly StoredDialectKey[]): Uint8Array {
  const rows = keys.map(({ jwk, signsFromMs, createdAtMs }) => ({ jwk, signsFromMs, createdAtMs }));
  return Buffer.from(JSON.stringify({ keys: rows }));
}

/** @throws BouncerError `store_unavailable` */
function parseKeys(secret: Uint8Array, dialect: TokenDialect): readonly StoredDialectKey[] {
  const value = parseRecord(Buffer.from(secret).toString('utf8'));
  // Before keys rotated the secret was the one key, which had signed from the start.
  const single = [{ jwk: value, signsFromMs: 0, createdAtMs: 0 }];
  const rows: readonly unknown[] = Array.isArray(value?.['keys']) ? value['keys'] : single;
  const keys = rows.map((row) => parseKey(row, dialect)).filter((key) => key !== null);
  if (keys.length !== rows.length || keys.length === 0)
    throw new BouncerError('store_unavailable', `the keys of \`${dialect}\` in the store are damaged`, {
      hint: 'restore the store from a backup',
    });
  return keys;
}

function parseKey(row: unknown, dialect: TokenDialect): StoredDialectKey | null {
  if (!isRecord(row) || !isRecord(row['jwk'])) return null;
  const { jwk, signsFromMs, createdAtMs } = row;
  if (typeof signsFromMs !== 'number' || typeof createdAtMs !== 'number') return null;
  const key = importDialectKey(jwk, dialect);
  return key === null ? null : { jwk, key, kid: key.kid, signsFromMs, createdAtMs };
}
