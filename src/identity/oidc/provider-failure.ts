// Turns what goes wrong with a provider into bouncer's own errors, without any word of what the provider or a visitor sent.
import { ResponseBodyError } from 'openid-client';
import { BouncerError } from '../../bouncer-error.ts';

/** Our own error somewhere among an error's causes; openid-client wraps what its `fetch` throws. */
function ownCause(error: unknown): BouncerError | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
    if (at instanceof BouncerError) return at;
  return null;
}

/** A failure in words without the answer's content: openid-client keeps that in `cause`, which is dropped here. */
export function providerFailure(action: string, error: unknown): BouncerError {
  const own = ownCause(error);
  if (own !== null) return own;
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'invalid';
  if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT')
    return new BouncerError('provider_unavailable', `${action}: the identity provider took too long`);
  const reason = error instanceof ResponseBodyError ? ` (\`${error.error.slice(0, 60)}\`)` : '';
  return new BouncerError('login_failed', `${action}: ${code}${reason}`);
}

/** An answer that cannot be believed. */
export function invalidAnswer(message: string, hint?: string): BouncerError {
  return new BouncerError('login_failed', message, hint === undefined ? {} : { hint });
}
