// The keys that bouncer publishes, as an application keeps them: read when first needed, refreshed in the background, never read
// because a token says so more than once in a while.
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { fetchKeySet } from './fetch-key-set.ts';
import { VerificationError } from './verification-error.ts';

/** A read that takes longer has failed. */
const timeoutMs = 5_000;

/** Older keys are read again, while requests go on with the ones at hand. */
const refreshAfterMs = 10 * 60_000;

/**
 * Older keys are not used: without an answer for so long nothing is verified any more. A key is published for an hour before it
 * signs, so keys of up to that age know every signature.
 */
const oldestKeysMs = 60 * 60_000;

/** An unknown key id makes the keys be read again, but not more often than this. */
const cooldownMs = 30_000;

/** After a failed read everybody is told so at once for this long. */
const failureCooldownMs = 2_000;

/**
 * Finds the key that a token names, among the published ones.
 *
 * @throws VerificationError `unknown_key`, or `keys_unavailable` when they cannot be read or are not a key set
 */
export function createPublishedKeys(url: URL): JWTVerifyGetKey {
  let readAtMs = Number.NEGATIVE_INFINITY;
  let failedAtMs = Number.NEGATIVE_INFINITY;
  let failure: unknown;

  const keys = createRemoteJWKSet(url, {
    timeoutDuration: timeoutMs,
    cooldownDuration: cooldownMs,
    cacheMaxAge: oldestKeysMs,
    [customFetch]: async (address, options) => {
      if (Math.abs(performance.now() - failedAtMs) < failureCooldownMs) throw failure;
      try {
        const response = await fetchKeySet(address, options);
        readAtMs = performance.now();
        return response;
      } catch (error) {
        failedAtMs = performance.now();
        failure = error;
        throw error;
      }
    },
  });

  return async (header, token) => {
    // A failed refresh is not a failure of this request: the keys at hand are young enough, or the call below reads them itself.
    if (keys.fresh && performance.now() - readAtMs > refreshAfterMs) keys.reload().catch(() => undefined);
    try {
      return await keys(header, token);
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey)
        throw new VerificationError('unknown_key', 'the assertion is signed by a key that is not published');
      throw new VerificationError('keys_unavailable', 'the published keys cannot be read', { cause });
    }
  };
}
