// How long a step of a request may wait for somebody else. A step that does not end in time has failed, and nobody gets in.
import { BouncerError } from '../bouncer-error.ts';

/** Milliseconds. The steps that only compute have no deadline: nothing could interrupt them. */
export interface StepDeadlines {
  /** Finding a session, where the store is remote. */
  readonly identifyMs: number;
  /** A whole answer of bouncer's own endpoints; a login may ask its provider four times at five seconds each. */
  readonly ownEndpointMs: number;
}

export const stepDeadlines: StepDeadlines = { identifyMs: 3_000, ownEndpointMs: 25_000 };

/**
 * The same promise, or a failure when it does not settle in time. What the promise does later goes nowhere.
 *
 * @throws BouncerError `store_unavailable`
 */
export function settleWithin<T>(promise: Promise<T>, deadlineMs: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new BouncerError('store_unavailable', `${what} took longer than ${deadlineMs} ms`)),
      deadlineMs,
    );
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
