// The port for what operators did from outside of a running process, kept until one of the processes tells the log and the people whom it
// is about. Nothing here reads what it keeps.
import type { MaybePromise } from './maybe-promise.ts';

/** Every method throws (or rejects with) BouncerError `store_unavailable` when the store cannot be read or written. */
export interface ActStore {
  /** Keeps a text until it is taken. */
  addAct(act: string): MaybePromise<void>;
  /** Removes all of them and returns them in the order in which they were added; each goes to exactly one caller, across processes. */
  takeActs(): MaybePromise<readonly string[]>;
}
