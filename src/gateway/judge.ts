// The one decision that all doors share: own endpoint, area, policies, origin. It knows the request and who sent it,
// touches no response and asks nobody.
import type { Snapshot } from '../configuration/snapshot.ts';
import { isPageNavigation, isWebSocketOriginAllowed } from '../http/client-kind.ts';
import { isDialectPath } from '../http/dialects.ts';
import type { GatedRequest } from '../http/gated-request.ts';
import { originOf } from '../http/origin-of.ts';
import { isReason, type Reason } from '../http/refusals.ts';
import { isReservedPath, readsAsReserved } from '../http/reserved-path.ts';
import { identityOf, type Principal } from '../identity/principal.ts';
import type { Application, Area } from '../rules/model/compiled-rules.ts';
import type { Decision } from '../rules/model/decision.ts';
import type { Facts } from '../rules/model/facts.ts';
import { decideRequest } from './preflight.ts';
import { type Received, unclearTarget } from './receive-request.ts';
import { wantsBasic } from './wants-basic.ts';

/** What is to be done with a request. */
export type Verdict =
  /** Bouncer answers itself. */
  | { readonly kind: 'own'; readonly request: GatedRequest; readonly application: Application | null }
  /** The rules let it in. Only `authorize` makes a permit of it. */
  | {
      readonly kind: 'allow';
      readonly request: GatedRequest;
      readonly application: Application;
      readonly area: Area;
      readonly decision: Decision;
    }
  /** A login or a step-up may let it in. */
  | { readonly kind: 'challenge'; readonly request: GatedRequest; readonly decision: Decision }
  /** `decision` is null where none was made: it is not the rules that refuse. */
  | { readonly kind: 'refuse'; readonly reason: Reason; readonly decision: Decision | null };

/** The JWKS of the issuer, where every verifier looks first; bouncer's own on `auth_url`'s host alone. */
const wellKnownKeys = '/.well-known/jwks.json';

/** Who may get in once it is known who they are. */
const askPerson: Decision = Object.freeze({
  ...{ outcome: 'login', reason: 'login-required', policy: null, isBypass: false },
  missing: Object.freeze([Object.freeze({ what: 'login' })]),
  reports: Object.freeze([]),
});

/**
 * Judge a request.
 *
 * @param received what its head says; a refusal of the gate stays one
 * @param principal who sent it, verified for this host and moment
 * @param nowMs milliseconds since the epoch
 */
export function judge(snapshot: Snapshot, received: Received, principal: Principal, nowMs: number): Verdict {
  const verdict = judgeAgain(snapshot, received, principal, nowMs);
  if (verdict.kind === 'refuse') return offerCredentials(verdict, received, principal);
  if (verdict.kind !== 'allow') return verdict;
  const { request, application, decision } = verdict;
  if (request.upgrade !== null) {
    const own = originOf(snapshot.settings, request.host);
    if (!isWebSocketOriginAllowed(request, own, application.allowedOrigins))
      return { kind: 'refuse', reason: 'foreign-origin', decision };
  }
  const mustAsk = principal.kind === 'person' && principal.mustAskPerson && !decision.isBypass;
  return mustAsk && isPageNavigation(request) ? { kind: 'challenge', request, decision: askPerson } : verdict;
}

/**
 * Some programs send a token only where they were asked for one, and a policy may let in nobody else: they are asked before they are
 * refused.
 */
function offerCredentials(
  verdict: Extract<Verdict, { kind: 'refuse' }>,
  { request, application }: Received,
  principal: Principal,
): Verdict {
  const isDenied = verdict.decision?.outcome === 'deny' && principal.kind === 'nobody';
  return isDenied &&
    verdict.reason !== 'decision-error' &&
    request !== null &&
    wantsBasic(request, application)
    ? { kind: 'challenge', request, decision: askPerson }
    : verdict;
}

/** Judge a request that is being answered already: what is asked only at its beginning is left out. */
export function judgeAgain(
  snapshot: Snapshot,
  received: Received,
  principal: Principal,
  nowMs: number,
): Verdict {
  const { request, refusal, application } = received;
  if (request === null || refusal !== null)
    return { kind: 'refuse', reason: refusal ?? 'decision-error', decision: null };
  if (application === null || isOwnEndpoint(request, application, snapshot))
    return { kind: 'own', request, application };
  if (request.oversizedCookies !== undefined)
    return { kind: 'refuse', reason: 'cookies-too-large', decision: null };
  const unclear = unclearTarget(request, application);
  if (unclear !== null) return { kind: 'refuse', reason: unclear, decision: null };
  const area = selectArea(request, application);
  if (area === 'ambiguous') return { kind: 'refuse', reason: 'path-ambiguous', decision: null };
  const facts = factsOf(received, request.method, principal, nowMs);
  const decision = decideRequest(request, application, area, facts);
  switch (decision.outcome) {
    case 'allow':
      if (application.isInMaintenance) return { kind: 'refuse', reason: 'maintenance', decision };
      return { kind: 'allow', request, application, area, decision };
    case 'login':
    case 'step_up':
      return { kind: 'challenge', request, decision };
    case 'deny':
      return { kind: 'refuse', reason: refusalOf(decision), decision };
    default:
      decision.outcome satisfies never;
      return { kind: 'refuse', reason: 'decision-error', decision };
  }
}

/**
 * Whether a verdict is worth something only while the store answers: nobody is sent to log in who could not come back, and a hardware key
 * or a fresh login counts only while it can be looked up.
 */
export function needsStore(verdict: Verdict): boolean {
  if (verdict.kind === 'allow') return verdict.area.asksForStepUp && !verdict.decision.isBypass;
  return verdict.kind === 'challenge';
}

/** Whether bouncer itself answers: its reserved prefix, and everything on a host that is not an application's. */
export function isOwnEndpoint(
  request: GatedRequest,
  application: Application | null,
  snapshot: Snapshot,
): boolean {
  const { path } = request.target;
  if (application === null || isReservedPath(path) || isDialectPath(application.dialects, path)) return true;
  return path === wellKnownKeys && request.host === snapshot.authHost;
}

/** What the selectors may ask about. */
export function factsOf(received: Received, method: string, principal: Principal, nowMs: number): Facts {
  const facts = {
    identity: identityOf(principal),
    ...programFacts(principal),
    ip: received.ip,
    country: received.country,
    method,
    nowMs,
  };
  return received.grants === undefined ? facts : { ...facts, grants: received.grants };
}

/** A workload has no service token: what rules say about those is not about it. */
function programFacts(principal: Principal): Pick<Facts, 'serviceToken' | 'workload'> {
  if (principal.kind !== 'service') return noProgram;
  const { name, workload = null } = principal;
  return workload === null ? { serviceToken: name, workload } : { serviceToken: null, workload };
}

const noProgram = { serviceToken: null, workload: null };

/** A decision that does not allow names a refusal; whatever else it says is not a decision. */
export function refusalOf({ reason }: Decision): Reason {
  return isReason(reason) ? reason : 'decision-error';
}

/** The area whose policies decide, or `ambiguous`: lenient readers could disagree, or COPY and MOVE name a second path elsewhere. */
function selectArea(request: GatedRequest, application: Application): Area | 'ambiguous' {
  const area = application.selectArea(request.target);
  const { destination } = request;
  if (area === 'ambiguous' || destination === undefined || destination === null) return area;
  // RFC 4918 section 10.3: the second path is written to.
  if (isReservedPath(destination.path) || destination.readings.some(readsAsReserved)) return 'ambiguous';
  return application.selectArea(destination) === area ? area : 'ambiguous';
}
