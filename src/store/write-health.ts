// Whether a store takes writes: the last failure, the warning that says what it means for people, and who is told when it begins and ends.
import { BouncerError } from '../bouncer-error.ts';
import type { StoreListener } from './store-listener.ts';

export class WriteHealth {
  #failure: BouncerError | null = null;
  #isTold = false;

  /** Why the last write failed; `null` when it did not. */
  get failure(): BouncerError | null {
    return this.#failure;
  }

  /** A write came to nothing for good. What is not the store's fault says nothing about it. */
  note(error: unknown): void {
    if (error instanceof BouncerError && error.code === 'store_unavailable') this.#failure = error;
  }

  noteSuccess(): void {
    this.#failure = null;
  }

  /** To be called every few seconds, so that failures and successes by turns do not fill the log. */
  tell(listener: Pick<StoreListener, 'unwritable' | 'writable'>): void {
    const isFailing = this.#failure !== null;
    if (isFailing === this.#isTold) return;
    this.#isTold = isFailing;
    if (this.#failure === null) listener.writable();
    else listener.unwritable(this.#failure);
  }

  /** For `StoreStatus.warnings`. */
  warnings(): { readonly store?: string } {
    if (this.#failure === null) return {};
    const { message, hint } = this.#failure;
    return {
      store: `nobody can log in, and logouts count in this process alone until they can be written (${message})${hint === undefined ? '' : `: ${hint}`}`,
    };
  }
}
