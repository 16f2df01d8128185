// An ID token as a whole: its shape, its claims, its signature. It looks at no nonce: that is the login's.

import type { Claims } from './claim-at.ts';
import type { Discovered } from './discovery.ts';
import { checkIdToken, contradictions } from './id-token-checks.ts';
import { invalidAnswer } from './provider-failure.ts';
import { checkTokenShape, explainAlgorithm, explainTokenShape, isUnsigned } from './token-shape.ts';

export type IdTokenVerdict =
  | { readonly kind: 'verified'; readonly claims: Claims }
  /** It is not a word of this provider for this client: another issuer, another client, unsigned. */
  | {
      readonly kind: 'contradiction';
      readonly what: string;
      readonly cause: string;
      readonly hint: string;
    };

/**
 * @param accessToken for `at_hash` (OpenID Connect Core section 3.1.3.8)
 * @throws BouncerError `login_failed` for a token that cannot be used, `provider_unavailable` when its keys cannot be had
 */
export async function judgeIdToken(
  { keys, metadata, algorithms, settings }: Discovered,
  text: string,
  accessToken: string,
  nowMs: number,
): Promise<IdTokenVerdict> {
  if (isUnsigned(text))
    return { kind: 'contradiction', what: 'not signed', ...explainAlgorithm('none', algorithms) };
  const token = checkTokenShape(text, algorithms, ['jwt']);
  if (token === null) {
    const { cause, hint } = explainTokenShape(text, algorithms, ['jwt']);
    throw invalidAnswer(cause, hint);
  }
  const problem = checkIdToken(token.claims, {
    issuer: metadata.issuer,
    clientId: settings.clientId,
    algorithm: token.header.alg,
    accessToken,
    nowMs,
  });
  if (problem !== null && contradictions.has(problem.what)) return { kind: 'contradiction', ...problem };
  if (problem !== null) throw invalidAnswer(problem.cause, problem.hint);
  await keys.verify(token, 'id-token');
  return { kind: 'verified', claims: token.claims };
}
