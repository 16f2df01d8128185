// What `bouncer signing-key` does, through the store alone: a running bouncer sees the change within seconds, a stopped one at its start.
import type { KeyStore } from '../store/key-store.ts';
import { earliestSigningAt, inSigningOrder, signingKeyAt } from './key-schedule.ts';
import { addNewKey } from './maintain-keys.ts';

/** A key without its secret. */
export interface KeyListing {
  readonly kid: string;
  readonly algorithm: string;
  /** `next`: published, signs later. `signing`: signs now. `retired`: stays published until nothing it signed is valid. */
  readonly state: 'next' | 'signing' | 'retired';
  readonly createdAtMs: number;
  readonly signsFromMs: number;
  /** When it stopped signing; `null` before. */
  readonly retiredAtMs: number | null;
}

/**
 * The keys in the store in signing order, oldest first.
 *
 * @param nowMs the time that says which one signs, milliseconds since the epoch
 * @throws BouncerError `store_unavailable`
 */
export async function listKeys(keyStore: KeyStore, nowMs: number): Promise<readonly KeyListing[]> {
  const ordered = inSigningOrder(await keyStore.listKeys());
  const signing = signingKeyAt(ordered, nowMs);
  const signingAt = signing === undefined ? -1 : ordered.indexOf(signing);
  return ordered.map(({ kid, algorithm, createdAtMs, signsFromMs }, index) => ({
    kid,
    algorithm,
    state: index === signingAt ? 'signing' : index < signingAt ? 'retired' : 'next',
    createdAtMs,
    signsFromMs,
    retiredAtMs: index < signingAt ? (ordered[index + 1]?.signsFromMs ?? null) : null,
  }));
}

/**
 * Starts a rotation: a new key is published now and signs in about an hour, when every application has had the time to read it.
 * When a key is waiting already to sign, that is the one: asking twice makes one key. With an empty store the key signs at once.
 *
 * @returns the key that takes over
 * @throws BouncerError `store_unavailable`
 */
export async function rotateKeys(keyStore: KeyStore, nowMs: number): Promise<KeyListing> {
  const stored = await keyStore.listKeys();
  const waiting = inSigningOrder(stored).find((key) => key.signsFromMs > nowMs);
  const key =
    waiting ?? (await addNewKey(keyStore, stored.length === 0 ? nowMs : earliestSigningAt(nowMs), nowMs));
  const { kid, algorithm, createdAtMs, signsFromMs } = key;
  const state = signsFromMs <= nowMs ? 'signing' : 'next';
  return { kid, algorithm, state, createdAtMs, signsFromMs, retiredAtMs: null };
}
