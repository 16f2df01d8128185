// How often one address may fail: with tokens that are wrong, with logins that come to nothing. It slows whoever guesses, never a token: a
// good one that is known here is not asked for a share. Bounded, whatever comes.
import { parseAddressWords } from '../../http/network.ts';
import { RecentlyUsed } from '../../store/recently-used.ts';

/** Tries that an address may make at once. */
const usualBurst = 20;
/** One more each, milliseconds: how long whoever has none left should wait. */
export const refillMs = 3_000;
/** Addresses that are remembered, at about 150 bytes each. */
const capacity = 8_192;

/** What an address used up, as the time at which it would have all of its tries again. */
export class FailureShare {
  readonly #fullAgainAtMs = new RecentlyUsed<number>(capacity);
  readonly #words = new Uint32Array(4);
  readonly #burst: number;

  /** @param burst tries at once; then one more each {@link refillMs} */
  constructor(burst = usualBurst) {
    this.#burst = burst;
  }

  /** Whether the address has no try left. One that is not known has no share: nobody can be told from others by it. */
  isSpent(ip: string | null, nowMs: number): boolean {
    if (ip === null) return false;
    return this.#fullAgainAt(this.#keyOf(ip), nowMs) - nowMs > (this.#burst - 1) * refillMs;
  }

  /** Counts a failure. */
  count(ip: string | null, nowMs: number): void {
    if (ip === null) return;
    const key = this.#keyOf(ip);
    this.#fullAgainAtMs.set(
      key,
      Math.min(this.#fullAgainAt(key, nowMs), nowMs + (this.#burst - 1) * refillMs) + refillMs,
    );
  }

  /** Takes back what was counted before it was known: it did not fail. */
  forgive(ip: string | null, nowMs: number): void {
    if (ip === null) return;
    const key = this.#keyOf(ip);
    this.#fullAgainAtMs.set(key, Math.max(nowMs, this.#fullAgainAt(key, nowMs) - refillMs));
  }

  /** Whether the address failed lately. */
  hasFailed(ip: string | null, nowMs: number): boolean {
    return ip !== null && this.#fullAgainAt(this.#keyOf(ip), nowMs) > nowMs;
  }

  /** Never before `nowMs`. What was used up before the clock was put back counts no more. */
  #fullAgainAt(key: string, nowMs: number): number {
    const at = this.#fullAgainAtMs.get(key) ?? nowMs;
    return at - nowMs > this.#burst * refillMs ? nowMs : Math.max(at, nowMs);
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#fullAgainAtMs.size;
  }

  /** An IPv6 client has its whole /64 to try from. */
  #keyOf(ip: string): string {
    if (parseAddressWords(ip, this.#words) !== 4) return ip;
    return `${this.#words[0]?.toString(16)}:${this.#words[1]?.toString(16)}`;
  }
}
