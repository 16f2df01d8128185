// The only place that makes a Permit: from an allow decision, with the header fields that the upstream will see.

import type { Assertions } from '../assertion/assertions.ts';
import type { HeaderPlans, Snapshot } from '../configuration/snapshot.ts';
import { clientNetwork } from '../http/client-network.ts';
import type { GatedRequest } from '../http/gated-request.ts';
import type { HeaderPlan } from '../http/header-plan.ts';
import { isHostIn } from '../http/host-match.ts';
import { identityHeaderValue, type TellablePerson } from '../http/identity-header.ts';
import { type OwnName, ownName } from '../http/own-names.ts';
import { knownRequestHeaders, type OurHeaders, upstreamRequestHeaders } from '../http/request-headers.ts';
import { type Known, type Principal, principalAt, type Service } from '../identity/principal.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { Verdict } from './judge.ts';
import type { Permit } from './permit.ts';
import { isPreflightOf } from './preflight.ts';
import { endOfPrincipal } from './principal-end.ts';

export interface Admission {
  readonly verdict: Extract<Verdict, { kind: 'allow' }>;
  readonly snapshot: Snapshot;
  readonly principal: Principal;
  readonly ip: string | null;
  readonly requestId: string;
  readonly nowMs: number;
}

/**
 * Turn an allow decision into the permission to reach the upstream; anything else into `null`.
 *
 * @param admission what was found out about the request
 * @param assertions who signs; asked only when somebody is logged in
 */
export function authorize(admission: Admission, assertions: Assertions): Permit | null {
  const { snapshot, nowMs } = admission;
  const { request, application, area, decision } = admission.verdict;
  const principal = principalAt(application, admission.principal);
  const known = principal.kind === 'nobody' ? null : principal;
  if (decision.outcome !== 'allow') return null;
  if (decision.reason === 'preflight-passed') {
    if (!decision.isBypass || known !== null || !isPreflightOf(request, application)) return null;
  } else if (decision.reason !== (decision.isBypass ? 'policy-bypassed' : 'policy-allowed')) return null;
  if (known === null && !decision.isBypass) return null;
  const plans = snapshot.headerPlans.get(application);
  // An application of other rules, or an area of another application: whoever decided did not decide this.
  if (plans === undefined || !plans.areas.has(area)) return null;
  if (!isHostIn(application.hosts, request.host)) return null;
  const assertion =
    known === null
      ? null
      : assertions.mint(known, application.audience, nowMs, endOfPrincipal(known, application));
  if (known !== null && (typeof assertion !== 'string' || assertion === '')) return null;
  // From the settings' port, not the client's: links that the application builds from it lead back through bouncer.
  const { presented } = request;
  const authority = `${request.host}${snapshot.portSuffix}`;
  const upstreams = area.upstreams ?? application.upstreams;
  const host = upstreamHost(application, upstreams, authority);
  const headers = headersFor(
    request,
    {
      host,
      forwardedFor: admission.ip,
      forwardedProto: snapshot.scheme,
      forwardedHost: authority,
      requestId: admission.requestId,
      destination: upstreamDestination(request, upstreams, host),
      assertion,
      hasOwnAuthorization:
        presented?.kind === 'token' && (presented.way === 'bearer' || presented.way === 'basic'),
      identity: known === null ? noValues : valuesFor(known, admission, plans, assertions),
    },
    plans.request,
  );
  return {
    application,
    area,
    decision,
    request,
    principal,
    requester: requesterOf(principal, admission.ip),
    headers,
    requestPlan: plans.request,
    locations: application.rewritesLocation
      ? { names: upstreamNames(upstreams, host), origin: `${snapshot.scheme}://${authority}` }
      : null,
    responsePlan: known === null ? plans.response : plans.personalResponse,
  } as unknown as Permit;
}

function headersFor(request: GatedRequest, our: OurHeaders, plan: HeaderPlan): string[] {
  const { rawHeaders, known, isWebSocket, upgrade } = request;
  if (isWebSocket) return upstreamRequestHeaders(rawHeaders, our, plan, 'websocket');
  if (upgrade !== null) return upstreamRequestHeaders(rawHeaders, our, plan, 'upgrade');
  return known === undefined
    ? upstreamRequestHeaders(rawHeaders, our, plan)
    : knownRequestHeaders(known, our, plan);
}

/** Ids are random or a hash, and look like no address: no two requesters are the same text. */
function requesterOf(principal: Principal, ip: string | null): string | null {
  if (principal.kind !== 'nobody') return principal.id;
  return ip === null ? null : clientNetwork(ip);
}

const noValues: readonly null[] = [];

/** Of the identity headers, and then of the dialects. */
function valuesFor(
  known: Known,
  { verdict: { application }, nowMs }: Admission,
  plans: HeaderPlans,
  { dialects }: Assertions,
): readonly (string | null)[] {
  const values = identityValues(application, plans, known);
  if (application.dialects.length === 0) return values;
  return [...values, ...dialects.values(known, application, nowMs, endOfPrincipal(known, application))];
}

/** Principals are frozen, so the values are made once for each; a reload begins anew. */
function identityValues(
  { identityHeaders }: Application,
  { identityValues: made }: HeaderPlans,
  principal: Known,
): readonly (string | null)[] {
  let values = made.get(principal);
  if (values === undefined) {
    const told = principal.kind === 'person' ? principal.identity : tellableService(principal);
    values = identityHeaders.map(({ source }) => identityHeaderValue(source, told));
    made.set(principal, values);
  }
  return values;
}

/** A program has a name and nothing else that a person has. */
function tellableService({ name }: Service): TellablePerson {
  return { sub: name, name, email: null, groups: [], idp: '', claims: {} };
}

type Upstreams = Application['upstreams'];

function upstreamScheme([address]: Upstreams): 'http' | 'https' {
  return address?.kind === 'tcp' && address.isTls ? 'https' : 'http';
}

/**
 * `Destination` of COPY and MOVE (RFC 4918 section 10.3) in the scheme and authority that the upstream sees: servers refuse others as
 * those of another server. The gate found it to be on this very host. `null`: as sent, a path.
 */
function upstreamDestination(
  { destination, rawHeaders }: GatedRequest,
  upstreams: Upstreams,
  host: string,
): string | null {
  if (destination === undefined || destination === null) return null;
  const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'destination');
  if (rawHeaders[at + 1]?.startsWith('/') !== false) return null;
  return `${upstreamScheme(upstreams)}://${host}${destination.path}${destination.query}`;
}

/** What the upstream may call itself: its addresses, and what it is told to be. */
function upstreamNames(upstreams: Upstreams, host: string): readonly OwnName[] {
  const names = [ownName(upstreamScheme(upstreams), host)];
  for (const address of upstreams) {
    if (address.kind === 'tcp')
      names.push(ownName(address.isTls ? 'https' : 'http', `${bracketed(address.host)}:${address.port}`));
  }
  return names.filter((name) => name !== null);
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** `Host` for the upstream, as `upstream_options.host_header` says. */
function upstreamHost(application: Application, [address]: Upstreams, authority: string): string {
  const { hostHeader } = application.upstreamOptions;
  if (hostHeader === 'preserve') return authority;
  if (hostHeader !== 'upstream') return hostHeader;
  if (address === undefined || address.kind !== 'tcp') return 'localhost';
  const isOwnPort = address.port === (address.isTls ? 443 : 80);
  const host = bracketed(address.host);
  return isOwnPort ? host : `${host}:${address.port}`;
}
