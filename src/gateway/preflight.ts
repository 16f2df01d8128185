// Preflights and the fields that let a script of another origin read bouncer's own refusals (Fetch section 4.8, CORS protocol 3.2).
import type { GatedRequest } from '../http/gated-request.ts';
import { overridesMethod } from '../http/request-headers.ts';
import type { Application, Area } from '../rules/model/compiled-rules.ts';
import type { Decision } from '../rules/model/decision.ts';
import type { Facts } from '../rules/model/facts.ts';

const none: Readonly<Record<string, string>> = Object.freeze({});

/**
 * The area's decision; for a preflight of an application that passes them, that of the request which it asks for, made without
 * an identity: where only a login is missing the question goes on, because a browser sends no login with it.
 *
 * What no login could let in stays refused.
 */
export function decideRequest(
  request: GatedRequest,
  application: Application,
  area: Area,
  facts: Facts,
): Decision {
  const decision = area.decide(facts);
  const method = request.preflightMethod ?? null;
  if (method === null || !application.passesPreflight || facts.identity !== null) return decision;
  // No browser asks so; a framework would take the question for the request itself.
  if (decision.outcome === 'allow' || overridesMethod(request.rawHeaders)) return decision;
  const asked = area.decide({ ...facts, method });
  if (asked.outcome === 'allow') return asked;
  if (asked.outcome !== 'login') return decision;
  return { ...asked, outcome: 'allow', reason: 'preflight-passed', isBypass: true, missing: [] };
}

/** Whether a decision of that reason can be this request's. */
export function isPreflightOf(request: GatedRequest, application: Application): boolean {
  return application.passesPreflight && (request.preflightMethod ?? null) !== null;
}

/** On a refusal in place of an application: who may read it. Never on bouncer's own endpoints, `identity` least of all. */
export function crossOriginFields(
  request: GatedRequest,
  { allowedOrigins }: Application,
): Readonly<Record<string, string>> {
  if (allowedOrigins.length === 0) return none;
  const { origin } = request;
  if (origin === undefined || !allowedOrigins.includes(origin)) return { Vary: 'Origin' };
  return {
    Vary: 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers': 'WWW-Authenticate, X-Request-Id, Retry-After',
  };
}
