// Counts requests for /metrics: one map look-up a request, turned into metrics only when somebody asks.
import { isShareAudience } from '../http/share-name.ts';
import type { RequestRecord } from './request-record.ts';

export interface RequestCount {
  readonly application: string;
  readonly decision: string;
  readonly status: number;
  count: number;
  seconds: number;
}

export interface RequestCounters {
  count(record: RequestRecord): void;
  all(): Iterable<RequestCount>;
}

/** Shares come and go: together they are one. */
function labelOf(application: string | null): string {
  if (application === null) return '';
  return isShareAudience(application) ? 'share' : application;
}

/** Create counters by application, decision and status; their number is bounded by the rules, never by what clients send. */
export function createRequestCounters(): RequestCounters {
  // By decision, application and status. One text of them all would be made and hashed for every request.
  const counts = new Map<string, Map<string, Map<number, RequestCount>>>();
  return {
    count({ decision, application: name, status, durationMs }): void {
      const application = labelOf(name);
      const byStatus = within(within(counts, decision), application);
      let entry = byStatus.get(status);
      if (entry === undefined) {
        entry = { application, decision, status, count: 0, seconds: 0 };
        byStatus.set(status, entry);
      }
      entry.count += 1;
      entry.seconds += durationMs / 1000;
    },
    *all(): Iterable<RequestCount> {
      for (const byApplication of counts.values())
        for (const byStatus of byApplication.values()) yield* byStatus.values();
    },
  };
}

/** The map of the key, made where there is none. */
function within<Key, Inner, Value>(maps: Map<Key, Map<Inner, Value>>, key: Key): Map<Inner, Value> {
  let map = maps.get(key);
  if (map === undefined) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}
