// Counts how often a limit took something from somebody, and says so in the log once a minute at most for each limit.
import type { LimitCounts } from './metrics.ts';
import type { RequestRecord, Telemetry } from './request-record.ts';
import { type LimitName, limitNames, limitOfRefusal } from './told-limits.ts';

export interface LimitNotices extends LimitCounts {
  /**
   * @param address whom it met; `null` where it is not an address that it counts by
   * @param of.application whose limit it is; absent: bouncer's own
   * @param of.times how often; absent: once
   */
  note(
    limit: LimitName,
    address: string | null,
    of?: { readonly application?: string; readonly times?: number },
  ): void;
}

const quietMs = 60_000;

/** @param now a clock that only goes forward, milliseconds */
export function createLimitNotices(
  telemetry: Pick<Telemetry, 'event'>,
  now: () => number = () => performance.now(),
): LimitNotices {
  const states = new Map<string, { count: number; told: number; toldAtMs: number }>(
    limitNames.map((limit) => [limit, { count: 0, told: 0, toldAtMs: Number.NEGATIVE_INFINITY }]),
  );
  return {
    names: limitNames,
    note(limit, address, { application, times = 1 } = {}) {
      const state = states.get(limit);
      if (state === undefined) return;
      state.count += times;
      if (now() - state.toldAtMs < quietMs) return;
      state.toldAtMs = now();
      const count = state.count - state.told;
      state.told = state.count;
      telemetry.event('limit_reached', {
        ...{ limit, address, count },
        ...(application === undefined ? {} : { application }),
      });
    },
    count: (limit) => states.get(limit)?.count ?? 0,
  };
}

/** The same log, in which each refusal because of a limit is noted as such. */
export function noteRefusals<Log extends Telemetry>(log: Log, notices: Pick<LimitNotices, 'note'>): Log {
  return {
    ...log,
    request(record: RequestRecord) {
      log.request(record);
      const limit = limitOfRefusal.get(record.reason);
      if (limit === undefined) return;
      const { ip, application } = record;
      notices.note(limit, ip, application === null ? {} : { application });
    },
  };
}
