// The port for things that happen once, or a few times: used markers, one-time codes, budgets. Keys are hashes or random ids, never
// secrets in clear.
import type { MaybePromise } from './maybe-promise.ts';

/** Every method throws (or rejects with) BouncerError `store_unavailable` when the store cannot be read or written. */
export interface OnceStore {
  /** Sets a marker; true for exactly one caller until it expires, across processes. */
  mark(key: string, expiresAtMs: number, nowMs: number): MaybePromise<boolean>;
  /** Whether a marker or code stands under this key and has not expired. */
  has(key: string, nowMs: number): MaybePromise<boolean>;
  /** Keeps a value under a fresh key for one {@link take}. */
  put(key: string, value: string, expiresAtMs: number): MaybePromise<void>;
  /** The value, left where it is; `null` when there is none or it expired. */
  look(key: string, nowMs: number): MaybePromise<string | null>;
  /** Removes and returns the value, to exactly one caller; `null` when there is none or it expired. */
  take(key: string, nowMs: number): MaybePromise<string | null>;
  /**
   * Takes one from a budget that begins with its first use and begins anew once it expired; true for at most `limit` callers until
   * then, across processes. The key is a budget's alone.
   */
  spend(key: string, limit: number, expiresAtMs: number, nowMs: number): MaybePromise<boolean>;
  /** Forgets what expired; returns how many. */
  removeExpired(nowMs: number): MaybePromise<number>;
}
