// Counts how often a limit took something from somebody, and says so in the log once a minute at most for each limit.
import type { LimitCounts } from './metrics.ts';
import type { Telemetry } from './request-record.ts';

/** The limits that somebody can run into: what the metric and the event call them, most of them as the settings do. */
const limitNames = [
  'connections',
  'connections_per_address',
  'write_timeout',
  'stalled_per_address',
  'failed_logins_per_address',
  'failed_logins_per_provider',
  'max_connections_per_client',
  'max_websockets_per_client',
] as const;

export type LimitName = (typeof limitNames)[number];

export interface LimitNotices extends LimitCounts {
  /**
   * @param address whom it met; `null` where it is not an address that it counts by
   * @param application whose limit it is; absent: bouncer's own
   */
  note(limit: LimitName, address: string | null, application?: string): void;
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
    note(limit, address, application) {
      const state = states.get(limit);
      if (state === undefined) return;
      state.count += 1;
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
