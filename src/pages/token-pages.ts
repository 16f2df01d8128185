// The page on which people see what acts as them besides their browsers, end it, and make tokens for programs that know only names and
// passwords. A token is shown once, on the page that follows.

import { tokensPath } from '../identity/login/issue-personal-token.ts';
import type { LoginStep } from '../identity/login/login-step.ts';
import { mostPersonalTokens } from '../identity/login/personal-tokens.ts';
import type { ListedProgram } from '../store/session-store.ts';
import { fillText, sayCount } from '../texts/texts.ts';
import type { Texts } from '../texts/texts-shape.ts';
import { dayWords } from '../ui/day.ts';
import { fill } from '../ui/fill.ts';
import { type HtmlValue, html, type SafeHtml } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { renderAccountLinks } from './account-links.ts';
import type { PageContext } from './page-context.ts';
import { renderOwn } from './render-own.ts';

type Words = Texts['tokens'];

/** How long a token may live: what the form offers, in days. */
export const lifetimesDays = [7, 30, 90] as const;

export type TokenFault = 'no-name' | 'no-application' | 'too-many';

export interface TokensView {
  readonly programs: readonly ListedProgram[];
  /** The names of applications that take personal tokens and of which the person may open at least a part. */
  readonly applications: readonly string[];
  /** Whether the person has to log in again before a token is made. */
  readonly asksAgain: boolean;
  readonly fault: TokenFault | null;
  /** What was typed before. Untrusted. */
  readonly typed: string;
}

/** A whole HTML document. */
export function renderTokens(view: TokensView, context: PageContext): string {
  const { common, tokens: words } = context.texts;
  const main = html`<div class="wide">
<div><h1>${common.programsActingAsYou}</h1>
<p class="soft lead">${words.lead}</p></div>
${
  view.programs.length === 0
    ? html`<p class="note">${words.none}</p>`
    : html`<ul class="rows" aria-label="${words.list}">${view.programs.map((one) => renderProgram(one, context))}</ul>`
}
${renderForm(view, words)}
${renderAccountLinks(context, tokensPath)}
</div>`;
  return page(common.programsActingAsYou, main, context);
}

function renderProgram({ hash, program, createdAtMs, login }: ListedProgram, context: PageContext): SafeHtml {
  const { texts } = context;
  const { tokens: words } = texts;
  const dayOf = (timeMs: number): string => dayWords(timeMs, texts);
  const isPersonal = program.kind === 'personal';
  const isOfOther = !isPersonal && login.id !== context.visit.session?.id;
  const ends =
    login.vouchedAtMs === null
      ? isOfOther
        ? words.endsWithOther
        : words.endsWithSession
      : login.lastSeenMs === createdAtMs
        ? fillText(words.endsUnused, { day: dayOf(login.expiresAtMs) })
        : fillText(words.ends, { day: dayOf(login.expiresAtMs), used: dayOf(login.lastSeenMs) });
  const what = isPersonal ? (program.applications ?? [words.everything]).join(', ') : words.terminal;
  const since = fillText(words.since, { day: dayOf(createdAtMs) });
  return html`<li class="row"><span class="initial" aria-hidden="true">${renderIcon(isPersonal ? 'key' : 'terminal', 20)}</span><span class="grow"><strong><bdi>${program.name}</bdi></strong><small><bdi>${what}</bdi> · ${since} · ${ends}</small></span><form method="post" action="${tokensPath}"><input type="hidden" name="end" value="${hash}"><button class="button quiet" type="submit" aria-label="${fillText(words.endNamed, { name: program.name })}">${words.end}</button></form></li>`;
}

function renderForm({ applications, asksAgain, fault, typed }: TokensView, words: Words): HtmlValue {
  if (applications.length === 0) return html`<p class="soft">${words.noApplication}</p>`;
  const isOne = applications.length === 1;
  return html`<div class="card"><h2>${words.formTitle}</h2>
<p class="soft">${words.formText}</p>
<form class="fields" method="post" action="${tokensPath}">
${fault !== null && html`<p class="complaint" id="complaint" role="alert">${faultText(fault, words)}</p>`}
<label for="name">${words.name}</label>
<input class="input" id="name" name="name" type="text" autocomplete="off" maxlength="48" required value="${typed}"${fault === 'no-name' && html` aria-invalid="true" aria-describedby="complaint"`}>
<fieldset><legend>${words.for}</legend>${applications.map(
    (name, index) =>
      html`<label class="choice" for="a${index}"><input id="a${index}" type="checkbox" name="application-${index}" value="${name}"${isOne && html` checked`}> ${name}</label>`,
  )}</fieldset>
<label for="days">${words.endsAfter}</label>
<select class="input" id="days" name="days">${lifetimesDays.map((days) => html`<option value="${days}"${days === 30 && html` selected`}>${sayCount(words.days, days)}</option>`)}</select>
${asksAgain && html`<p class="soft">${words.asksAgain}</p>`}
<button class="button" type="submit">${words.make}</button>
</form></div>`;
}

function faultText(fault: TokenFault, { faults }: Words): string {
  return fault === 'too-many' ? fillText(faults[fault], { count: mostPersonalTokens }) : faults[fault];
}

/** The token, once. A whole HTML document. */
export function renderPersonalToken(
  { name, applications, secret, expiresAtMs, isRechecked }: Extract<LoginStep, { kind: 'personal-token' }>,
  context: PageContext,
): string {
  const { tokens: words } = context.texts;
  const main = html`<div class="card">
<div class="badge">${renderIcon('key')}</div>
<h1>${words.made}</h1>
<div class="text soft"><p>${fill(words.copy, { name: html`<strong><bdi>${name}</bdi></strong>` })}</p></div>
<p class="note after"><span class="code number">${secret}</span></p>
<dl class="facts"><div><dt>${words.for}</dt><dd><bdi>${applications.join(', ')}</bdi></dd></div><div><dt>${words.itEnds}</dt><dd>${
    isRechecked ? dayWords(expiresAtMs, context.texts) : words.withSession
  }</dd></div></dl>
${!isRechecked && html`<p class="soft after">${words.whySession}</p>`}
<div class="actions"><a class="button" href="${tokensPath}">${words.copied}</a></div>
</div>`;
  return page(words.made, main, context);
}

function page(title: string, main: SafeHtml, context: PageContext): string {
  return renderOwn({ title, main, homeHref: '/.bouncer/' }, context);
}
