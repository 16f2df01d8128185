// The only place that makes a Permit: from an allow decision, with the header fields that the upstream will see.

import type { Assertions } from '../assertion/assertions.ts';
import type { HeaderPlans, Snapshot } from '../configuration/snapshot.ts';
import type { GatedRequest } from '../http/gated-request.ts';
import { isHostIn } from '../http/host-match.ts';
import { identityHeaderValue } from '../http/identity-header.ts';
import { upstreamRequestHeaders } from '../http/request-headers.ts';
import type { Session } from '../identity/sessions/session.ts';
import { endOfSession } from '../identity/sessions/session-limits.ts';
import type { Application, Area } from '../rules/model/compiled-rules.ts';
import type { Decision } from '../rules/model/decision.ts';
import type { Permit } from './permit.ts';
import { isPreflightOf } from './preflight.ts';

export interface Admission {
  readonly snapshot: Snapshot;
  readonly request: GatedRequest;
  readonly application: Application;
  readonly area: Area;
  readonly decision: Decision;
  readonly session: Session | null;
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
  const { snapshot, request, application, decision, session, nowMs } = admission;
  if (decision.outcome !== 'allow') return null;
  if (decision.reason === 'preflight-passed') {
    if (!decision.isBypass || session !== null || !isPreflightOf(request, application)) return null;
  } else if (decision.reason !== (decision.isBypass ? 'policy-bypassed' : 'policy-allowed')) return null;
  if (session === null && !decision.isBypass) return null;
  const plans = snapshot.headerPlans.get(application);
  // An application of other rules, or an area of another application: whoever decided did not decide this.
  if (plans === undefined || !plans.areas.has(admission.area)) return null;
  if (!isHostIn(application.hosts, request.host)) return null;
  const assertion =
    session === null
      ? null
      : assertions.mint(session, application.audience, nowMs, endOfSession(session, application.session));
  if (session !== null && (typeof assertion !== 'string' || assertion === '')) return null;
  // From the settings' port, not the client's: links that the application builds from it lead back through bouncer.
  const authority = `${request.host}${snapshot.portSuffix}`;
  const headers = upstreamRequestHeaders(
    request.rawHeaders,
    {
      host: upstreamHost(application, authority),
      forwardedFor: admission.ip,
      forwardedProto: snapshot.scheme,
      forwardedHost: authority,
      requestId: admission.requestId,
      assertion,
      identity: session === null ? nobody : identityValues(application, plans, session),
    },
    plans.request,
    request.isWebSocket ? 'websocket' : 'request',
  );
  return {
    application,
    area: admission.area,
    decision,
    request,
    session,
    headers,
    responsePlan: session === null ? plans.response : plans.personalResponse,
  } as unknown as Permit;
}

const nobody: readonly null[] = [];

/** Sessions are frozen, so the values are made once for each; a reload begins anew. */
function identityValues(
  { identityHeaders }: Application,
  { identityValues: known }: HeaderPlans,
  session: Session,
): readonly (string | null)[] {
  let values = known.get(session);
  if (values === undefined) {
    values = identityHeaders.map(({ source }) => identityHeaderValue(source, session.identity));
    known.set(session, values);
  }
  return values;
}

/** `Host` for the upstream, as `upstream_options.host_header` says. */
function upstreamHost(application: Application, authority: string): string {
  const { hostHeader } = application.upstreamOptions;
  if (hostHeader === 'preserve') return authority;
  if (hostHeader !== 'upstream') return hostHeader;
  const [address] = application.upstreams;
  if (address === undefined || address.kind === 'unix') return 'localhost';
  const isOwnPort = address.port === (address.isTls ? 443 : 80);
  const host =
    address.host.includes(':') && !address.host.startsWith('[') ? `[${address.host}]` : address.host;
  return isOwnPort ? host : `${host}:${address.port}`;
}
