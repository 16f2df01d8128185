// The port for service tokens. Secrets arrive as SHA-256 hashes; nothing here judges whether one is still good.
import type { MaybePromise } from './maybe-promise.ts';

/** A program's token. Times in milliseconds since the epoch. */
export interface StoredToken {
  /** The client id; not a secret, and the same for all secrets of the token. */
  readonly id: string;
  /** By which rules and applications know the program; unique. */
  readonly name: string;
  /** The names of the applications that it is for; `null`: all. */
  readonly applications: readonly string[] | null;
  readonly revision: number;
  readonly createdAtMs: number;
  /** `null`: it has no end. */
  readonly expiresAtMs: number | null;
}

/** What is known of how a token was used. */
export interface TokenUse {
  /** `null`: never. */
  readonly lastUsedMs: number | null;
  /** From where: the client's address, and its country where that is known. */
  readonly lastIp: string | null;
  readonly lastCountry: string | null;
  readonly uses: number;
}

/** What a program holds, by its hash. */
export interface StoredSecret {
  readonly hash: string;
  readonly createdAtMs: number;
  /** When it ends because a newer one took over; `null`: with its token. */
  readonly endsAtMs: number | null;
}

/** A token as a secret leads to it. */
export interface FoundToken {
  readonly token: StoredToken;
  readonly secretEndsAtMs: number | null;
}

export interface ListedToken {
  readonly token: StoredToken;
  readonly use: TokenUse;
  /** Oldest first. */
  readonly secrets: readonly StoredSecret[];
}

/** Uses of one token since they were last written. */
export interface NewUses {
  readonly id: string;
  readonly count: number;
  readonly lastUsedMs: number;
  readonly ip: string | null;
  readonly country: string | null;
}

/** Every method throws (or rejects with) BouncerError `store_unavailable` when the store cannot be read or written. */
export interface TokenStore {
  /** Like `SessionStore.version`, for tokens: changes when any of them changed or ended, not when one was used. */
  version(): MaybePromise<number>;
  /** Whether what was read of a token at that version still stands. False when in doubt. */
  isUnchangedSince(id: string, version: number): boolean;
  /** The token of a secret; no end is judged. */
  findBySecret(hash: string): MaybePromise<FoundToken | null>;
  /** Adds a token with its first secret; false when its name is taken. */
  createToken(token: StoredToken, secret: StoredSecret): MaybePromise<boolean>;
  /**
   * Adds a secret; the others end at `othersEndAtMs` at the latest. False when the token is gone.
   *
   * @param expiresAtMs the token's new end; `undefined`: it stays
   */
  addSecret(
    id: string,
    secret: StoredSecret,
    othersEndAtMs: number,
    expiresAtMs: number | null | undefined,
  ): MaybePromise<boolean>;
  /** Ends a token with all its secrets; false when it was gone. */
  removeToken(id: string): MaybePromise<boolean>;
  /** Counts uses in one batch; moves no time back. What was removed meanwhile is left out. */
  addUses(uses: readonly NewUses[]): MaybePromise<void>;
  /** All tokens by name. */
  list(): MaybePromise<readonly ListedToken[]>;
  /** Forgets secrets past their own end. */
  removeEndedSecrets(nowMs: number): MaybePromise<void>;
}
