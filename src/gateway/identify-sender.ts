// Who sent a request: by its token where it presents one, by its cookie otherwise. The one step that uses a session or a token.
import type { GatedRequest } from '../http/gated-request.ts';
import { withoutTokens } from '../http/own-token.ts';
import type { CanonicalHost } from '../http/request-target.ts';
import { identify, identifyByToken, presentsToken, type Registers } from '../identity/identify.ts';
import type { Principal } from '../identity/principal.ts';
import type { Rejection, TokenPlace, TokenVisit } from '../identity/tokens/service-token.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { MaybePromise } from '../store/maybe-promise.ts';
import type { Received } from './receive-request.ts';

/** Where and when a token is presented. @param application `null`: on bouncer's own host */
export function tokenPlaceOf(
  host: CanonicalHost,
  application: Application | null,
  nowMs: number,
): TokenPlace {
  if (application === null) return { host, application, takesPersonal: false, limits: noLimits, nowMs };
  const { name, takesPersonal, session: limits } = application;
  return { host, application: name, takesPersonal, limits, nowMs };
}

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
  return identifyByToken(registers, request, tokenVisitOf(moment, received, request));
}

function tokenVisitOf(
  { requestId, nowMs }: Moment,
  { ip, country, application }: Received,
  { host, userAgent }: GatedRequest,
): TokenVisit {
  return {
    ...tokenPlaceOf(host, application, nowMs),
    requestId,
    ip,
    country,
    userAgent: userAgent === undefined ? null : withoutTokens(userAgent),
  };
}
