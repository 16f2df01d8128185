// The pages of access for a time. What people typed was made plain before it came here, and stands by itself whatever its direction.

import type { Decidable, Obstacle } from '../identity/access/access-desk.ts';
import { timeWords, wordsFor } from '../identity/access/access-letters.ts';
import { accessPath, approvalsPath } from '../identity/access/access-paths.ts';
import { longestPurpose } from '../identity/access/plain-purpose.ts';
import { loginUrl } from '../identity/login/login-needs.ts';
import type { AccessRequests, Application } from '../rules/model/compiled-rules.ts';
import type { Missing } from '../rules/model/decision.ts';
import { canMail } from '../settings/can-mail.ts';
import type { StoredGrant, StoredRequest } from '../store/access-store.ts';
import { sayDuration } from '../texts/say-duration.ts';
import { fillText } from '../texts/texts.ts';
import type { Texts } from '../texts/texts-shape.ts';
import { agoWords } from '../ui/ago.ts';
import { fill } from '../ui/fill.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { renderMessage } from '../ui/message-page.ts';
import { renderAccountLinks } from './account-links.ts';
import { renderCalm } from './calm-page.ts';
import { lookOf, type PageContext } from './page-context.ts';
import { renderOwn } from './render-own.ts';

const hourMs = 3_600_000;
/** What the form offers, as far as the rules allow it; and the longest that they do. */
const offered = [hourMs, 4 * hourMs, 8 * hourMs, 24 * hourMs, 72 * hourMs, 168 * hourMs];

export function durationsOf({ maxDurationMs }: AccessRequests): readonly number[] {
  return [...offered.filter((ms) => ms < maxDurationMs), maxDurationMs];
}

export type AskFault = 'no-purpose' | 'too-long';

export interface AskView {
  readonly application: Application;
  readonly requests: AccessRequests;
  readonly area: string | null;
  /** The path that they were refused at. Untrusted. */
  readonly to: string;
  readonly fault: AskFault | null;
  /** Untrusted. */
  readonly typed: string;
}

/** A whole HTML document. */
export function renderAsk(view: AskView, context: PageContext): string {
  const { application, requests, area, to, fault, typed } = view;
  const { texts } = context;
  const { access } = texts;
  const { ask } = access;
  const count = longestPurpose;
  const what = wordsFor(application.presentation.label, area, texts);
  const { isPurposeRequired } = requests;
  const main = html`<div class="card">
<div class="badge">${renderIcon('hand')}</div>
<h1>${access.askLink}</h1>
<p class="soft lead">${fill(ask.lead, { what: html`<strong>${what}</strong>` })}</p>
<form class="fields" method="post" action="${accessPath}">
<input type="hidden" name="to" value="${to}">
${fault !== null && html`<p class="complaint" id="complaint" role="alert">${fault === 'no-purpose' ? ask.noPurpose : fill(ask.tooLong, { count })}</p>`}
<label for="purpose">${ask.purpose}</label>
<input class="input" id="purpose" name="purpose" type="text" autocomplete="off" maxlength="${count}"${isPurposeRequired && html` required`} dir="auto" value="${typed}" aria-describedby="hint${fault !== null && ' complaint'}"${fault !== null && html` aria-invalid="true"`}>
<p class="soft" id="hint">${fill(ask.hint, { count })}${!isPurposeRequired && html` ${ask.optional}`}</p>
<label for="duration">${ask.duration}</label>
<select class="input" id="duration" name="duration">${durationsOf(requests).map((ms, index) => html`<option value="${ms}"${index === 0 && html` selected`}>${sayDuration(ms, texts)}</option>`)}</select>
<button class="button" type="submit">${ask.send}</button>
</form></div>`;
  return renderOwn({ title: access.askLink, main, homeHref: null }, context);
}

/** A whole HTML document. */
export function renderAsked(request: StoredRequest, context: PageContext, to: string): string {
  const { texts } = context;
  const { asked } = texts.access;
  return renderMessage(
    {
      title: asked.title,
      tone: 'calm',
      icon: 'clock',
      text: [canMail(context.settings) ? asked.byMail : asked.byHand, asked.again],
      actions: [{ kind: 'link', label: asked.look, href: to }],
      facts: [
        { name: texts.letters.for, value: sayDuration(request.durationMs, texts) },
        ...(request.purpose === '' ? [] : [{ name: asked.why, value: request.purpose }]),
        { name: asked.since, value: timeWords(request.createdAtMs) },
        { name: asked.until, value: timeWords(request.expiresAtMs) },
      ],
      homeHref: null,
      requestId: null,
    },
    lookOf(context),
  );
}

/** A whole HTML document. */
export function renderNotAsked(why: 'full' | 'nothing', context: PageContext, to: string): string {
  const { access, common } = context.texts;
  const { title, text } = access[why];
  const next =
    why === 'full'
      ? { label: common.tryAgain, href: `${accessPath}?to=${encodeURIComponent(to)}` }
      : { label: access.nothing.open, href: to };
  const icon = why === 'full' ? 'clock' : 'compass';
  return renderCalm({ title, icon, text: [text], actions: [{ kind: 'link', ...next }] }, context);
}

