// The port for passkeys that invited people log in with (W3C Web Authentication Level 3, section 4). Nothing here judges whether one may
// be used. A passkey is another thing than a hardware key: it may be copied to all devices of its owner.
import type { MaybePromise } from './maybe-promise.ts';

/** One passkey. Times in milliseconds since the epoch. */
export interface StoredPasskey {
  /** The credential's id, base64url; unique over all people. */
  readonly id: string;
  /** The address that its owner was invited by, lower case: who they are. */
  readonly email: string;
  /** What its owner calls it. */
  readonly label: string;
  /** COSE (RFC 9052), base64url. */
  readonly publicKey: string;
  /** The counter of its last use, which only goes up; 0 for those that do not count. */
  readonly signCount: number;
  /** Whether it said at the enrolment that it may be copied. */
  readonly isBackupEligible: boolean;
  /** For an operator, when nothing else lets anybody in. */
  readonly isBreakGlass: boolean;
  /** The host that it was enrolled for (its relying party id), the only one it answers for; `null`: enrolled before this was kept. */
  readonly rpId: string | null;
  readonly createdAtMs: number;
  /** `null`: it has no end. */
  readonly expiresAtMs: number | null;
  /** `null`: not used yet. */
  readonly lastUsedMs: number | null;
}

/** Every method throws (or rejects with) BouncerError `store_unavailable` when the store cannot be read or written. */
export interface PasskeyStore {
  /** Adds a passkey; false when there is one of this id. */
  addPasskey(passkey: StoredPasskey): MaybePromise<boolean>;
  findPasskey(id: string): MaybePromise<StoredPasskey | null>;
  /**
   * Writes a use. False when the passkey is gone, or its counter did not go up since; 0 before and now says nothing.
   *
   * @param signCount `null`: it says nothing, and what is stored stays
   */
  recordPasskeyUse(id: string, signCount: number | null, usedAtMs: number): MaybePromise<boolean>;
  /** False when it was gone. */
  removePasskey(id: string): MaybePromise<boolean>;
  /** All, or those of one address; by address and then oldest first. */
  listPasskeys(email?: string): MaybePromise<readonly StoredPasskey[]>;
}
