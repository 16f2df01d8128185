// The port for the few secrets that all processes of a store share, by name. What they are for is not known here.
import type { MaybePromise } from './maybe-promise.ts';

/** Every method throws (or rejects with) BouncerError `store_unavailable` when the store cannot be read or written. */
export interface SecretStore {
  findSecret(name: string): MaybePromise<Uint8Array | null>;
  /** Keeps a secret under a name that has none; false when it has one already (another process was first). */
  addSecret(name: string, value: Uint8Array): MaybePromise<boolean>;
  /** Puts one in the place of another; false when `expected` is not what is there. */
  replaceSecret(name: string, expected: Uint8Array, value: Uint8Array): MaybePromise<boolean>;
}
