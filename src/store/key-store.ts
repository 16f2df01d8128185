// The port for signing keys at rest. Their owner alone can read them; nothing here signs or decides when keys rotate.
import type { MaybePromise } from './maybe-promise.ts';

/** A private signing key with the times that rotation needs. Milliseconds since the epoch. */
export interface StoredKey {
  /** The JWKS `kid` (RFC 7517 section 4.5); unique. */
  readonly kid: string;
  /** The JWS algorithm, such as `ES256` (RFC 7518 section 3.1). */
  readonly algorithm: string;
  /** The private JWK as JSON text. A secret: never in a log or an error. */
  readonly privateJwk: string;
  readonly createdAtMs: number;
  /** It is published before, and signs from this moment on. */
  readonly signsFromMs: number;
  /** When it stopped signing; `null` while it may sign. */
  readonly retiredAtMs: number | null;
}

/** Every method throws (or rejects with) BouncerError `store_unavailable` when the store cannot be read or written. */
export interface KeyStore {
  /** All keys, oldest `createdAtMs` first. */
  listKeys(): MaybePromise<readonly StoredKey[]>;
  /** Adds a key; false when its `kid` is taken already (another process was first). */
  addKey(key: StoredKey): MaybePromise<boolean>;
  /** Changes when a key signs and when it retired; false when the key is gone. */
  updateKey(
    kid: string,
    change: { readonly signsFromMs?: number; readonly retiredAtMs?: number | null },
  ): MaybePromise<boolean>;
  /** Writes the same key in another form; false when `expected` is not what is there. */
  replacePrivateJwk(kid: string, expected: string, privateJwk: string): MaybePromise<boolean>;
  /** Forgets a key; false when it was gone already. */
  removeKey(kid: string): MaybePromise<boolean>;
  /** A number that changes when another process may have changed the keys. Cheap enough to ask every second. */
  keysVersion(): MaybePromise<number>;
}
