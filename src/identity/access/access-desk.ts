// Access for a time: who is refused asks for it, somebody else gives it, and everything is told. It decides about no request of an
// application: what a grant opens is for the rules to say.
import { languages } from '../../http/accept-language.ts';
import type { Letter } from '../../mail/letter.ts';
import type { AccessRequests, Application } from '../../rules/model/compiled-rules.ts';
import type { Facts, Identity } from '../../rules/model/facts.ts';
import type { AskOutcome, RequestBounds, StoredGrant, StoredRequest } from '../../store/access-store.ts';
import type { Store } from '../../store/store.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import { visitFields } from '../login/login-context.ts';
import type { PersonVisit } from '../login/login-step.ts';
import { takesMail } from '../login-letter.ts';
import { createId } from '../opaque-token.ts';
import { answerLetter, requestLetter } from './access-letters.ts';
import { plainLine } from './plain-purpose.ts';

/** How long a request can be answered, milliseconds: over a weekend. */
export const requestOpenMs = 3 * 86_400_000;

export const requestBounds: RequestBounds = { perPerson: 10, total: 1_000 };

export interface AccessOrder {
  readonly application: Application;
  readonly area: string | null;
  /** Plain text of `plainPurpose`. */
  readonly purpose: string;
  readonly durationMs: number;
}

/** A request or grant that somebody may decide about, with the application that it is for. */
export interface Decidable<Item> {
  readonly item: Item;
  readonly application: Application;
}

export type AnswerOutcome =
  | 'given'
  | 'refused'
  /** It was answered before, has expired, or its application takes no requests any more. */
  | 'gone'
  /** They asked for it themselves. */
  | 'own'
  /** The rules let others decide. */
  | 'notTheirs'
  /** They decide after one more step: a fresh login, a hardware key. */
  | 'stepUp'
  /** They would decide, had they logged in in a way that counts for it. */
  | 'otherLogin';

export type Obstacle = Exclude<AnswerOutcome, 'given' | 'refused'>;

/** Who decides, and what the rules have to look at for it. */
export interface Approver {
  readonly visit: PersonVisit;
  readonly facts: Facts;
  readonly applications: readonly Application[];
}

export interface AccessDeskParts {
  readonly store: Pick<Store, 'access'>;
  readonly telemetry: Pick<Telemetry, 'event'>;
  /** Queues a letter, where mail can be sent. */
  readonly tellByMail: (letter: Letter) => void;
  readonly authUrl: () => string;
}

/** Every method rejects with BouncerError `store_unavailable` when the store cannot be read or written. */
export interface AccessDesk {
  /** A person's open request for an application; `null`: none. */
  open(identity: Identity, application: string, nowMs: number): Promise<StoredRequest | null>;
  /** @returns `no-address`: nobody could say whom they let in */
  ask(visit: PersonVisit, order: AccessOrder): Promise<AskOutcome | 'no-address'>;
  /** What waits for this person to decide, oldest first. */
  requestsFor(approver: Approver): Promise<readonly Decidable<StoredRequest>[]>;
  /** What was given and has not ended, where this person decides. */
  grantsFor(approver: Approver): Promise<readonly Decidable<StoredGrant>[]>;
  /** Why they cannot decide about a request; `null`: they can. */
  obstacle(approver: Approver, id: string): Promise<Obstacle | null>;
  answer(approver: Approver, id: string, answer: 'give' | 'refuse'): Promise<AnswerOutcome>;
  /** Ends a grant at once. False when it is gone, or not theirs to end. */
  revoke(approver: Approver, id: string): Promise<boolean>;
}

/** Address and login both differ: nobody decides about what they asked for. */
function isOwn(request: Pick<StoredRequest, 'email' | 'idp' | 'sub'>, identity: Identity): boolean {
  return request.email === identity.email || (request.idp === identity.idp && request.sub === identity.sub);
}

/** The right to decide about an application, and by which address it is used. */
interface Right {
  readonly application: Application;
  readonly requests: AccessRequests;
  readonly by: string;
}

function rightOver(
  name: string,
  { visit, facts, applications }: Approver,
): Right | Extract<Obstacle, 'notTheirs' | 'stepUp' | 'otherLogin'> {
  const application = applications.find((one) => one.name === name);
  const requests = application?.requests ?? null;
  const by = visit.session.identity.email;
  if (application === undefined || requests === null || by === null) return 'notTheirs';
  if (requests.mayApprove(facts)) return { application, requests, by };
  if (requests.approvalNeeds(facts).length > 0) return 'stepUp';
  return requests.mayApproveOtherwise(facts) ? 'otherLogin' : 'notTheirs';
}

/** What somebody can decide about, or why they cannot. */
async function findDecidable(
  { access }: Pick<Store, 'access'>,
  approver: Approver,
  id: string,
): Promise<(Right & { readonly request: StoredRequest }) | Obstacle> {
  const { session, nowMs } = approver.visit;
  const request = await access.findRequest(id, nowMs);
  if (request === null) return 'gone';
  if (isOwn(request, session.identity)) return 'own';
  const right = rightOver(request.application, approver);
  return typeof right === 'string' ? right : { ...right, request };
}

