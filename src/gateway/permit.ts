// The permission to reach an upstream. Only authorize.ts makes one, from an allow decision; the forwarder takes nothing else.
import type { GatedRequest } from '../http/gated-request.ts';
import type { HeaderPlan } from '../http/header-plan.ts';
import type { LocationRewrite } from '../http/own-names.ts';
import type { ResponsePlan } from '../http/response-headers.ts';
import type { Principal } from '../identity/principal.ts';
import type { Application, Area } from '../rules/model/compiled-rules.ts';
import type { Decision } from '../rules/model/decision.ts';

declare const permit: unique symbol;

export interface Permit {
  readonly [permit]: true;
  readonly application: Application;
  readonly area: Area;
  readonly decision: Decision;
  readonly request: GatedRequest;
  /** Who sent the request; an application is told of everybody but nobody. */
  readonly principal: Principal;
  /** Whose share of the application's places it takes: a login's, a token's, an address's; `null`: that of nobody who is known. */
  readonly requester: string | null;
  /** Name, value, name, value …: exactly the header fields of the upstream request, `Host` included, framing and hop-by-hop fields not. */
  readonly headers: string[];
  /** What the client may say: for trailers, which come after the head. */
  readonly requestPlan: HeaderPlan;
  /** What may come back to the client. */
  readonly responsePlan: ResponsePlan;
  /** The upstream's own names in the addresses of its answers, and what they become; `null`: they stay. */
  readonly locations: LocationRewrite | null;
}
