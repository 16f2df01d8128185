// Tells the log of connections that were not let in: each kind from each network once a minute at most, with how often it was.
// Whoever has a /64 of IPv6 has addresses without end.
import { clientNetwork } from '../../http/client-network.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';

const quietMs = 60_000;
/** Kinds and networks that are remembered; beyond them, all are forgotten. */
const capacity = 1_000;
/** Reasons that are counted apart: some are codes of the system. */
const mostReasons = 40;

interface Notice {
  toldAtMs: number;
  untold: number;
}

export class RefusalNotices {
  readonly #telemetry: Pick<Telemetry, 'event'>;
  readonly #now: () => number;
  readonly #notices = new Map<string, Notice>();
  readonly #counts = new Map<string, number>();

  /** @param now a clock that only goes forward, milliseconds */
  constructor(telemetry: Pick<Telemetry, 'event'>, now: () => number = () => performance.now()) {
    this.#telemetry = telemetry;
    this.#now = now;
  }

  /** How often, by why. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** @param tunnel `null` where nobody knows which @returns whether the log was told just now */
  note(reason: string, ip: string, tunnel: string | null): boolean {
    const counted = this.#counts.has(reason) || this.#counts.size < mostReasons ? reason : 'other';
    this.#counts.set(counted, (this.#counts.get(counted) ?? 0) + 1);
    const key = `${reason} ${clientNetwork(ip)} ${tunnel ?? ''}`;
    const nowMs = this.#now();
    const notice = this.#notices.get(key) ?? { toldAtMs: Number.NEGATIVE_INFINITY, untold: 0 };
    notice.untold++;
    if (this.#notices.size >= capacity && !this.#notices.has(key)) this.#notices.clear();
    this.#notices.set(key, notice);
    if (nowMs - notice.toldAtMs < quietMs) return false;
    this.#telemetry.event('tunnel_refused', { reason, ip, tunnel, times: notice.untold });
    notice.toldAtMs = nowMs;
    notice.untold = 0;
    return true;
  }
}
