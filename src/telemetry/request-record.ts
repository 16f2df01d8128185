// One line of the log for each request, and the events that have lines of their own. Never a token, a cookie or a query.

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
  /** What report-only policies would have decided. */
  readonly reports?: readonly {
    readonly policy: string | null;
    readonly outcome: string;
    readonly reason: string;
  }[];
}

export type EventName =
  | 'started'
  | 'stopped'
  | 'draining'
  | 'login'
  | 'login_failed'
  | 'logout'
  | 'step_up'
  | 'session_revoked'
  | 'session_refreshed'
  | 'reloaded'
  | 'reload_failed'
  | 'configuration_warnings'
  | 'key_created'
  | 'key_retired'
  | 'provider_unreachable'
  | 'provider_reachable'
  | 'upstream_unhealthy'
  | 'upstream_healthy'
  | 'store_failed'
  | 'log_dropped'
  | 'internal_error';

export type EventFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface Telemetry {
  request(record: RequestRecord): void;
  event(level: 'debug' | 'info' | 'warn' | 'error', name: EventName, fields: EventFields): void;
}
