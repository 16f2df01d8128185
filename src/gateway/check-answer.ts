// What another proxy is told where it may let a request through: every field each time, so that none of the client's is left where bouncer
// says nothing. The assertion, the identity headers, what the rules set, and `Cookie` and `Authorization` without what is bouncer's.

import { speaks } from '../http/dialects.ts';
import { createClaimFinder, type FrontKind } from '../http/forward-auth-fields.ts';
import { foldHeaderName } from '../http/header-name.ts';
import type { HeaderPlan } from '../http/header-plan.ts';
import { tokenFields } from '../http/own-token.ts';
import { rememberKinds } from '../http/remember-kinds.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { Permit } from './permit.ts';

/** With which programs prove themselves to Cloudflare Access; where their application says so, to bouncer. */
const cloudflareTokenFields = ['cf-access-client-id', 'cf-access-client-secret'];
const neverSaid: readonly string[] = [...tokenFields, ...cloudflareTokenFields];

/** What a yes of one application looks like; made once for each plan. */
interface AnswerPlan {
  /** The fields in their order, each once. */
  readonly names: readonly string[];
  /** The place of `Cookie` among them. */
  readonly cookieAt: number;
  /** The place of a field of this spelling among them; -1: it is not said. */
  readonly placeOf: (rawName: string) => number;
}

const answerPlans = new WeakMap<HeaderPlan, AnswerPlan>();

function answerPlanOf(plan: HeaderPlan): AnswerPlan {
  let made = answerPlans.get(plan);
  if (made === undefined) {
    made = createAnswerPlan(plan);
    answerPlans.set(plan, made);
  }
  return made;
}

function createAnswerPlan({ assertionHeader, identityHeaders, set }: HeaderPlan): AnswerPlan {
  const places = new Map<string, number>();
  const names: string[] = [];
  const setNames = set.filter((_, i) => i % 2 === 0);
  for (const name of [assertionHeader, ...identityHeaders, 'Cookie', 'Authorization', ...setNames]) {
    const lower = name.toLowerCase();
    if (places.has(lower)) continue;
    places.set(lower, names.length);
    names.push(name);
  }
  return {
    names,
    cookieAt: places.get('cookie') ?? -1,
    placeOf: rememberKinds((rawName) => places.get(rawName.toLowerCase()) ?? -1),
  };
}

/** The fields of a yes: name, value, name, value … */
export function answerFields(
  { headers, requestPlan }: Permit,
  requestId: string,
  proxy: FrontKind,
): string[] {
  const { names, cookieAt, placeOf } = answerPlanOf(requestPlan);
  const fields = ['Cache-Control', 'no-store', 'Content-Length', '0', 'X-Request-Id', requestId];
  const first = fields.length + 1;
  for (const name of names) fields.push(name, '');
  for (let i = 0; i < headers.length; i += 2) {
    const place = placeOf(headers[i] ?? '');
    if (place === -1) continue;
    const at = first + 2 * place;
    const value = headers[i + 1] ?? '';
    fields[at] = place === cookieAt && fields[at] !== '' ? `${fields[at]}; ${value}` : value;
  }
  const said = fields.length;
  for (const name of neverSaid) fields.push(name, '');
  // Envoy leaves a field of the client's where ours is empty, unless it is told so.
  if (proxy === 'envoy') fields.push('X-Envoy-Auth-Headers-To-Remove', emptyOf(fields, first - 1, said));
  return fields;
}

function emptyOf(fields: readonly string[], from: number, to: number): string {
  const empty = [...neverSaid];
  for (let i = from; i < to; i += 2) if (fields[i + 1] === '') empty.push((fields[i] ?? '').toLowerCase());
  return empty.join(',');
}

const claimFinders = new WeakMap<HeaderPlan, (rawHeaders: readonly string[]) => string | null>();

/**
 * A field of the client's by which it would pose as somebody at this application, which the proxy would pass on; `null`: there is none.
 *
 * @param plan the application's own; until rules or settings change, it is of one application
 */
export function findClaim(
  rawHeaders: readonly string[],
  { requestHeaders, dialects }: Application,
  plan: HeaderPlan,
): string | null {
  let find = claimFinders.get(plan);
  if (find === undefined) {
    const said = new Set([plan.assertionHeader, ...plan.identityHeaders].map(foldHeaderName));
    const passed = new Set(requestHeaders.pass.map((name) => name.toLowerCase()));
    if (speaks(dialects, 'cloudflare')) for (const name of cloudflareTokenFields) passed.add(name);
    find = createClaimFinder(said, passed);
    claimFinders.set(plan, find);
  }
  return find(rawHeaders);
}
