// The one error class for failures of the outside world (a provider, the store, an upstream, a file).
// A denial is a value and bad input is a problem value; neither is ever thrown as this.

/** Every failure code with the HTTP status, the process exit code and the text that a stranger may read. */
export const failures = {
  settings_invalid: { status: 500, exit: 3, text: 'the settings are invalid' },
  rules_invalid: { status: 500, exit: 3, text: 'the rules are invalid' },
  usage: { status: 500, exit: 64, text: 'the command was used wrongly' },
  listen_failed: { status: 500, exit: 1, text: 'the address cannot be listened on' },
  store_unavailable: { status: 503, exit: 1, text: 'the session store is not available' },
  provider_unavailable: { status: 503, exit: 1, text: 'the identity provider does not answer' },
  login_failed: { status: 400, exit: 1, text: 'the login did not complete' },
  upstream_unreachable: { status: 502, exit: 1, text: 'the application does not answer' },
  upstream_broken: {
    status: 502,
    exit: 1,
    text: 'the application answered in a way that cannot be passed on',
  },
  upstream_timeout: { status: 504, exit: 1, text: 'the application took too long to answer' },
  upstream_busy: { status: 503, exit: 1, text: 'the application is busy' },
  access_ended: { status: 403, exit: 1, text: 'access ended while the application was at work' },
  internal: { status: 500, exit: 1, text: 'something went wrong inside the proxy' },
} as const;

/** A stable failure code: compare codes, never message text. */
export type FailureCode = keyof typeof failures;

/**
 * A failure of something outside this process.
 *
 * `message` is for the operator's log (never secrets); the public text and status come from {@link failures}.
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
