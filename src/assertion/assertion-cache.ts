// Minted assertions by revision and audience, bounded. It only remembers: what may still be used is decided at the read.
import type { Known } from '../identity/principal.ts';
import { RecentlyUsed } from '../store/recently-used.ts';

/** A minted assertion and the times that say how long it is handed out. */
export interface MintedAssertion {
  readonly token: string;
  readonly mintedAtMs: number;
  /** The token's `exp`, milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** What was not used for one to two of these is forgotten. */
const generationMs = 10 * 60_000;

export class AssertionCache {
  readonly #minted: RecentlyUsed<MintedAssertion>;
  #generationSinceMs = Number.NEGATIVE_INFINITY;

  /**
   * @param capacity how many assertions are kept at most, at about 1 KB each. Half as many that are in use are always at hand.
   */
  constructor(capacity: number) {
    this.#minted = new RecentlyUsed(capacity);
  }

  /**
   * The assertion that was minted for exactly this revision of the principal and this audience, while it may be handed out.
   *
   * @param endsAtMs when the session ends: one that lives longer is not handed out
   */
  read(principal: Known, audience: string, nowMs: number, endsAtMs: number): string | null {
    const minted = this.#minted.get(cacheKey(principal, audience));
    if (minted === undefined) return null;
    if (nowMs < minted.mintedAtMs || nowMs >= reuseUntilMs(minted)) return null;
    return minted.expiresAtMs <= endsAtMs ? minted.token : null;
  }

  write(principal: Known, audience: string, minted: MintedAssertion): void {
    this.#minted.set(cacheKey(principal, audience), minted);
  }

  /** Gives back the memory of sessions that nobody uses any more. To be called now and then. */
  forgetUnused(nowMs: number): void {
    if (Math.abs(nowMs - this.#generationSinceMs) < generationMs) return;
    this.#generationSinceMs = nowMs;
    this.#minted.startGeneration();
  }

  clear(): void {
    this.#minted.clear();
  }

  get size(): number {
    return this.#minted.size;
  }
}

/** From here on a new one is minted; before `exp`, so that the application never gets one that is about to end. */
function reuseUntilMs({ mintedAtMs, expiresAtMs }: MintedAssertion): number {
  return expiresAtMs - Math.min(60_000, (expiresAtMs - mintedAtMs) / 2);
}

/** Length-prefixed, so that no id and audience can run into those of another pair, nor a session into a token. */
function cacheKey(principal: Known, audience: string): string {
  return `${principal.kind}:${principal.revision}:${principal.id.length}:${principal.id}${audience}`;
}
