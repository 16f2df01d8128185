// `/.bouncer/access` on an application's host, where who is refused asks for access for a time; `/.bouncer/approvals` on `auth_url`, where
// somebody else gives it. Every change is a form of these pages; what a grant opens is decided elsewhere.

import { parseOpaqueTarget } from '../http/canonical-path.ts';
import { isPageNavigation } from '../http/client-kind.ts';
import { originOf } from '../http/origin-of.ts';
import { checkReturnAddress } from '../http/return-address.ts';
import type { Approver } from '../identity/access/access-desk.ts';
import { accessPath, approvalsPath } from '../identity/access/access-paths.ts';
import { plainPurpose } from '../identity/access/plain-purpose.ts';
import type { PersonVisit } from '../identity/login/login-step.ts';
import { isWorthAsking } from '../rules/decide/is-worth-asking.ts';
import type { AccessRequests, Application } from '../rules/model/compiled-rules.ts';
import {
  type ApprovalsView,
  type AskFault,
  approvalsAt,
  durationsOf,
  renderApprovals,
  renderAsk,
  renderAsked,
  renderNotAsked,
} from './access-pages.ts';
import type { Answer } from './answer.ts';
import type { Endpoint, EndpointParts } from './endpoint.ts';
import { isOwnForm } from './is-own-form.ts';
import { ownRefusal } from './own-refusal.ts';
import type { PageContext } from './page-context.ts';
import { isAnswer, requirePerson } from './person-visit.ts';

/** What somebody may ask for. */
interface Askable {
  readonly application: Application;
  readonly requests: AccessRequests;
  readonly area: string | null;
}

export const accessPage: Endpoint = {
  GET: async (context, { accessDesk }) => {
    if (!isPageNavigation(context.request)) return ownRefusal(context, 'no-such-page');
    const to = pathOf(new URLSearchParams(context.visit.query).get('to'), context);
    const visit = personAt(context, to);
    if (isAnswer(visit)) return visit;
    return showAsk(context, { accessDesk }, visit, { to, fault: null, typed: '' });
  },
  POST: async (context, { accessDesk }, readForm) => {
    if (!isOwnForm(context.request, originOf(context.settings, context.visit.host)))
      return ownRefusal(context, 'cross-site-request');
    const form = (await readForm()) ?? {};
    const to = pathOf(form['to'], context);
    const visit = personAt(context, to);
    if (isAnswer(visit)) return visit;
    const askable = findAskable(context, to);
    if (askable === null) return showAsk(context, { accessDesk }, visit, { to, fault: null, typed: '' });
    const { application, requests, area } = askable;
    const typed = typeof form['purpose'] === 'string' ? form['purpose'] : '';
    const purpose = plainPurpose(typed);
    const isMissing = purpose === '' && requests.isPurposeRequired;
    if (purpose === null || isMissing) {
      const fault: AskFault = isMissing ? 'no-purpose' : 'too-long';
      return showAsk(context, { accessDesk }, visit, { to, fault, typed: typed.slice(0, 400) });
    }
    const durations = durationsOf(requests);
    const durationMs = durations.find((ms) => String(ms) === form['duration']) ?? Math.min(...durations);
    const outcome = await accessDesk.ask(visit, { application, area, purpose, durationMs });
    if (outcome === 'full')
      return { kind: 'page', status: 200, body: renderNotAsked('full', context, to), setCookies: [] };
    // Loading it again must not send the form once more.
    return { kind: 'redirect', status: 303, location: addressOf(to), setCookies: [] };
  },
};

/** A path of this host, or its start. */
function pathOf(text: unknown, { settings, visit }: PageContext): string {
  return checkReturnAddress(typeof text === 'string' ? text : null, originOf(settings, visit.host));
}

function addressOf(to: string): string {
  return `${accessPath}?to=${encodeURIComponent(to)}`;
}

function personAt(context: PageContext, to: string): PersonVisit | Answer {
  return context.visit.application === null
    ? ownRefusal(context, 'no-such-page')
    : requirePerson(context, addressOf(to));
}

