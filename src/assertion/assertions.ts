// The port through which the gateway gets signed assertions and the world gets the public keys.
import type { JWK } from 'jose';
import type { TokenDialect } from '../http/dialects.ts';
import type { Known } from '../identity/principal.ts';
import type { Application } from '../rules/model/compiled-rules.ts';

/** What of an application its dialects depend on. */
export type DialectOf = Pick<Application, 'name' | 'hosts' | 'audience' | 'dialects'>;

/** What applications are told in the words of other access proxies. */
export interface Dialects {
  /** Makes the keys that an application needs, once for a store. @throws BouncerError `store_unavailable` */
  prepare(application: Pick<Application, 'dialects'>): Promise<void>;
  /**
   * The values of the fields of its dialects, in the order of `dialectFieldNames`; `null`: there is nothing to say.
   *
   * @throws BouncerError `store_unavailable` while a key is not there yet
   */
  values(
    principal: Known,
    application: DialectOf,
    nowMs: number,
    endsAtMs: number,
  ): readonly (string | null)[];
  /** Follows what other processes did to the keys, makes those that are due and drops old ones. @throws BouncerError `store_unavailable` */
  maintain(): Promise<void>;
  /** Gives back the memory of those that nobody uses any more. To be called now and then. */
  forgetUnused(nowMs: number): void;
  /** Forgets all that was minted. */
  close(): void;
  /** The public keys of its JWTs, the signing one first. @throws as `values` */
  jwks(name: TokenDialect, nowMs: number): { readonly keys: readonly JWK[] };
}

export interface Assertions {
  readonly dialects: Dialects;
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
