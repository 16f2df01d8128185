// What one line of the log says, whatever form it has.

export interface LoggedRequest {
  /** The whole number; of a log for people its first eight characters. */
  readonly requestId: string;
  /** As the log has it: of a log for people without the day. */
  readonly time: string;
  readonly timeMs: number;
  /** `null`: the request had no host that could be read. */
  readonly host: string | null;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly decision: string;
  readonly reason: string;
  readonly policy: string | null;
  readonly sub: string | null;
  readonly email: string | null;
  readonly idp: string | null;
  /** The short id of the session. */
  readonly session: string | null;
  readonly ip: string | null;
  /** After trouble: what happened, and what to do about it. */
  readonly cause: string | null;
  readonly hint: string | null;
}

export interface LoggedEvent {
  readonly requestId: string;
  readonly time: string;
  readonly event: string;
  /** All that it says, but for its time, level and number. */
  readonly fields: Readonly<Record<string, unknown>>;
}
