// What whoever has no good assertion is answered, in every form: the same status, fields and words, and nothing of what was wrong.
import { VerificationError } from './verification-error.ts';

export interface RefusalAnswer {
  readonly status: 401 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer to a refusal. */
export function refusalAnswer(refusal: VerificationError): RefusalAnswer {
  return {
    status: refusal.status,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      ...(refusal.status === 401 ? { 'WWW-Authenticate': 'Bouncer-Assertion' } : { 'Retry-After': '5' }),
    },
    body: JSON.stringify({ error: publicError(refusal) }),
  };
}

/** Whatever was thrown instead of an answer is a refusal. */
export function refusalOf(error: unknown): VerificationError {
  return error instanceof VerificationError
    ? error
    : new VerificationError('keys_unavailable', 'the assertion could not be verified', { cause: error });
}

function publicError(refusal: VerificationError): string {
  if (refusal.status === 503) return 'assertion_unverifiable';
  return refusal.code === 'missing' ? 'assertion_missing' : 'assertion_invalid';
}
