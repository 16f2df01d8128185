// Minted assertions by principal and audience, bounded. It only remembers: what may still be used is decided at the read.
import type { Known } from '../identity/principal.ts';
import { RecentlyUsed } from '../store/recently-used.ts';

/** A minted assertion, and the times that say how long it is handed out: whole seconds, which V8 keeps in place until 2038. */
export interface MintedAssertion {
  readonly token: string;
  /** Whom it is for; with what else tells it from others of the same principal. */
  readonly audience: string;
  /** The token's `iat` and `exp`, seconds since the epoch (RFC 7519 sections 2, 4.1.6 and 4.1.4). */
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

/** What was not used for one to two of these is forgotten. */
const generationMs = 10 * 60_000;
/** Of the capacity, for assertions that are not their principal's first. */
const furtherShare = 1 / 4;

/** The first audience's of a principal. */
interface First extends MintedAssertion {
  /** Tells the principal from all others, and from itself before it was forgotten. */
  readonly number: number;
}

/**
 * A principal is frozen, and what was minted for it is found by that very object: another revision of it is another one, and so is the same
 * one when it was forgotten and read anew, for which one is minted again. A session is for one host and so for one application; a service
 * token is for many, and what is minted for further ones is found by a text. Until it is forgotten a principal that has ended stays in
 * memory, where nobody finds it.
 */
export class AssertionCache {
  readonly #first: RecentlyUsed<First, Known>;
  readonly #further: RecentlyUsed<MintedAssertion>;
  #generationSinceMs = Number.NEGATIVE_INFINITY;
  #lastNumber = 0;

  /**
   * @param capacity for how many principals one is kept at most, at about 1 KB each, and a quarter as many further ones. Half as many that
   * are in use are always at hand.
   */
  constructor(capacity: number) {
    this.#first = new RecentlyUsed(capacity);
    this.#further = new RecentlyUsed(capacity * furtherShare);
  }

  /**
   * The assertion that was minted for exactly this principal and this audience, while it may be handed out.
   *
   * @param endsAtMs when the session ends: one that lives longer is not handed out
   */
  read(principal: Known, audience: string, nowMs: number, endsAtMs: number): string | null {
    const first = this.#first.get(principal);
    if (first === undefined) return null;
    const minted = first.audience === audience ? first : this.#further.get(furtherKey(first, audience));
    if (minted === undefined) return null;
    if (nowMs < minted.issuedAtSeconds * 1000 || nowMs >= reuseUntilMs(minted)) return null;
    return minted.expiresAtSeconds * 1000 <= endsAtMs ? minted.token : null;
  }

  write(principal: Known, minted: MintedAssertion): void {
    const first = this.#first.get(principal);
    if (first !== undefined && first.audience !== minted.audience) {
      this.#further.set(furtherKey(first, minted.audience), minted);
      return;
    }
    if (first === undefined) this.#lastNumber += 1;
    this.#first.set(principal, { ...minted, number: first?.number ?? this.#lastNumber });
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
function reuseUntilMs({ issuedAtSeconds, expiresAtSeconds }: MintedAssertion): number {
  const lifetimeMs = (expiresAtSeconds - issuedAtSeconds) * 1000;
  return expiresAtSeconds * 1000 - Math.min(60_000, lifetimeMs / 2);
}

function furtherKey({ number }: First, audience: string): string {
  return `${number} ${audience}`;
}
