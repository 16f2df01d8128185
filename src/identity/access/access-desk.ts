// Access for a time: who is refused asks for it, somebody else gives it, and everything is told. It decides about no request of an
// application: what a grant opens is for the rules to say.
import { languages } from '../../http/accept-language.ts';
import type { Letter } from '../../mail/letter.ts';
import type { Application } from '../../rules/model/compiled-rules.ts';
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
  | 'notTheirs';

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
  answer(approver: Approver, id: string, answer: 'give' | 'refuse'): Promise<AnswerOutcome>;
  /** Ends a grant at once. False when it is gone, or not theirs to end. */
  revoke(approver: Approver, id: string): Promise<boolean>;
}

/** Address and login both differ: nobody decides about what they asked for. */
function isOwn(request: Pick<StoredRequest, 'email' | 'idp' | 'sub'>, identity: Identity): boolean {
  return request.email === identity.email || (request.idp === identity.idp && request.sub === identity.sub);
}

function decidable(applications: readonly Application[], name: string, facts: Facts): Application | null {
  const application = applications.find((one) => one.name === name);
  return application?.requests?.mayApprove(facts) === true ? application : null;
}

export function createAccessDesk(parts: AccessDeskParts): AccessDesk {
  const { access } = parts.store;
  return {
    async open({ idp, sub }, application, nowMs) {
      const all = await access.listRequests(nowMs);
      return all.find((one) => one.idp === idp && one.sub === sub && one.application === application) ?? null;
    },
    ask: (visit, order) => ask(parts, visit, order),
    async requestsFor({ visit, facts, applications }) {
      const all = await access.listRequests(visit.nowMs);
      return all.flatMap((item) => {
        const application = decidable(applications, item.application, facts);
        return application === null || isOwn(item, visit.session.identity) ? [] : [{ item, application }];
      });
    },
    async grantsFor({ visit, facts, applications }) {
      const all = (await access.listGrants()).filter(({ endsAtMs }) => endsAtMs > visit.nowMs);
      return all.flatMap((item) => {
        const application = decidable(applications, item.application, facts);
        return application === null ? [] : [{ item, application }];
      });
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
  { visit, facts, applications }: Approver,
  id: string,
  answer: 'give' | 'refuse',
): Promise<AnswerOutcome> {
  const { identity } = visit.session;
  const request = await store.access.findRequest(id, visit.nowMs);
  if (request === null) return 'gone';
  if (isOwn(request, identity)) return 'own';
  const application = decidable(applications, request.application, facts);
  if (application === null || application.requests === null) return 'notTheirs';
  const { email, idp, sub, area } = request;
  const by = identity.email ?? `${identity.idp} ${identity.sub}`;
  const seconds = Math.min(request.durationMs, application.requests.maxDurationMs) / 1000;
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
  { visit, facts, applications }: Approver,
  id: string,
): Promise<boolean> {
  const grant = (await store.access.listGrants()).find((one) => one.id === id);
  if (grant === undefined || decidable(applications, grant.application, facts) === null) return false;
  if ((await store.access.removeGrant(id)) === null) return false;
  const { identity } = visit.session;
  const by = identity.email ?? `${identity.idp} ${identity.sub}`;
  const { application, area, email } = grant;
  telemetry.event('access_revoked', { application, area, email, access: id, by });
  return true;
}
