// The port for forms that met an ended session, until their person has logged in again; and for the sessions that are known to have
// ended. What a form says is sealed before it comes here; nothing here judges who may have it.
import type { MaybePromise } from './maybe-promise.ts';

/** A browser's token that counts no more, by its hash: of a login that ended, or of one host of a login that goes on. */
export interface EndedToken {
  readonly loginId: string;
  readonly host: string;
  readonly idp: string;
  readonly sub: string;
  readonly email: string | null;
  /** By the database's clock, milliseconds since the epoch. */
  readonly endedAtMs: number;
}

/** A form without what was in it. Times in milliseconds since the epoch. */
export interface FoundForm {
  /** The hash of what its browser holds. */
  readonly key: string;
  /** The login that had ended; each has one form at most. */
  readonly loginId: string;
  readonly host: string;
  readonly idp: string;
  readonly sub: string;
  readonly email: string | null;
  /** Where it was going, sealed. */
  readonly head: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

export interface StoredForm extends FoundForm {
  /** What was in it, sealed. */
  readonly body: Uint8Array;
}

/** What a person is told that is kept of them. */
export interface ListedForm {
  readonly host: string;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** How much may be kept at a time. */
export interface FormBounds {
  /** Forms of one person: a further one takes the place of the oldest. */
  readonly perPerson: number;
  readonly total: number;
  readonly totalBytes: number;
}

/** Every method throws (or rejects with) BouncerError `store_unavailable` when the store cannot be read or written. */
export interface FormStore {
  /** A browser's token that ended lately. `null`: it never was one, still counts, or ended long ago. */
  findEndedToken(hash: string): MaybePromise<EndedToken | null>;
  /** Keeps a form, in place of another one of its login. False, and nothing has changed, where there is no room. */
  keepForm(form: StoredForm, bounds: FormBounds, nowMs: number): MaybePromise<boolean>;
  /** The form, left where it is; `null` when there is none or it expired. */
  findForm(key: string, nowMs: number): MaybePromise<FoundForm | null>;
  /** Removes and returns the form, to exactly one caller; `null` when there is none or it expired. */
  takeForm(key: string, nowMs: number): MaybePromise<StoredForm | null>;
  /** False when there was none. */
  removeForm(key: string): MaybePromise<boolean>;
  /** A person's forms, oldest first. @param email lower case */
  listForms(email: string): MaybePromise<readonly ListedForm[]>;
  /** Removes a person's forms, and what is known of their ended sessions; returns how many forms. @param email lower case */
  eraseForms(email: string): MaybePromise<number>;
  /** Forgets forms past their end, and tokens that ended before `endedBeforeMs`. */
  removeExpired(nowMs: number, endedBeforeMs: number): MaybePromise<void>;
}
