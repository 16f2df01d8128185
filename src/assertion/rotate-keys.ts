// What `bouncer signing-key` does, through the store alone: a running bouncer sees the change within a minute, a stopped one at its start.
import type { TokenDialect } from '../http/dialects.ts';
import type { KeyStore } from '../store/key-store.ts';
import type { SecretStore } from '../store/secret-store.ts';
import { dialectAlgorithms } from './dialect-key.ts';
import { listDialectKeys, rotateDialectKeys } from './dialect-keys.ts';
import { earliestSigningAt, inSigningOrder, type ScheduledKey, signingKeyAt } from './key-schedule.ts';
import { addNewKey } from './maintain-keys.ts';

/** A key without its secret. */
export interface KeyListing {
  readonly kid: string;
  /** What it signs: assertions, or the JWTs in the words of another access proxy. */
  readonly signs: 'assertions' | TokenDialect;
  readonly algorithm: string;
  /** `next`: published, signs later. `signing`: signs now. `retired`: stays published until nothing it signed is valid. */
  readonly state: 'next' | 'signing' | 'retired';
  readonly createdAtMs: number;
  readonly signsFromMs: number;
  /** When it stopped signing; `null` before. */
  readonly retiredAtMs: number | null;
}

/** Where keys are kept. */
export interface KeyStores {
  readonly keys: KeyStore;
  readonly secrets: SecretStore;
}

type UnlistedKey = ScheduledKey & { readonly algorithm: string; readonly createdAtMs: number };

const tokenDialects = Object.keys(dialectAlgorithms) as readonly TokenDialect[];

/**
 * The keys of assertions in the store in signing order, oldest first.
 *
 * @param nowMs the time that says which one signs, milliseconds since the epoch
 * @throws BouncerError `store_unavailable`
 */
export async function listKeys(keyStore: KeyStore, nowMs: number): Promise<readonly KeyListing[]> {
  return toListings(await keyStore.listKeys(), 'assertions', nowMs);
}

/** What was done with the keys of assertions and of every dialect, and what kept it from being done with all of them. */
export interface EveryKey {
  readonly keys: readonly KeyListing[];
  /** Of one dialect each: damaged keys of one keep nobody from those of the others. */
  readonly failures: readonly unknown[];
}

/** As {@link listKeys}, and then those of each dialect that an application speaks. @throws BouncerError `store_unavailable` */
export async function listEveryKey({ keys, secrets }: KeyStores, nowMs: number): Promise<EveryKey> {
  return withDialects(await listKeys(keys, nowMs), async (dialect) => {
    const algorithm = dialectAlgorithms[dialect];
    const found = await listDialectKeys(secrets, dialect);
    return toListings(
      found.map((key) => ({ ...key, algorithm })),
      dialect,
      nowMs,
    );
  });
}

async function withDialects(
  first: readonly KeyListing[],
  ofDialect: (dialect: TokenDialect) => Promise<readonly KeyListing[]>,
): Promise<EveryKey> {
  const done = await Promise.allSettled(tokenDialects.map(ofDialect));
  return {
    keys: [...first, ...done.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))],
    failures: done.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])),
  };
}

function toListings(
  keys: readonly UnlistedKey[],
  signs: KeyListing['signs'],
  nowMs: number,
): readonly KeyListing[] {
  const ordered = inSigningOrder(keys);
  const signing = signingKeyAt(ordered, nowMs);
  const signingAt = signing === undefined ? -1 : ordered.indexOf(signing);
  return ordered.map(({ kid, algorithm, createdAtMs, signsFromMs }, index) => ({
    ...{ kid, signs, algorithm },
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
  const signsFromMs = stored.length === 0 ? nowMs : earliestSigningAt(nowMs);
  return takingOver(waiting ?? (await addNewKey(keyStore, signsFromMs, nowMs)), 'assertions', nowMs);
}

/**
 * As {@link rotateKeys}, and the same for each dialect that an application speaks.
 *
 * @returns the keys that take over, that of assertions first
 * @throws BouncerError `store_unavailable` when not even that of assertions was rotated
 */
export async function rotateEveryKey({ keys, secrets }: KeyStores, nowMs: number): Promise<EveryKey> {
  return withDialects([await rotateKeys(keys, nowMs)], async (dialect) => {
    const key = await rotateDialectKeys(secrets, dialect, nowMs);
    if (key === null) return [];
    return [takingOver({ ...key, algorithm: dialectAlgorithms[dialect] }, dialect, nowMs)];
  });
}

function takingOver(
  { kid, algorithm, createdAtMs, signsFromMs }: UnlistedKey,
  signs: KeyListing['signs'],
  nowMs: number,
): KeyListing {
  const state = signsFromMs <= nowMs ? 'signing' : 'next';
  return { kid, signs, algorithm, state, createdAtMs, signsFromMs, retiredAtMs: null };
}
