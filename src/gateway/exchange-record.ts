// The log record of a finished exchange. Never a query, a cookie or a token.
import type { RawRequestHead } from '../http/gated-request.ts';
import { logText } from '../http/log-text.ts';
import type { Session } from '../identity/sessions/session.ts';
import type { Decision } from '../rules/model/decision.ts';
import { logPath } from '../telemetry/log-path.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';
import type { Received } from './receive-request.ts';

/** How far the request came. */
export interface ExchangeStory {
  readonly requestId: string;
  readonly head: RawRequestHead;
  readonly received: Received | null;
  readonly session: Session | null;
}

/** How it ended. */
export interface ExchangeEnding {
  readonly status: number;
  /** `allow`, `deny`, `login`, `step_up`, `refused`, `own` or `error`. */
  readonly kind: string;
  readonly reason: string;
  readonly upstreamMs: number | null;
  readonly bytesOut: number;
  readonly cause: string | null;
  readonly hint: string | null;
}

/** Put the record together (SPEC section 8). */
export function exchangeRecord(
  { requestId, head, received, session }: ExchangeStory,
  decision: Decision | null,
  ending: ExchangeEnding,
  durationMs: number,
): RequestRecord {
  const request = received === null ? null : received.request;
  const application = received === null ? null : received.application;
  const identity = session === null ? null : session.identity;
  const record: RequestRecord = {
    requestId,
    host: request === null ? null : request.host,
    method: request === null ? logText(head.method, 32) : request.method,
    path: request === null ? logPath(pathOf(head.url)) : loggedPath(request.target.path),
    status: ending.status,
    decision: ending.kind,
    reason: ending.reason,
    policy: decision === null ? null : decision.policy,
    application: application === null ? null : application.name,
    sub: identity === null ? null : identity.sub,
    email: identity === null ? null : identity.email,
    idp: identity === null ? null : identity.idp,
    session: session === null ? null : session.logId,
    ip: received === null ? null : received.ip,
    userAgent: request?.userAgent ?? null,
    durationMs,
    upstreamMs: ending.upstreamMs,
    bytesOut: ending.bytesOut,
  };
  const reports = decision === null ? [] : decision.reports;
  if (ending.cause === null && reports.length === 0) return record;
  return {
    ...record,
    ...(ending.cause === null ? {} : { cause: ending.cause }),
    ...(ending.hint === null ? {} : { hint: ending.hint }),
    ...(reports.length === 0 ? {} : { reports }),
  };
}

/** A path that the gate let pass holds nothing to escape. */
function loggedPath(path: string): string {
  return path.length <= 512 ? path : logPath(path);
}

/** Without the query, which may hold secrets. */
function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
