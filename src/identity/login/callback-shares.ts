// How many answers of a provider may come to nothing. Each that the browser's own cookie fits costs a request to the provider with our
// secret and a row in the store, and whoever begins logins of their own can bring any number with codes that they made up.
import { clientNetwork } from '../../http/client-network.ts';
import type { LimitNotices } from '../../telemetry/limit-notices.ts';
import { FailureShare } from '../tokens/failure-share.ts';

/** One more at a provider each; milliseconds. */
const providerRefillMs = 200;
/** How long an answer waits for those before it from the same place, milliseconds. */
const longestWaitMs = 15_000;
/** Answers that may wait at once, of one place and of everybody. */
const mostWaitingThere = 1_000;
const mostWaiting = 4_000;

export interface CallbackLimits {
  readonly failedLoginsPerAddress: number;
  readonly failedLoginsPerProvider: number;
}

/** An answer that is being looked into. It counts as failed until it is said not to be. */
export interface CallbackTurn {
  /** It became a login, or it was not the visitor who failed. */
  forgive(nowMs: number): void;
  /** Whatever came of it; once. */
  end(): void;
}

/** The answers from one place that are being looked into, and those that wait for what comes of them. */
interface Place {
  underWay: number;
  waiting: (() => void)[];
}

export class CallbackShares {
  readonly #limits: CallbackLimits;
  readonly #notices: Pick<LimitNotices, 'note'>;
  readonly #byAddress: FailureShare;
  /** Provider id → when it would have all of its share again. As many as the settings name. */
  readonly #fullAgainAtMs = new Map<string, number>();
  /** By network, while something is under way there. */
  readonly #places = new Map<string, Place>();
  #waiting = 0;

  constructor(limits: CallbackLimits, notices: Pick<LimitNotices, 'note'>) {
    this.#limits = limits;
    this.#notices = notices;
    this.#byAddress = new FailureShare(limits.failedLoginsPerAddress);
  }

  /**
   * Begin with an answer. Where a share is used up by answers of which nobody knows yet what becomes of them, such as those of an
   * office behind one address in the morning, it waits for them.
   *
   * @param providerId of one of the settings
   * @param ip whose it is; `null` counts to nobody's share but the provider's
   * @returns `null` when too many failed: nothing may be asked or written for it
   */
  async begin(providerId: string, ip: string | null, nowMs: number): Promise<CallbackTurn | null> {
    const network = ip === null ? '' : clientNetwork(ip);
    const giveUpMs = performance.now() + longestWaitMs;
    for (;;) {
      const spent = this.#spentShare(providerId, ip, nowMs);
      if (spent === null) return this.#enter(this.#placeOf(network), network, { providerId, ip, nowMs });
      if (!(await this.#waitAt(network, giveUpMs))) {
        this.#notices.note(spent, ip);
        return null;
      }
    }
  }

  #spentShare(
    providerId: string,
    ip: string | null,
    nowMs: number,
  ): 'failed_logins_per_address' | 'failed_logins_per_provider' | null {
    if (this.#byAddress.isSpent(ip, nowMs)) return 'failed_logins_per_address';
    const isKnown = ip === null || this.#byAddress.hasFailed(ip, nowMs);
    return isKnown && this.#isProviderSpent(providerId, nowMs) ? 'failed_logins_per_provider' : null;
  }

  #placeOf(network: string): Place {
    let place = this.#places.get(network);
    if (place === undefined) {
      place = { underWay: 0, waiting: [] };
      this.#places.set(network, place);
    }
    return place;
  }

  #enter(
    place: Place,
    network: string,
    {
      providerId,
      ip,
      nowMs,
    }: { readonly providerId: string; readonly ip: string | null; readonly nowMs: number },
  ): CallbackTurn {
    const isSpent = this.#isProviderSpent(providerId, nowMs);
    place.underWay += 1;
    this.#byAddress.count(ip, nowMs);
    if (!isSpent) this.#move(providerId, providerRefillMs, nowMs);
    return {
      forgive: (laterMs) => {
        this.#byAddress.forgive(ip, laterMs);
        if (!isSpent) this.#move(providerId, -providerRefillMs, laterMs);
      },
      end: () => {
        place.underWay -= 1;
        const waiting = place.waiting.splice(0);
        if (place.underWay === 0) this.#places.delete(network);
        // All of them look again, in their order: of a failure nobody has more room, and the last one leaves nobody to wait for.
        for (const wake of waiting) wake();
      },
    };
  }

  /** @returns false when there is nothing to wait for, or no more time or room to do so */
  async #waitAt(network: string, giveUpMs: number): Promise<boolean> {
    const place = this.#places.get(network);
    const leftMs = giveUpMs - performance.now();
    if (place === undefined || leftMs <= 0) return false;
    if (place.waiting.length >= mostWaitingThere || this.#waiting >= mostWaiting) return false;
    this.#waiting += 1;
    const isWoken = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), leftMs).unref();
      place.waiting.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
    this.#waiting -= 1;
    return isWoken;
  }

  #isProviderSpent(providerId: string, nowMs: number): boolean {
    return this.#usedAt(providerId, nowMs) >= this.#limits.failedLoginsPerProvider;
  }

  #usedAt(providerId: string, nowMs: number): number {
    return Math.ceil((this.#fullAgainAt(providerId, nowMs) - nowMs) / providerRefillMs);
  }

  #move(providerId: string, byMs: number, nowMs: number): void {
    this.#fullAgainAtMs.set(providerId, Math.max(nowMs, this.#fullAgainAt(providerId, nowMs) + byMs));
  }

  /** Never before `nowMs`. What was used up before the clock was put back counts no more. */
  #fullAgainAt(providerId: string, nowMs: number): number {
    const at = this.#fullAgainAtMs.get(providerId) ?? nowMs;
    const longestMs = this.#limits.failedLoginsPerProvider * providerRefillMs;
    return at - nowMs > longestMs ? nowMs : Math.max(at, nowMs);
  }
}
