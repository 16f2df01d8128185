// One line of the log for each request, and the port through which it and the events are written. Never a token, a cookie or a query.
import type { EventName, FieldsOf } from './events.ts';

export interface RequestRecord {
  readonly requestId: string;
  /** As sent when no canonical form exists, cut to length; `null` when absent. */
  readonly host: string | null;
  readonly method: string;
  /** The path without query; cut to length. */
  readonly path: string;
  readonly status: number;
  /** `allow`, `deny`, `login`, `step_up`; `refused` for the gate, `own` for bouncer's own endpoints, `error`. */
  readonly decision: string;
  /** A fixed id, such as `no-policy-matched` or the gate's or forwarder's own. */
  readonly reason: string;
  readonly policy: string | null;
  readonly application: string | null;
  readonly sub: string | null;
  readonly email: string | null;
  readonly idp: string | null;
  readonly session: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly durationMs: number;
  readonly upstreamMs: number | null;
  readonly bytesOut: number;
  /** What an operator can act on when the upstream failed. */
  readonly cause?: string;
  /** What to do about it, where that is known. */
  readonly hint?: string;
  /** What report-only policies would have decided. */
  readonly reports?: readonly {
    readonly policy: string | null;
    readonly outcome: string;
    readonly reason: string;
  }[];
}

/** The port to the log. */
export interface Telemetry {
  request(record: RequestRecord): void;
  /** A line of its own; its level and its fields are those of the table of events. */
  event<Name extends EventName>(name: Name, fields: FieldsOf<Name>): void;
}
