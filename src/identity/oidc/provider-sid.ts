// The provider's own session id in an ID token (OpenID Connect Back-Channel Logout 1.0 section 2.1).
import type { Claims } from './claim-at.ts';

/** @returns `null` when there is none, or none that could be compared */
export function sidOf(claims: Claims): string | null {
  const sid = claims['sid'];
  return typeof sid === 'string' && sid !== '' && sid.length <= 255 ? sid : null;
}
