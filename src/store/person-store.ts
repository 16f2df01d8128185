// The port for people who may not log in, by their address. Whoever is blocked has no login, whichever way one came about.
import type { MaybePromise } from './maybe-promise.ts';

export interface BlockedPerson {
  /** Lower case. */
  readonly email: string;
  /** Milliseconds since the epoch. */
  readonly blockedAtMs: number;
}

/** Every method throws (or rejects with) BouncerError `store_unavailable` when the store cannot be read or written. */
export interface PersonStore {
  /**
   * Blocks an address and ends all logins that have it. Every process forgets what it remembers of logins, so that one that was
   * being made in that moment is found to be blocked, too.
   *
   * @param email lower case
   * @returns the ids of the logins that ended
   */
  block(email: string, nowMs: number): MaybePromise<readonly string[]>;
  /** False when it was not blocked. */
  unblock(email: string): MaybePromise<boolean>;
  isBlocked(email: string): MaybePromise<boolean>;
  /** By address. */
  listBlocked(): MaybePromise<readonly BlockedPerson[]>;
}
