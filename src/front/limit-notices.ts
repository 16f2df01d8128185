// Counts how often a limit took something from somebody, and says so in the log once a minute at most.
import type { LimitCounts } from '../telemetry/metrics.ts';
import type { Telemetry } from '../telemetry/request-record.ts';

/** The limits of the front that a client can run into without its request being refused. */
export const frontLimits = ['connections', 'connections_per_address', 'write_timeout'] as const;

export type FrontLimit = (typeof frontLimits)[number];

export interface LimitNotices extends LimitCounts {
  /** @param address whom it met */
  note(limit: FrontLimit, address: string | null): void;
}

const quietMs = 60_000;

/** @param now a clock that only goes forward, milliseconds */
export function createLimitNotices(
  telemetry: Pick<Telemetry, 'event'>,
  now: () => number = () => performance.now(),
): LimitNotices {
  const states = new Map<string, { count: number; told: number; toldAtMs: number }>(
    frontLimits.map((limit) => [limit, { count: 0, told: 0, toldAtMs: Number.NEGATIVE_INFINITY }]),
  );
  return {
    names: frontLimits,
    note(limit, address) {
      const state = states.get(limit);
      if (state === undefined) return;
      state.count += 1;
      if (now() - state.toldAtMs < quietMs) return;
      state.toldAtMs = now();
      telemetry.event('limit_reached', { limit, address, count: state.count - state.told });
      state.told = state.count;
    },
    count: (limit) => states.get(limit)?.count ?? 0,
  };
}