export interface ApprovalsView {
  readonly requests: readonly Decidable<StoredRequest>[];
  readonly grants: readonly Decidable<StoredGrant>[];
  /** The request that a mail led to; `null`: none. Untrusted. */
  readonly wanted: string | null;
  /** What came of the last form; `null`: none was sent. */
  readonly outcome: keyof Texts['access']['outcomes'] | null;
  /** Why they cannot decide about the request of the mail; `null`: they can, or no mail led here. */
  readonly obstacle: Obstacle | null;
  /** What is asked of them before they see more. */
  readonly needs: readonly Missing[];
}

/** What somebody wanted, and what was done; the rest is why it was not. */
const done: ReadonlySet<string> = new Set(['given', 'refused', 'ended']);

/** A whole HTML document. */
export function renderApprovals(view: ApprovalsView, context: PageContext): string {
  const { approvals, outcomes } = context.texts.access;
  const { requests, grants, wanted, needs } = view;
  const said = view.obstacle ?? view.outcome;
  const first = [...requests].sort((a, b) => Number(b.item.id === wanted) - Number(a.item.id === wanted));
  const main = html`<div class="wide">
<div><h1>${approvals.title}</h1>
<p class="soft lead">${approvals.lead}</p></div>
${said !== null && html`<p class="note${!done.has(said) && ' warn'}" role="status">${outcomes[said]}</p>`}
${said === 'otherLogin' && renderOtherLogin(wanted, context)}
${needs.length > 0 && renderStepUp(needs, said, wanted, context)}
${
  requests.length === 0
    ? html`<p class="note">${approvals.none}</p>`
    : html`<ul class="rows flush" aria-label="${approvals.list}">${first.map((one) => renderRequest(one, wanted, context))}</ul>`
}
${
  grants.length > 0 &&
  html`<div><h2>${approvals.given}</h2><ul class="rows" aria-label="${approvals.given}">${grants.map((one) => renderGrant(one, context))}</ul></div>`
}
${renderAccountLinks(context, approvalsPath)}
</div>`;
  return renderOwn({ title: approvals.title, main, homeHref: '/.bouncer/' }, context);
}

/** Where to log in in a way that counts, and be back. */
function renderOtherLogin(wanted: string | null, { texts }: PageContext): SafeHtml {
  const back = new URLSearchParams({ return_to: approvalsAt(wanted), account: 'other' });
  return html`<p><a class="button small" href="/.bouncer/login?${String(back)}">${texts.common.logInAnotherWay}</a></p>`;
}

function renderStepUp(
  needs: readonly Missing[],
  said: keyof Texts['access']['outcomes'] | null,
  wanted: string | null,
  { texts }: PageContext,
): SafeHtml {
  const { outcomes } = texts.access;
  const href = loginUrl(approvalsAt(wanted), needs);
  return html`${said !== 'stepUp' && html`<p class="note">${outcomes.stepUp}</p>`}<p><a class="button small" href="${href}">${texts.common.goOn}</a></p>`;
}

/** @param request the one that a mail led to */
export function approvalsAt(request: string | null): string {
  return request === null ? approvalsPath : `${approvalsPath}?request=${request}`;
}

function renderRequest(
  { item, application }: Decidable<StoredRequest>,
  wanted: string | null,
  { texts, visit }: PageContext,
): SafeHtml {
  const { approvals } = texts.access;
  const { id, email, name, area, purpose, durationMs, createdAtMs } = item;
  const what = wordsFor(application.presentation.label, area, texts);
  const duration = sayDuration(durationMs, texts);
  const button = (answer: string, action: string, style: string): SafeHtml =>
    html`<form method="post" action="${approvalsPath}"><input type="hidden" name="request" value="${id}"><input type="hidden" name="answer" value="${answer}"><button class="button ${style} small" type="submit" aria-label="${fillText(approvals.about, { action, who: email, what })}">${action}</button></form>`;
  return html`<li class="row asked"><span class="grow"><strong><bdi>${name ?? email}</bdi></strong>${
    name !== null && html`<small><bdi>${email}</bdi></small>`
  }<small>${fill(approvals.wants, { what: html`<bdi>${what}</bdi>`, duration })}</small><span class="why"><bdi>${
    purpose === '' ? approvals.noPurpose : purpose
  }</bdi></span><small>${agoWords(visit.nowMs - createdAtMs, texts)}</small>${
    id === wanted && html`<span class="pill calm">${approvals.here}</span>`
  }</span>${button('give', approvals.give, '')}${button('refuse', approvals.refuse, 'quiet')}</li>`;
}

function renderGrant({ item, application }: Decidable<StoredGrant>, { texts }: PageContext): SafeHtml {
  const { approvals } = texts.access;
  const { id, email, area, reason, grantedBy, endsAtMs } = item;
  const what = wordsFor(application.presentation.label, area, texts);
  const time = html`<span class="whole">${timeWords(endsAtMs)}</span>`;
  const until = fill(approvals.until, { what: html`<bdi>${what}</bdi>`, time });
  const label = fillText(approvals.about, { action: approvals.end, who: email, what });
  const by = grantedBy === 'operator' ? texts.letters.operator : grantedBy;
  return html`<li class="row"><span class="grow"><strong><bdi>${email}</bdi></strong><small>${until}</small><small><bdi>${reason}</bdi></small><small>${fill(approvals.by, { who: html`<bdi>${by}</bdi>` })}</small></span><form method="post" action="${approvalsPath}"><input type="hidden" name="end" value="${id}"><button class="button quiet small" type="submit" aria-label="${label}">${approvals.end}</button></form></li>`;
}
