// Minted assertions by principal and audience, bounded. It only remembers: what may still be used is decided at the read.
import type { Known } from '../identity/principal.ts';
import { RecentlyUsed } from '../store/recently-used.ts';

/** A minted assertion and the times that say how long it is handed out: whole seconds, which V8 keeps without an object for each. */
export interface MintedAssertion {
  readonly token: string;
  readonly audience: string;
  /** The token's `iat` and `exp`, seconds since the epoch (RFC 7519 section 4.1). */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** What was not used for one to two of these is forgotten. */
const generationMs = 10 * 60_000;

/**
 * Principals are frozen, and another value as soon as a fact of theirs changes: what was minted for one is kept by the value itself. Most
 * are known to one application alone, as a session is for one host; what is minted for further ones has a key of its own.
 */
export class AssertionCache {
  readonly #first: RecentlyUsed<MintedAssertion, Known>;
  readonly #further: RecentlyUsed<MintedAssertion>;
  #generationSinceMs = Number.NEGATIVE_INFINITY;

  /**
   * @param capacity how many assertions are kept at most, at about 1 KB each, of first audiences and as many of further ones. Half as many
   * that are in use are always at hand.
   */
  constructor(capacity: number) {
    this.#first = new RecentlyUsed(capacity);
    this.#further = new RecentlyUsed(capacity);
  }

  /**
   * The assertion that was minted for exactly this principal and this audience, while it may be handed out.
   *
   * @param endsAtMs when the session ends: one that lives longer is not handed out
   */
  read(principal: Known, audience: string, nowMs: number, endsAtMs: number): string | null {
    const first = this.#first.get(principal);
    if (first === undefined) return null;
    const minted = first.audience === audience ? first : this.#further.get(cacheKey(principal, audience));
    if (minted === undefined) return null;
    if (nowMs < minted.issuedAt * 1000 || nowMs >= reuseUntilMs(minted)) return null;
    return minted.expiresAt * 1000 <= endsAtMs ? minted.token : null;
  }

  write(principal: Known, minted: MintedAssertion): void {
    const first = this.#first.get(principal);
    if (first === undefined || first.audience === minted.audience) this.#first.set(principal, minted);
    else this.#further.set(cacheKey(principal, minted.audience), minted);
  }

  /** Gives back the memory of sessions that nobody uses any more. To be called now and then. */
  forgetUnused(nowMs: number): void {
    if (Math.abs(nowMs - this.#generationSinceMs) < generationMs) return;
    this.#generationSinceMs = nowMs;
    this.#first.startGeneration();
    this.#further.startGeneration();
  }

  clear(): void {
    this.#first.clear();
    this.#further.clear();
  }

  get size(): number {
    return this.#first.size + this.#further.size;
  }
}

/** From here on a new one is minted; before `exp`, so that the application never gets one that is about to end. */
function reuseUntilMs({ issuedAt, expiresAt }: MintedAssertion): number {
  return expiresAt * 1000 - Math.min(60_000, (expiresAt - issuedAt) * 500);
}

/** Length-prefixed, so that no id and audience can run into those of another pair, nor a session into a token. */
function cacheKey(principal: Known, audience: string): string {
  return `${principal.kind}:${principal.revision}:${principal.id.length}:${principal.id}${audience}`;
}
