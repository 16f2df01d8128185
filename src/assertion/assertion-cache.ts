// Minted assertions by session revision and audience, bounded. It only remembers: what may still be used is decided at the read.
import type { Session } from '../identity/session.ts';

/** A minted assertion and the times between which it is handed out. */
export interface MintedAssertion {
  readonly token: string;
  readonly mintedAtMs: number;
  /** From here on a new one is minted; before `exp`, so that the application never gets one that is about to end. */
  readonly reuseUntilMs: number;
  /** The token's `exp`, milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** What was not used for one to two of these is forgotten. */
const generationMs = 10 * 60_000;

/**
 * A least-recently-used memory in two generations: when the young one is full it becomes the old one, and the old one is dropped.
 * A read of the young one moves nothing, which is what makes it cheaper than a list in order of use.
 */
export class AssertionCache {
  readonly #capacity: number;
  #young = new Map<string, MintedAssertion>();
  #old = new Map<string, MintedAssertion>();
  #youngSinceMs = Number.NEGATIVE_INFINITY;

  /**
   * @param capacity how many assertions are kept at most, at about 1 KB each. Half as many that are in use are always at hand.
   */
  constructor(capacity: number) {
    this.#capacity = Math.max(1, Math.ceil(capacity / 2));
  }

  /**
   * The assertion that was minted for exactly this revision of the session and this audience, while it may be handed out.
   *
   * @param endsAtMs when the session ends: one that lives longer is not handed out
   */
  read(session: Session, audience: string, nowMs: number, endsAtMs: number): string | null {
    const key = cacheKey(session, audience);
    const minted = this.#young.get(key) ?? this.#promote(key);
    if (minted === undefined) return null;
    if (nowMs < minted.mintedAtMs || nowMs >= minted.reuseUntilMs) return null;
    return minted.expiresAtMs <= endsAtMs ? minted.token : null;
  }

  write(session: Session, audience: string, minted: MintedAssertion): void {
    this.#add(cacheKey(session, audience), minted);
  }

  /** Gives back the memory of sessions that nobody uses any more. To be called now and then. */
  forgetUnused(nowMs: number): void {
    if (Math.abs(nowMs - this.#youngSinceMs) < generationMs) return;
    this.#youngSinceMs = nowMs;
    this.#startGeneration();
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  #promote(key: string): MintedAssertion | undefined {
    const minted = this.#old.get(key);
    if (minted === undefined) return undefined;
    this.#old.delete(key);
    this.#add(key, minted);
    return minted;
  }

  #add(key: string, minted: MintedAssertion): void {
    if (this.#young.size >= this.#capacity) this.#startGeneration();
    this.#young.set(key, minted);
  }

  #startGeneration(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }
}

/** Length-prefixed, so that no session id and audience can run into those of another pair. */
function cacheKey(session: Session, audience: string): string {
  return `${session.revision}:${session.id.length}:${session.id}${audience}`;
}
