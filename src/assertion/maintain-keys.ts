// What is done to the keys in the store as time goes by, and reading them back with checks. Run by every process that shares
// the store, in any order: each step is right whatever the others did in between.
import { BouncerError } from '../bouncer-error.ts';
import type { KeyStore, StoredKey } from '../store/key-store.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import {
  earliestSigningAt,
  expiredKeysAt,
  inSigningOrder,
  nextKeyDueAt,
  type ScheduledKey,
} from './key-schedule.ts';
import { createPrivateJwk, importSigningKey, type SigningKey } from './signing-key.ts';

/** A key of the store that passed its checks. */
export interface LoadedKey extends ScheduledKey {
  readonly signing: SigningKey;
}

/**
 * Reads the keys, makes the next one when it is due (and the first one when there is none), notes which ones stopped signing and
 * removes those that nothing valid is signed with.
 *
 * @param work.lifetimeMs the longest lifetime of assertions that may be about
 * @returns the keys that are left, in signing order, at least one
 * @throws BouncerError `store_unavailable`
 */
export async function maintainKeys(work: {
  readonly keyStore: KeyStore;
  readonly telemetry: Telemetry;
  readonly lifetimeMs: number;
  readonly nowMs: number;
}): Promise<readonly LoadedKey[]> {
  const { keyStore, telemetry, lifetimeMs, nowMs } = work;
  let stored = await keyStore.listKeys();
  const dueAtMs = nextKeyDueAt(stored, nowMs);
  if (dueAtMs !== null) {
    const key = await addNewKey(keyStore, dueAtMs, nowMs);
    telemetry.event('key_created', { kid: key.kid, signs_from: new Date(dueAtMs).toISOString() });
    if (dueAtMs <= nowMs) await queueBehindOthers(key, keyStore, nowMs);
    stored = await keyStore.listKeys();
  }
  await noteRetired(stored, work);
  const expired = new Set(expiredKeysAt(stored, lifetimeMs, nowMs));
  for (const key of expired) {
    if (await keyStore.removeKey(key.kid))
      telemetry.event('key_retired', { kid: key.kid, is_published: false });
  }
  return inSigningOrder(stored.filter((key) => !expired.has(key)).map(loadKey));
}

/** Makes a key and puts it into the store. */
export async function addNewKey(keyStore: KeyStore, signsFromMs: number, nowMs: number): Promise<StoredKey> {
  const privateJwk = createPrivateJwk();
  const signing = importSigningKey(privateJwk);
  if ('problem' in signing)
    throw new BouncerError('internal', `a new signing key is unfit: ${signing.problem}`);
  const key: StoredKey = {
    kid: signing.kid,
    algorithm: 'ES256',
    privateJwk,
    createdAtMs: nowMs,
    signsFromMs,
    retiredAtMs: null,
  };
  if (!(await keyStore.addKey(key)))
    throw new BouncerError('internal', 'a new signing key has the id of another one');
  return key;
}

/** Two processes that start on an empty store each make a first key: who sees the other's lets it sign, and waits as the next. */
async function queueBehindOthers(key: StoredKey, keyStore: KeyStore, nowMs: number): Promise<void> {
  const others = (await keyStore.listKeys()).filter((other) => other.kid !== key.kid);
  if (!others.some((other) => other.signsFromMs <= nowMs)) return;
  await keyStore.updateKey(key.kid, { signsFromMs: earliestSigningAt(nowMs) });
}

/** Notes in the store, and says once, which keys signed their last: for people, since the schedule itself does not need it. */
async function noteRetired(
  stored: readonly StoredKey[],
  work: { readonly keyStore: KeyStore; readonly telemetry: Telemetry; readonly nowMs: number },
): Promise<void> {
  const ordered = inSigningOrder(stored);
  for (const [index, key] of ordered.entries()) {
    const successor = ordered[index + 1];
    if (successor === undefined || successor.signsFromMs > work.nowMs || key.retiredAtMs !== null) continue;
    if (await work.keyStore.updateKey(key.kid, { retiredAtMs: successor.signsFromMs }))
      work.telemetry.event('key_retired', { kid: key.kid, is_published: true });
  }
}

function loadKey(stored: StoredKey): LoadedKey {
  const signing =
    stored.algorithm === 'ES256' ? importSigningKey(stored.privateJwk) : { problem: 'it is not for ES256' };
  const problem = 'problem' in signing ? signing.problem : null;
  if ('problem' in signing || signing.kid !== stored.kid) {
    throw new BouncerError(
      'store_unavailable',
      `the signing key \`${stored.kid}\` in the store is damaged: ${problem ?? 'its id is not its thumbprint'}`,
      { hint: 'restore the data folder from a backup, or remove the key from the store' },
    );
  }
  return { kid: stored.kid, signsFromMs: stored.signsFromMs, signing };
}
