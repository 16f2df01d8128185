// The port for the hardware keys that people enrolled with bouncer: WebAuthn credential records (W3C Web Authentication Level 3,
// section 4). Nothing here judges whether a key may be used.
import type { MaybePromise } from './maybe-promise.ts';

/** One enrolled key. Times in milliseconds since the epoch. */
export interface StoredHardwareKey {
  /** The credential's id, base64url; unique over all people. */
  readonly id: string;
  /** Whose it is: an identity provider's id, and what the person is there. */
  readonly idp: string;
  readonly sub: string;
  /** Their verified address at the enrolment, for operators and for mail; `null`: there was none. */
  readonly email: string | null;
  /** What its owner calls it. */
  readonly label: string;
  /** The public key as the authenticator gave it (COSE, RFC 9052), base64url. */
  readonly publicKey: string;
  /** The counter of its last use, which only goes up; 0 for keys that do not count. */
  readonly signCount: number;
  /** Its make by its own word, lower case. */
  readonly aaguid: string;
  /** The SHA-256, hex, of the root certificate that its attestation led to; `null`: its make is not proven. */
  readonly attestedBy: string | null;
  /** How it is reached, by the browser's word: a hint for the next time. */
  readonly transports: readonly string[];
  /** The host that it was enrolled for (its relying party id), the only one it answers for; `null`: enrolled before this was kept. */
  readonly rpId: string | null;
  readonly createdAtMs: number;
  /** `null`: not used since it was enrolled. */
  readonly lastUsedMs: number | null;
}

/** Every method throws (or rejects with) BouncerError `store_unavailable` when the store cannot be read or written. */
export interface HardwareKeyStore {
  /** Adds a key; false when there is one of this id, or the person has `limit` keys already. */
  addKey(key: StoredHardwareKey, limit: number): MaybePromise<boolean>;
  findKey(id: string): MaybePromise<StoredHardwareKey | null>;
  /** The keys of one person, oldest first. */
  keysOf(idp: string, sub: string): MaybePromise<readonly StoredHardwareKey[]>;
  /**
   * Writes a use. False when the key is gone, or its counter did not go up since: then it was used elsewhere, or there are two of it.
   * A counter of 0 before and now says nothing.
   */
  recordUse(id: string, signCount: number, usedAtMs: number): MaybePromise<boolean>;
  /** Removes one key of one person; false when it was gone. */
  removeKey(idp: string, sub: string, id: string): MaybePromise<boolean>;
  /** All keys, by address and then oldest first. */
  listKeys(): MaybePromise<readonly StoredHardwareKey[]>;
}
