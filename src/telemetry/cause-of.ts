// What went wrong, for the log: a failure of the outside with the way out where one is known, a fault of ours with its place.
import { BouncerError } from '../bouncer-error.ts';
import { logText } from '../http/log-text.ts';

/** The fields `cause` and `hint` of a failure; whatever was thrown. */
export function causeOf(error: unknown): { readonly cause: string; readonly hint?: string } {
  const cause = error instanceof Error ? error.message : 'unknown';
  const hint = error instanceof BouncerError ? error.hint : undefined;
  return hint === undefined ? { cause } : { cause, hint };
}

/** The field `message` of a fault that should not have happened: where it was thrown, in at most 2,000 characters. */
export function faultOf(error: unknown): { readonly message: string } {
  return { message: logText(error instanceof Error ? (error.stack ?? error.message) : String(error), 2000) };
}
