// Turns what goes wrong with a provider into bouncer's own errors: what was seen, what is wanted, and the setting to change.
// Nothing of an answer gets into them but cleaned words: no token, no code, no secret.
import { BouncerError } from '../../bouncer-error.ts';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import { errorChain } from '../error-chain.ts';
import { explainAnswer } from './explain-answer.ts';

/** For what nobody has better words for. */
const formHint =
  'an answer of the provider is not of the form that OpenID Connect gives it: does something stand between? UserInfo is not read encrypted, and signed only by an algorithm that its metadata list';

/**
 * A failure in words for the operator.
 *
 * @param action what could not be done, for what has no better words
 * @param asked whom it was, and where the code of a login was to come back to; `null` outside of a login
 */
export function providerFailure(
  action: string,
  error: unknown,
  asked: { readonly settings: OidcProviderSettings; readonly redirectUri: string | null },
): BouncerError {
  const chain = errorChain(error);
  const own = chain.find((each) => each instanceof BouncerError);
  if (own !== undefined) return own;
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'invalid';
  if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT')
    return new BouncerError('provider_unavailable', `${action}: the identity provider took too long`);
  const explained = explainAnswer(chain, asked);
  return explained === null
    ? invalidAnswer(`${action}: ${code}`, formHint)
    : invalidAnswer(explained.cause, explained.hint);
}

/** An answer that cannot be believed. */
export function invalidAnswer(message: string, hint?: string): BouncerError {
  return new BouncerError('login_failed', message, hint === undefined ? {} : { hint });
}
