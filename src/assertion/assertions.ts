// The port through which the gateway gets signed assertions and the world gets the public keys.
import type { JWK } from 'jose';
import type { Known } from '../identity/principal.ts';

export interface Assertions {
  /**
   * The signed JWT for this principal and audience (docs/verify-the-jwt.md). Kept per revision and audience until a minute
   * before it ages out; never outlives the session or the token. Synchronous: it is on the hot path.
   *
   * @param endsAtMs when it ends for this application, where that is sooner than `principal.expiresAtMs`
   */
  mint(principal: Known, audience: string, nowMs: number, endsAtMs?: number): string;
  /** The public keys: the signing one, the next one, and old ones until nothing they signed is valid (RFC 7517). */
  jwks(nowMs: number): { readonly keys: readonly JWK[] };
  close(): void;
}
