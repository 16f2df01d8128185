// The log record of a finished exchange. Never a query, a cookie or a token.
import type { RawRequestHead } from '../http/gated-request.ts';
import { logText } from '../http/log-text.ts';
import { withoutTokens } from '../http/own-token.ts';
import { identityOf, type Principal } from '../identity/principal.ts';
import type { Decision } from '../rules/model/decision.ts';
import { logPath } from '../telemetry/log-path.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';
import type { Received } from './receive-request.ts';

/** How far the request came. */
export interface ExchangeStory {
  readonly requestId: string;
  readonly head: RawRequestHead;
  readonly received: Received | null;
  readonly principal: Principal;
}

/** How it ended. */
export interface ExchangeEnding {
  readonly status: number;
  /** `allow`, `deny`, `login`, `step_up`, `refused`, `own` or `error`. */
  readonly kind: string;
  readonly reason: string;
  readonly upstreamMs?: number | null;
  /** 0 by default. */
  readonly bytesOut?: number;
  readonly cause?: string | null;
  readonly hint?: string | null;
}

/** Put the record together (docs/operations.md). */
export function exchangeRecord(
  { requestId, head, received, principal }: ExchangeStory,
  decision: Decision | null,
  ending: ExchangeEnding,
  durationMs: number,
): RequestRecord {
  const request = received === null ? null : received.request;
  const application = received === null ? null : received.application;
  const identity = identityOf(principal);
  const { upstreamMs = null, bytesOut = 0, cause = null, hint = null } = ending;
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
    sub: identity !== null ? identity.sub : principal.kind === 'service' ? principal.name : null,
    email: identity === null ? null : identity.email,
    idp: identity === null ? null : identity.idp,
    session: principal.kind === 'nobody' ? null : principal.logId,
    ip: received === null ? null : received.ip,
    userAgent: request?.userAgent === undefined ? null : withoutTokens(request.userAgent),
    durationMs,
    upstreamMs,
    bytesOut,
  };
  const reports = decision === null ? [] : decision.reports;
  if (cause === null && hint === null && reports.length === 0) return record;
  return {
    ...record,
    ...(cause === null ? {} : { cause }),
    ...(hint === null ? {} : { hint }),
    ...(reports.length === 0 ? {} : { reports }),
  };
}

/** A path that the gate let pass holds nothing to escape. */
function loggedPath(path: string): string {
  return path.length <= 512 ? withoutTokens(path) : logPath(path);
}

/** Without the query, which may hold secrets. */
function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
