// The first steps of every request: is its head acceptable, who is the client, which application is meant. No identity yet.

import type { Snapshot } from '../configuration/snapshot.ts';
import { clientAddress, clientCountry } from '../http/client-address.ts';
import { checkRequestHead } from '../http/gate.ts';
import type { GatedRequest, RawRequestHead } from '../http/gated-request.ts';
import type { Reason } from '../http/refusals.ts';
import { overridesMethod } from '../http/request-headers.ts';
import { isReservedPath, readsAsReserved } from '../http/reserved-path.ts';
import type { Session } from '../identity/sessions/session.ts';
import type { Application, Area } from '../rules/model/compiled-rules.ts';
import type { Facts } from '../rules/model/facts.ts';
import type { LiveStreams } from './live-streams.ts';
import { isReturning } from './loop-guard.ts';

/** What is known of a request before anybody is identified. */
export interface Received {
  /** `null`: the gate refused it. */
  readonly request: GatedRequest | null;
  /** The client's address, canonical; `null` when unknown. */
  readonly ip: string | null;
  readonly country: string | null;
  /** `null`: the host is only `auth_url`'s, or unknown. */
  readonly application: Application | null;
  /** Why it ends here; `null` to go on. */
  readonly refusal: Reason | null;
}

const nothing: Received = { request: null, ip: null, country: null, application: null, refusal: null };

/** The JWKS of the issuer, where every verifier looks first; bouncer's own on `auth_url`'s host alone. */
const wellKnownKeys = '/.well-known/jwks.json';

/**
 * Gate, client address and route.
 *
 * @param peer the address of the other end of the connection; `null` for a Unix socket
 */
export function receiveRequest(
  head: RawRequestHead,
  peer: string | null,
  snapshot: Snapshot,
  live: LiveStreams,
): Received {
  const { settings, trust, rules } = snapshot;
  const gate = checkRequestHead(head, settings.limits);
  if (!gate.ok) return { ...nothing, refusal: gate.refusal.reason };
  const { request } = gate;
  const application = rules.findApplication(request.host);
  return {
    request,
    ip: clientAddress(peer, request.rawHeaders, trust, settings.clientIpHeader),
    country: clientCountry(peer, request.rawHeaders, trust, settings.countryHeader),
    application,
    refusal: refusalOf(request, application, snapshot, live),
  };
}

function refusalOf(
  request: GatedRequest,
  application: Application | null,
  snapshot: Snapshot,
  live: LiveStreams,
): Received['refusal'] {
  const { target } = request;
  if (application === null && request.host !== snapshot.authHost) return 'unknown-host';
  if (!isReservedPath(target.path) && target.readings.some(readsAsReserved)) return 'path-ambiguous';
  if (application?.looksAtMethod === true && overridesMethod(request.rawHeaders)) return 'method-overridden';
  return isReturning(request, live) ? 'upstream-loop' : null;
}

/** Whether bouncer itself answers: its reserved prefix, and everything on a host that is no application's. */
export function isOwnEndpoint(
  request: GatedRequest,
  application: Application | null,
  snapshot: Snapshot,
): boolean {
  const { path } = request.target;
  if (application === null || isReservedPath(path)) return true;
  return path === wellKnownKeys && request.host === snapshot.authHost;
}

/** What the selectors may ask about. */
export function factsOf(received: Received, method: string, session: Session | null, nowMs: number): Facts {
  return {
    identity: session === null ? null : session.identity,
    serviceToken: null,
    ip: received.ip,
    country: received.country,
    method,
    nowMs,
  };
}

/** What the sessions port gave can be this request's session: nothing that is not for its host and not alive lets anybody in. */
export function isSessionFor(session: Session, request: GatedRequest, nowMs: number): boolean {
  return (
    typeof session === 'object' &&
    session.host === request.host &&
    session.expiresAtMs > nowMs &&
    typeof session.identity === 'object' &&
    session.identity !== null
  );
}

/** The area whose policies decide, or `ambiguous`: lenient readers could disagree, or COPY and MOVE name a second path elsewhere. */
export function selectArea(request: GatedRequest, application: Application): Area | 'ambiguous' {
  const area = application.selectArea(request.target);
  const { destination } = request;
  if (area === 'ambiguous' || destination === undefined || destination === null) return area;
  // RFC 4918 section 10.3: the second path is written to.
  if (isReservedPath(destination.path) || destination.readings.some(readsAsReserved)) return 'ambiguous';
  return application.selectArea(destination) === area ? area : 'ambiguous';
}
