// One of every page of access for a time.
import type { Decidable } from '../../src/identity/access/access-desk.ts';
import {
  type ApprovalsView,
  renderApprovals,
  renderAsk,
  renderAsked,
  renderNotAsked,
} from '../../src/pages/access-pages.ts';
import type { PageContext } from '../../src/pages/page-context.ts';
import { renderStart } from '../../src/pages/start-page.ts';
import type { AccessRequests, Application } from '../../src/rules/model/compiled-rules.ts';
import type { StoredGrant, StoredRequest } from '../../src/store/access-store.ts';
import { applicationOf, applications, type ContextOptions, erin, nowMs, rulesOf } from './page-fixtures.ts';

const hourMs = 3_600_000;
const requests: AccessRequests = {
  mayAsk: () => true,
  mayApprove: () => true,
  approvalNeeds: () => [],
  mayApproveOtherwise: () => false,
  told: [],
  maxDurationMs: 72 * hourMs,
  isPurposeRequired: true,
};
const [first] = applications;
if (first === undefined) throw new Error('no application');
const application: Application = { ...first, requests };

const request: StoredRequest = {
  ...{ id: 'AAAAAAAAAAAAAAAAAAAAAA', application: application.name, area: null },
  ...{ idp: 'corp', sub: 'u-erin', email: 'erin@example.com', name: 'Erin Engineer' },
  purpose:
    'The quarterly report: somebody has to look at the numbers of the last year, and I am the only one here.',
  durationMs: 8 * hourMs,
  language: 'en',
  createdAtMs: nowMs - hourMs,
  expiresAtMs: nowMs + 71 * hourMs,
};
const grant: StoredGrant = {
  ...{ id: 'BBBBBBBBBBBBBBBBBBBBBB', application: application.name, area: '/admin' },
  ...{ email: 'dad@example.com', subject: null, grantedBy: 'operator', reason: 'ticket 4711' },
  ...{ createdAtMs: nowMs, endsAtMs: nowMs + hourMs },
};
const of = <Item>(item: Item): Decidable<Item> => ({ item, application });

/** Name and document of each. */
export function askedPages(
  contextOf: (options?: ContextOptions) => PageContext,
): ReadonlyMap<string, string> {
  const context = contextOf({ identity: erin, host: 'wiki.example.com', isAuthHost: false });
  const view = { application, requests, area: '/admin', to: '/admin', fault: null, typed: '' };
  const optional = { ...requests, isPurposeRequired: false, maxDurationMs: hourMs };
  const approver = contextOf({ identity: erin, rules: rulesOf([application]) });
  const closed = rulesOf([{ ...applicationOf('Payroll', ['pay.example.com'], 'deny'), requests }]);
  const none = { requests: [], grants: [], wanted: null, outcome: null, obstacle: null, needs: [] };
  const mailless = { ...context, settings: { ...context.settings, smtp: null, showsMail: false } };
  const mailed = { ...context, settings: { ...context.settings, showsMail: true } };
  const outcomes = Object.keys(context.texts.access.outcomes) as NonNullable<ApprovalsView['outcome']>[];
  return new Map([
    ...outcomes.map(
      (outcome) => [`approvals-${outcome}`, renderApprovals({ ...none, outcome }, approver)] as const,
    ),
    ['start-approver', renderStart(contextOf({ identity: erin, rules: closed }))],
    ['asked-mailless', renderAsked(request, mailless, '/')],
    ['ask', renderAsk(view, context)],
    ['ask-optional', renderAsk({ ...view, requests: optional }, context)],
    ['ask-fault', renderAsk({ ...view, fault: 'no-purpose' }, context)],
    ['ask-long', renderAsk({ ...view, fault: 'too-long', typed: 'x'.repeat(400) }, context)],
    ['asked', renderAsked(request, mailed, '/')],
    ['ask-full', renderNotAsked('full', context, '/')],
    ['ask-nothing', renderNotAsked('nothing', context, '/')],
    ['approvals-none', renderApprovals(none, approver)],
    [
      'approvals-gone',
      renderApprovals({ ...none, wanted: 'CCCCCCCCCCCCCCCCCCCCCC', obstacle: 'gone' }, approver),
    ],
    [
      'approvals',
      renderApprovals(
        {
          requests: [
            of({ ...request, id: 'DDDDDDDDDDDDDDDDDDDDDD', name: null, purpose: '' }),
            of({ ...request, area: '/admin', purpose: 'שלום, בבקשה: 12 (abc)' }),
          ],
          grants: [of(grant), of({ ...grant, reason: 'x'.repeat(200) })],
          wanted: request.id,
          outcome: 'given',
          obstacle: null,
          needs: [{ what: 'fresh_login', maxAgeMs: hourMs }],
        },
        approver,
      ),
    ],
  ]);
}
