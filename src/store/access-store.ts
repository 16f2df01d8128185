// The port for access that is asked for and given for a time: requests that are open, and grants. Nothing here judges who may do what.
import type { MaybePromise } from './maybe-promise.ts';

/** Somebody asks for access. Times in milliseconds since the epoch. */
export interface StoredRequest {
  readonly id: string;
  /** The application's name. */
  readonly application: string;
  /** The path of the area; `null`: the application's own policies. */
  readonly area: string | null;
  /** Who asks, as their provider knows them. */
  readonly idp: string;
  readonly sub: string;
  /** Lower case. */
  readonly email: string;
  readonly name: string | null;
  /** Plain text; `''`: they did not say why. */
  readonly purpose: string;
  readonly durationMs: number;
  /** In which they read, so that their answer is in it. */
  readonly language: string;
  readonly createdAtMs: number;
  /** Until when it can be answered. */
  readonly expiresAtMs: number;
}

/** Access for a time. */
export interface StoredGrant {
  readonly id: string;
  readonly application: string;
  readonly area: string | null;
  /** Whose it is, lower case. */
  readonly email: string;
  /** The login that asked for it, and no other of that address; `null`: whoever has the address. */
  readonly subject: { readonly idp: string; readonly sub: string } | null;
  /** Who gave it: an address, or `operator`. */
  readonly grantedBy: string;
  readonly reason: string;
  readonly createdAtMs: number;
  readonly endsAtMs: number;
}

/** How many requests may be open at a time. */
export interface RequestBounds {
  readonly perPerson: number;
  readonly total: number;
}

/** `open`: one of theirs for this application is open already. `full`: too many are open. */
export type AskOutcome = 'asked' | 'open' | 'full';

/** Every method throws (or rejects with) BouncerError `store_unavailable` when the store cannot be read or written. */
export interface AccessStore {
  /** Changes when a grant came or went, by this process at once, by another within a second. As of `SessionStore`. */
  version(): MaybePromise<number>;
  /** Whether what was read of grants at that version still stands. False when in doubt. */
  isUnchangedSince(version: number): boolean;
  /** All grants that are there, the first to end first. Some may have ended. */
  listGrants(): MaybePromise<readonly StoredGrant[]>;
  addGrant(grant: StoredGrant): MaybePromise<void>;
  /** @returns what it was; `null`: there is none of this id */
  removeGrant(id: string): MaybePromise<StoredGrant | null>;
  /** One request a person and application is open at a time. */
  ask(request: StoredRequest, bounds: RequestBounds, nowMs: number): MaybePromise<AskOutcome>;
  /** `null` when it was answered, or has expired. */
  findRequest(id: string, nowMs: number): MaybePromise<StoredRequest | null>;
  /** Those that can be answered, oldest first. */
  listRequests(nowMs: number): MaybePromise<readonly StoredRequest[]>;
  /**
   * Closes a request, and gives access where `grant` is not `null`: both or neither.
   *
   * @returns true for exactly one caller; false when it was answered before, or has expired
   */
  answer(id: string, grant: StoredGrant | null, nowMs: number): MaybePromise<boolean>;
  /** Removes a person's requests and grants; returns how many. @param email lower case */
  eraseAccess(email: string): MaybePromise<number>;
  /** Forgets requests and grants past their end. */
  removeExpired(nowMs: number): MaybePromise<void>;
}
