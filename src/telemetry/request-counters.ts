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
  const counts = new Map<string, Map<number, RequestCount>>();
  return {
    count(record): void {
      const application = labelOf(record.application);
      const key = application === '' ? record.decision : `${record.decision} ${application}`;
      let byStatus = counts.get(key);
      if (byStatus === undefined) {
        byStatus = new Map();
        counts.set(key, byStatus);
      }
      let entry = byStatus.get(record.status);
      if (entry === undefined) {
        entry = { application, decision: record.decision, status: record.status, count: 0, seconds: 0 };
        byStatus.set(record.status, entry);
      }
      entry.count += 1;
      entry.seconds += record.durationMs / 1000;
    },
    *all(): Iterable<RequestCount> {
      for (const byStatus of counts.values()) yield* byStatus.values();
    },
  };
}
