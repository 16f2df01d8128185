// The one error class for failures of the outside world (a provider, the store, an upstream, a file).
// A denial is a value and bad input is a problem value; neither is ever thrown as this.
import type { Reason } from './http/refusals.ts';

/** Every failure code with the process's exit code, and the refusal that a client gets whose request it ended. */
export const failures = {
  settings_invalid: { exit: 3, refusal: 'internal' },
  rules_invalid: { exit: 3, refusal: 'internal' },
  usage: { exit: 64, refusal: 'internal' },
  package_missing: { exit: 1, refusal: 'internal' },
  file_unwritable: { exit: 1, refusal: 'internal' },
  listen_failed: { exit: 1, refusal: 'internal' },
  store_unavailable: { exit: 1, refusal: 'store_unavailable' },
  provider_unavailable: { exit: 1, refusal: 'provider_unavailable' },
  login_failed: { exit: 1, refusal: 'login_failed' },
  upstream_unreachable: { exit: 1, refusal: 'upstream_unreachable' },
  upstream_broken: { exit: 1, refusal: 'upstream_broken' },
  upstream_timeout: { exit: 1, refusal: 'upstream_timeout' },
  upstream_busy: { exit: 1, refusal: 'upstream_busy' },
  connection_login: { exit: 1, refusal: 'connection_login' },
  access_ended: { exit: 1, refusal: 'access_ended' },
  internal: { exit: 1, refusal: 'internal' },
} as const satisfies Readonly<Record<string, { readonly exit: number; readonly refusal: Reason }>>;

/** A stable failure code: compare codes, never message text. */
export type FailureCode = keyof typeof failures;

/**
 * A failure of something outside this process.
 *
 * `message` is for the operator's log (never secrets); what a client gets is the refusal in {@link failures}.
 */
export class BouncerError extends Error {
  readonly code: FailureCode;
  readonly hint: string | undefined;

  constructor(code: FailureCode, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BouncerError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** The store does not answer: what it alone could settle is open. */
export function isStoreGone(error: unknown): boolean {
  return error instanceof BouncerError && error.code === 'store_unavailable';
}