/** `null`: the rules let them ask for nothing there, or it is open to them already. */
function findAskable({ visit, facts }: PageContext, to: string): Askable | null {
  const { application } = visit;
  const target = parseOpaqueTarget(to);
  if (application === null || application.requests === null || 'problem' in target) return null;
  const area = application.selectArea(target);
  if (area === 'ambiguous' || !isWorthAsking(application, area, { ...facts, method: 'GET' })) return null;
  return { application, requests: application.requests, area: area.path };
}

async function showAsk(
  context: PageContext,
  { accessDesk }: Pick<EndpointParts, 'accessDesk'>,
  { session, nowMs }: PersonVisit,
  asked: { readonly to: string; readonly fault: AskFault | null; readonly typed: string },
): Promise<Answer> {
  const { to } = asked;
  const page = (body: string): Answer => ({ kind: 'page', status: 200, body });
  const { application } = context.visit;
  if (application === null || application.requests === null)
    return page(renderNotAsked('nothing', context, to));
  const open = await accessDesk.open(session.identity, application.name, nowMs);
  if (open !== null) return page(renderAsked(open, context, to));
  const askable = findAskable(context, to);
  return page(
    askable === null ? renderNotAsked('nothing', context, to) : renderAsk({ ...askable, ...asked }, context),
  );
}

export const approvals: Endpoint = {
  GET: async (context, parts) => {
    if (!isPageNavigation(context.request)) return ownRefusal(context, 'no-such-page');
    const query = new URLSearchParams(context.visit.query);
    const wanted = idOf(query.get('request'));
    const visit = requirePerson(context, approvalsAt(wanted));
    if (isAnswer(visit)) return visit;
    const approver = approverOf(context, visit);
    const said = query.get('said');
    const { outcomes } = context.texts.access;
    const outcome = said !== null && isOutcome(said, outcomes) ? said : null;
    return showApprovals(context, parts, approver, { wanted, outcome });
  },
  POST: async (context, { accessDesk }, readForm) => {
    if (!isOwnForm(context.request, originOf(context.settings, context.visit.host)))
      return ownRefusal(context, 'cross-site-request');
    const visit = requirePerson(context, approvalsPath);
    if (isAnswer(visit)) return visit;
    const approver = approverOf(context, visit);
    const { request, answer, end } = (await readForm()) ?? {};
    const [asked, ended] = [idOf(request), idOf(end)];
    let said: NonNullable<ApprovalsView['outcome']> = 'gone';
    if (asked !== null && (answer === 'give' || answer === 'refuse'))
      said = await accessDesk.answer(approver, asked, answer);
    else if (ended !== null) said = (await accessDesk.revoke(approver, ended)) ? 'ended' : 'gone';
    return { kind: 'redirect', status: 303, location: `${approvalsPath}?said=${said}`, setCookies: [] };
  },
};

function isOutcome<Outcomes extends object>(
  text: string,
  outcomes: Outcomes,
): text is keyof Outcomes & string {
  return Object.hasOwn(outcomes, text);
}

function idOf(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{22}$/.test(value) ? value : null;
}

function approverOf({ facts, rules }: PageContext, visit: PersonVisit): Approver {
  return { visit, facts: { ...facts, method: 'GET' }, applications: rules.applications };
}

async function showApprovals(
  context: PageContext,
  { accessDesk }: Pick<EndpointParts, 'accessDesk'>,
  approver: Approver,
  { wanted, outcome }: Pick<ApprovalsView, 'wanted' | 'outcome'>,
): Promise<Answer> {
  const [requests, grants, obstacle] = await Promise.all([
    accessDesk.requestsFor(approver),
    accessDesk.grantsFor(approver),
    wanted === null || outcome !== null ? null : accessDesk.obstacle(approver, wanted),
  ]);
  const needs =
    approver.applications
      .map((application) => application.requests?.approvalNeeds(approver.facts) ?? [])
      .find(({ length }) => length > 0) ?? [];
  const view = { wanted, outcome, obstacle, needs, requests, grants };
  return { kind: 'page', status: 200, body: renderApprovals(view, context) };
}
