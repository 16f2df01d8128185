// The first steps of every request: is its head acceptable, who is the client, which application is meant. No identity yet.

import type { Snapshot } from '../configuration/snapshot.ts';
import { clientAddress, clientCountry } from '../http/client-address.ts';
import { isDialectPath, speaks } from '../http/dialects.ts';
import { checkRequestHead } from '../http/gate.ts';
import type { GatedRequest, RawRequestHead } from '../http/gated-request.ts';
import { type Presented, presentedToCloudflare } from '../http/own-token.ts';
import type { Reason } from '../http/refusals.ts';
import { overridesMethod } from '../http/request-headers.ts';
import { isReservedPath, readsAsReserved } from '../http/reserved-path.ts';
import { listedUpgrade } from '../http/upgrade-token.ts';
import { presentedWith } from '../identity/workloads/addressed-token.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { GrantFact } from '../rules/model/facts.ts';
import type { LiveStreams } from './live-streams.ts';
import { isReturning } from './loop-guard.ts';

/** By which way a request came: itself, or as the question of another proxy that would forward it. */
export type Door = 'front' | 'forward-auth';

/** Where a request came in. */
export interface Arrival {
  /** The address of the other end of the connection; `null` for a Unix socket. */
  readonly peer: string | null;
  readonly door: Door;
}

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
  /** What its sender was granted, once that is known; absent: nothing. */
  readonly grants?: readonly GrantFact[];
}

/** Of a request whose head could not be looked at. */
export const unreceived: Received = Object.freeze({
  ...{ request: null, ip: null, country: null, application: null, refusal: null },
});

/** Gate, client address and route. */
export function receiveRequest(
  head: RawRequestHead,
  { peer, door }: Arrival,
  snapshot: Snapshot,
  live: LiveStreams,
): Received {
  const { settings, trust, rules } = snapshot;
  const gate = checkRequestHead(head, settings.limits);
  const ip = clientAddress(peer, head.rawHeaders, trust, settings.clientIpHeader);
  if (!gate.ok) return { ...unreceived, ip, refusal: gate.refusal.reason };
  const application = rules.findApplication(gate.request.host);
  const presented = presentedTo(application, gate.request, settings);
  const request =
    presented === (gate.request.presented ?? null) ? gate.request : { ...gate.request, presented };
  const unclear = unclearTarget(request, application);
  // As what the gate refuses: nothing of it is known but who sent it.
  if (unclear !== null) return { ...unreceived, ip, refusal: unclear };
  return {
    request,
    ip,
    country: clientCountry(peer, request.rawHeaders, trust, settings.countryHeader),
    application,
    refusal:
      refusalAtDoor(request, application, door) ??
      refusalBeforeIdentity(request, application, snapshot, live),
  };
}

/** What a request presents, also in the fields of a dialect that its application speaks. */
function presentedTo(
  application: Application | null,
  request: GatedRequest,
  { trustedIssuers }: Snapshot['settings'],
): Presented | null {
  const found = presentedWith(request, trustedIssuers);
  if (application === null || !speaks(application.dialects, 'cloudflare')) return found;
  const further = presentedToCloudflare(request.rawHeaders);
  return found !== null && further !== null ? { kind: 'several' } : (found ?? further);
}

/**
 * Why a path that is not text, or the destination, does not go on; `null` when it does: the application takes every spelling. Bouncer's
 * own addresses never do.
 */
export function unclearTarget(
  { target, destination }: GatedRequest,
  application: Application | null,
): Reason | null {
  const isTaken = application?.pathSpelling === 'opaque';
  if (target.unclear !== undefined && (!isTaken || isReservedPath(target.path))) return target.unclear;
  return destination?.unclear !== undefined && !isTaken ? 'destination-invalid' : null;
}

/** Without an application bouncer answers itself, which changes to nothing. */
function mayUpgrade(application: Application | null, upgrade: string): boolean {
  if (application === null) return upgrade.toLowerCase() === 'websocket';
  return listedUpgrade(application.upgrades, upgrade) !== null;
}

/**
 * An application that another proxy serves is not reached here, nor is one that is reached here asked about; what is bouncer's own is no
 * proxy's to let through.
 */
function refusalAtDoor({ target }: GatedRequest, application: Application | null, door: Door): Reason | null {
  const isReserved =
    isReservedPath(target.path) || (application !== null && isDialectPath(application.dialects, target.path));
  if (application === null || isReserved)
    return door === 'front' ? null : isReserved ? 'misdirected' : 'unknown-host';
  return application.isForwardAuth === (door === 'forward-auth') ? null : 'misdirected';
}

function refusalBeforeIdentity(
  request: GatedRequest,
  application: Application | null,
  snapshot: Snapshot,
  live: LiveStreams,
): Reason | null {
  const { target } = request;
  if (application === null && request.host !== snapshot.authHost) return 'unknown-host';
  if (!isReservedPath(target.path) && target.readings.some(readsAsReserved)) return 'path-ambiguous';
  const { upgrade } = request;
  if (upgrade !== null && !isReservedPath(target.path) && !mayUpgrade(application, upgrade))
    return 'upgrade-refused';
  if (application?.looksAtMethod === true && overridesMethod(request.rawHeaders)) return 'method-overridden';
  return isReturning(request, live) ? 'upstream-loop' : null;
}
