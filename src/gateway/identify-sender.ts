// Who sent a request: by its token where it presents one, by its cookie otherwise. The one step that uses a session or a token.
import type { GatedRequest } from '../http/gated-request.ts';
import { withoutTokens } from '../http/own-token.ts';
import { identify, identifyByToken, presentsToken, type Registers } from '../identity/identify.ts';
import type { Principal } from '../identity/principal.ts';
import type { SessionLimits } from '../identity/sessions/session.ts';
import type { Rejection, TokenVisit } from '../identity/tokens/service-token.ts';
import type { MaybePromise } from '../store/maybe-promise.ts';
import type { Received } from './receive-request.ts';

const noLimits = Object.freeze({ durationMs: null, idleTimeoutMs: null });

interface Moment {
  /** For the log. */
  readonly requestId: string;
  /** When it came, milliseconds since the epoch. */
  readonly nowMs: number;
}

/**
 * Find out who sent a request.
 *
 * @throws BouncerError `store_unavailable`; `internal` for what was found and cannot be the sender
 */
export function identifySender(
  registers: Registers,
  moment: Moment,
  received: Received,
  request: GatedRequest,
): MaybePromise<Principal | Rejection> {
  const limits = received.application?.session ?? noLimits;
  if (!presentsToken(request)) return identify(registers.sessions, request, limits, moment.nowMs);
  return identifyByToken(registers, request, tokenVisitOf(moment, received, request, limits));
}

function tokenVisitOf(
  { requestId, nowMs }: Moment,
  { ip, country, application }: Received,
  { host, userAgent }: GatedRequest,
  limits: SessionLimits,
): TokenVisit {
  return {
    requestId,
    host,
    application: application?.name ?? null,
    ip,
    country,
    userAgent: userAgent === undefined ? null : withoutTokens(userAgent),
    nowMs,
    limits,
  };
}
