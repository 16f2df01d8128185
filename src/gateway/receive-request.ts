// The first steps of every request: is its head acceptable, who is the client, which application is meant. No identity yet.

import type { Snapshot } from '../configuration/snapshot.ts';
import { clientAddress, clientCountry } from '../http/client-address.ts';
import { checkRequestHead } from '../http/gate.ts';
import type { GatedRequest, RawRequestHead } from '../http/gated-request.ts';
import type { Reason } from '../http/refusals.ts';
import { overridesMethod } from '../http/request-headers.ts';
import { isReservedPath, readsAsReserved } from '../http/reserved-path.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
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
