// Whether a request that is being answered may go on: who sent it, as they stand now, judged by the rules in force now.
// It uses no session and no token, and cuts nothing itself.
import type { Snapshot } from '../configuration/snapshot.ts';
import type { GatedRequest } from '../http/gated-request.ts';
import type { Grants } from '../identity/access/grants.ts';
import {
  identifyAgain,
  identifyPersonAgain,
  identifyServiceAgain,
  type Registers,
} from '../identity/identify.ts';
import { identityOf, type Principal, type Service } from '../identity/principal.ts';
import type { Session } from '../identity/sessions/session.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { GrantFact } from '../rules/model/facts.ts';
import { isPromise, type MaybePromise } from '../store/maybe-promise.ts';
import { tokenPlaceOf } from './identify-sender.ts';
import { judgeAgain } from './judge.ts';
import { endOfPrincipal } from './principal-end.ts';
import type { Received } from './receive-request.ts';
import { type StepDeadlines, settleWithin } from './step-deadline.ts';

export interface RecheckParts extends Registers {
  /** The rules in force now. */
  readonly snapshot: () => Snapshot;
  readonly deadlines: StepDeadlines;
  readonly grants: Grants;
}

/** What was found out when the request was let in. */
export interface LetIn {
  readonly received: Received | null;
  readonly principal: Principal;
}

/** What comes of it. Times in milliseconds since the epoch, `Infinity` where nothing ends. */
export type Recheck =
  | { readonly kind: 'goes-on'; readonly endsAtMs: number; readonly asksAgainAtMs: number }
  | { readonly kind: 'ends'; readonly reason: string };

/** The sender as they stand, and when they are to be asked about again though nothing changes. */
interface SenderNow {
  readonly principal: Principal;
  readonly asksAgainAtMs: number;
}

const never = Number.POSITIVE_INFINITY;

/**
 * Judge it again.
 *
 * @throws BouncerError as identifying does, and whatever was thrown inside of a decision: what cannot be proved any more must end
 */
export async function recheckRequest(parts: RecheckParts, letIn: LetIn, nowMs: number): Promise<Recheck> {
  const { received, principal: before } = letIn;
  const request = received?.request ?? null;
  if (received === null || request === null) return ends('decision-error');
  const snapshot = parts.snapshot();
  const application = snapshot.rules.findApplication(request.host);
  if (application === null) return ends('application-gone');
  const standing = await standingOf(parts, before, { request, application, nowMs });
  // Whatever was permitted with a session or a token ends with it, whether the policy asked for one or not.
  if (standing === null) return ends(before.kind === 'service' ? 'token-ended' : 'session-ended');
  const { principal, asksAgainAtMs } = standing;
  const grants = await grantsNow(parts, snapshot, principal);
  const verdict = judgeAgain(snapshot, { ...received, application, grants }, principal, nowMs);
  if (verdict.kind === 'allow') {
    const agesAtMs = verdict.area.agesAtMs(identityOf(principal), nowMs);
    const endsAtMs = endOfPrincipal(principal, application);
    const grantEndsAtMs = verdict.area.grantEndsAtMs(grants, nowMs);
    return { kind: 'goes-on', endsAtMs, asksAgainAtMs: Math.min(asksAgainAtMs, agesAtMs, grantEndsAtMs) };
  }
  if (verdict.kind !== 'own' && verdict.decision?.fault !== undefined) throw verdict.decision.fault;
  return ends(
    verdict.kind === 'own' || verdict.decision === null ? 'decision-error' : verdict.decision.reason,
  );
}

/** As they are at this moment, where some policy looks at them. */
function grantsNow(
  { grants, deadlines }: RecheckParts,
  { rules }: Snapshot,
  principal: Principal,
): MaybePromise<readonly GrantFact[]> {
  if (principal.kind !== 'person' || !rules.asksAbout.has('granted')) return [];
  return inTime(grants.of(principal.identity), deadlines.identifyMs, 'finding out what was granted');
}

function ends(reason: string): Recheck {
  return { kind: 'ends', reason };
}

interface Question {
  readonly request: GatedRequest;
  readonly application: Application;
  readonly nowMs: number;
}

/** `null`: their session or token has ended. */
async function standingOf(
  parts: RecheckParts,
  before: Principal,
  question: Question,
): Promise<SenderNow | null> {
  switch (before.kind) {
    case 'nobody':
      return { principal: before, asksAgainAtMs: never };
    case 'person':
      return personNow(parts, before, question);
    case 'service':
      return serviceNow(parts, before, question);
    default:
      return before satisfies never;
  }
}

async function personNow(
  { sessions, tokens, deadlines }: RecheckParts,
  before: Session,
  { request, application, nowMs }: Question,
): Promise<SenderNow | null> {
  const { session: limits } = application;
  const found =
    before.program === null
      ? identifyAgain(sessions, request, before, { limits, nowMs })
      : identifyPersonAgain(tokens, request, before, tokenPlaceOf(request.host, application, nowMs));
  const standing = await inTime(found, deadlines.identifyMs, 'finding the session');
  return standing === null ? null : { principal: standing.session, asksAgainAtMs: standing.idlesAtMs };
}

async function serviceNow(
  { tokens, deadlines }: RecheckParts,
  before: Service,
  { request, application, nowMs }: Question,
): Promise<SenderNow | null> {
  const found = identifyServiceAgain(tokens, request, before, { application: application.name, nowMs });
  const service = await inTime(found, deadlines.identifyMs, 'finding the token');
  return service === null ? null : { principal: service, asksAgainAtMs: never };
}

/** Without a timer where nobody has to wait: many streams are asked at once. */
function inTime<T>(found: MaybePromise<T>, deadlineMs: number, what: string): MaybePromise<T> {
  return isPromise(found) ? settleWithin(found, deadlineMs, what) : found;
}