function decidable<Item extends { readonly application: string }>(
  items: readonly Item[],
  approver: Approver,
): readonly Decidable<Item>[] {
  return items.flatMap((item) => {
    const right = rightOver(item.application, approver);
    return typeof right === 'string' ? [] : [{ item, application: right.application }];
  });
}

export function createAccessDesk(parts: AccessDeskParts): AccessDesk {
  const { access } = parts.store;
  return {
    async open({ idp, sub }, application, nowMs) {
      const all = await access.listRequests(nowMs);
      return all.find((one) => one.idp === idp && one.sub === sub && one.application === application) ?? null;
    },
    ask: (visit, order) => ask(parts, visit, order),
    async requestsFor(approver) {
      const { session, nowMs } = approver.visit;
      const all = await access.listRequests(nowMs);
      return decidable(
        all.filter((item) => !isOwn(item, session.identity)),
        approver,
      );
    },
    async grantsFor(approver) {
      const all = await access.listGrants();
      return decidable(
        all.filter(({ endsAtMs }) => endsAtMs > approver.visit.nowMs),
        approver,
      );
    },
    async obstacle(approver, id) {
      const found = await findDecidable(parts.store, approver, id);
      return typeof found === 'string' ? found : null;
    },
    answer: (approver, id, answer) => decide(parts, approver, id, answer),
    revoke: (approver, id) => revoke(parts, approver, id),
  };
}

async function ask(
  { store, telemetry, tellByMail, authUrl }: AccessDeskParts,
  visit: PersonVisit,
  { application, area, purpose, durationMs }: AccessOrder,
): Promise<AskOutcome | 'no-address'> {
  const { identity, logId } = visit.session;
  const { email, idp, sub, name } = identity;
  if (email === null) return 'no-address';
  const request: StoredRequest = {
    ...{ id: createId(), application: application.name, area, idp, sub, email, purpose, durationMs },
    name: name === null ? null : plainLine(name.slice(0, 200)).slice(0, 60),
    language: visit.language,
    createdAtMs: visit.nowMs,
    expiresAtMs: visit.nowMs + requestOpenMs,
  };
  const outcome = await store.access.ask(request, requestBounds, visit.nowMs);
  if (outcome !== 'asked') return outcome;
  const told = (application.requests?.told ?? []).filter((to) => to !== email && takesMail(to));
  telemetry.event('access_requested', {
    ...visitFields(visit),
    ...{ application: application.name, area, email, sub, session: logId },
    ...{ access: request.id, reason: purpose, seconds: durationMs / 1000, told: told.length },
  });
  const { language } = visit;
  const context = { authUrl: authUrl(), label: application.presentation.label, language };
  for (const to of told) tellByMail(requestLetter(to, request, context));
  return outcome;
}

async function decide(
  { store, telemetry, tellByMail, authUrl }: AccessDeskParts,
  approver: Approver,
  id: string,
  answer: 'give' | 'refuse',
): Promise<AnswerOutcome> {
  const found = await findDecidable(store, approver, id);
  if (typeof found === 'string') return found;
  const { request, application, requests, by } = found;
  const { visit } = approver;
  const { email, idp, sub, area } = request;
  const seconds = Math.min(request.durationMs, requests.maxDurationMs) / 1000;
  const grant: StoredGrant | null =
    answer === 'refuse'
      ? null
      : {
          ...{ id: createId(), application: request.application, area, email, subject: { idp, sub } },
          ...{ grantedBy: by, reason: request.purpose, createdAtMs: visit.nowMs },
          endsAtMs: visit.nowMs + seconds * 1000,
        };
  if (!(await store.access.answer(id, grant, visit.nowMs))) return 'gone';
  const about = { application: request.application, area, email, access: grant?.id ?? id };
  if (grant === null) telemetry.event('access_refused', { ...visitFields(visit), ...about, by });
  else {
    const until = new Date(grant.endsAtMs).toISOString();
    telemetry.event('access_granted', { ...about, by, reason: grant.reason, until });
  }
  const language = languages.find((one) => one === request.language) ?? languages[0];
  const context = { authUrl: authUrl(), label: application.presentation.label, language };
  if (takesMail(email)) tellByMail(answerLetter(request, grant, context));
  return grant === null ? 'refused' : 'given';
}

async function revoke(
  { store, telemetry }: AccessDeskParts,
  approver: Approver,
  id: string,
): Promise<boolean> {
  const grant = (await store.access.listGrants()).find((one) => one.id === id);
  const right = grant === undefined ? 'notTheirs' : rightOver(grant.application, approver);
  if (grant === undefined || typeof right === 'string') return false;
  if ((await store.access.removeGrant(id)) === null) return false;
  const { application, area, email } = grant;
  telemetry.event('access_revoked', { application, area, email, access: id, by: right.by });
  return true;
}
