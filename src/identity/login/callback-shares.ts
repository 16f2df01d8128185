// How many answers of a provider may come to nothing. Each that the browser's own cookie fits costs a request to the provider with our
// secret and a row in the store, and whoever begins logins of their own can bring any number with codes that they made up.
import type { LimitNotices } from '../../telemetry/limit-notices.ts';
import { FailureShare } from '../tokens/failure-share.ts';

/** One more at a provider each; milliseconds. */
const providerRefillMs = 200;

export interface CallbackLimits {
  readonly failedLoginsPerAddress: number;
  readonly failedLoginsPerProvider: number;
}

/** An answer that is being looked into. It counts as failed until it is said not to be. */
export interface CallbackTurn {
  /** It became a login, or it was not the visitor who failed. */
  forgive(nowMs: number): void;
}

export class CallbackShares {
  readonly #limits: CallbackLimits;
  readonly #notices: Pick<LimitNotices, 'note'>;
  readonly #byAddress: FailureShare;
  /** Provider id → when it would have all of its share again. As many as the settings name. */
  readonly #fullAgainAtMs = new Map<string, number>();

  constructor(limits: CallbackLimits, notices: Pick<LimitNotices, 'note'>) {
    this.#limits = limits;
    this.#notices = notices;
    this.#byAddress = new FailureShare(limits.failedLoginsPerAddress);
  }

  /**
   * Begin with an answer.
   *
   * @param providerId of one of the settings
   * @param ip whose it is; `null` counts to nobody's share but the provider's
   * @returns `null` when too many failed: nothing may be asked or written for it
   */
  begin(providerId: string, ip: string | null, nowMs: number): CallbackTurn | null {
    if (this.#byAddress.isSpent(ip, nowMs)) {
      this.#notices.note('failed_logins_per_address', ip);
      return null;
    }
    const isSpent = this.#usedAt(providerId, nowMs) >= this.#limits.failedLoginsPerProvider;
    if (isSpent && (ip === null || this.#byAddress.hasFailed(ip, nowMs))) {
      this.#notices.note('failed_logins_per_provider', ip);
      return null;
    }
    this.#byAddress.count(ip, nowMs);
    if (!isSpent) this.#move(providerId, providerRefillMs, nowMs);
    return {
      forgive: (laterMs) => {
        this.#byAddress.forgive(ip, laterMs);
        if (!isSpent) this.#move(providerId, -providerRefillMs, laterMs);
      },
    };
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
