// The page on which people see what acts as them besides their browsers, end it, and make tokens for programs that know only names and
// passwords. A token is shown once, on the page that follows.

import { tokensPath } from '../identity/login/issue-personal-token.ts';
import type { LoginStep } from '../identity/login/login-step.ts';
import { mostPersonalTokens } from '../identity/login/personal-tokens.ts';
import type { ListedProgram } from '../store/session-store.ts';
import { type HtmlValue, html, type SafeHtml } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { renderPage } from '../ui/layout.ts';
import type { PageContext } from './page-context.ts';

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

const faults: Readonly<Record<TokenFault, string>> = {
  'no-name': 'Give it a name, so that you know it again: the program, and the computer.',
  'no-application': 'Choose at least one application.',
  'too-many': `You have ${mostPersonalTokens} tokens. End one that you do not need any more.`,
};

/** A whole HTML document. */
export function renderTokens(view: TokensView, context: PageContext): string {
  const main = html`<div class="wide">
<div><h1>Programs that act as you</h1>
<p class="soft lead">Terminals that you logged in, and tokens that you gave to programs. End what you do not know or need: it stops at once.</p></div>
${
  view.programs.length === 0
    ? html`<p class="note">There is none.</p>`
    : html`<ul class="rows" aria-label="Programs">${view.programs.map((one) => renderProgram(one, context))}</ul>`
}
${renderForm(view)}
</div>`;
  return page('Programs that act as you', main, context);
}

function renderProgram({ hash, program, createdAtMs, login }: ListedProgram, context: PageContext): SafeHtml {
  const isPersonal = program.kind === 'personal';
  const ends =
    login.vouchedAtMs === null
      ? 'ends with its session'
      : `ends ${dayOf(login.expiresAtMs)}; last used ${login.lastSeenMs === createdAtMs ? 'never' : dayOf(login.lastSeenMs)}`;
  const what = isPersonal ? (program.applications ?? ['everything']).join(', ') : 'Terminal';
  const isThisSession = login.id === context.visit.session?.id;
  return html`<li class="row"><span class="initial" aria-hidden="true">${renderIcon(isPersonal ? 'key' : 'terminal', 20)}</span><span class="grow"><strong><bdi>${program.name}</bdi></strong><small><bdi>${what}</bdi> · since ${dayOf(createdAtMs)} · ${ends}${!isPersonal && !isThisSession && ' (of another browser)'}</small></span><form method="post" action="${tokensPath}"><input type="hidden" name="end" value="${hash}"><button class="button quiet" type="submit" aria-label="End ${program.name}">End</button></form></li>`;
}

function renderForm({ applications, asksAgain, fault, typed }: TokensView): HtmlValue {
  if (applications.length === 0)
    return html`<p class="soft">No application that you can open takes tokens of people. Whoever runs it can say so in its rules.</p>`;
  const isOne = applications.length === 1;
  return html`<div class="card"><h2>A token for a program</h2>
<p class="soft">For a calendar, files over WebDAV or a package manager: whatever asks for a name and a password, and cannot open a page. It may do what you may do, in the applications that you choose, and no more.</p>
<form class="fields" method="post" action="${tokensPath}">
${fault !== null && html`<p class="complaint" id="complaint" role="alert">${faults[fault]}</p>`}
<label for="name">Name</label>
<input class="input" id="name" name="name" type="text" autocomplete="off" maxlength="48" required value="${typed}"${fault === 'no-name' && html` aria-invalid="true" aria-describedby="complaint"`}>
<fieldset><legend>For</legend>${applications.map(
    (name, index) =>
      html`<label class="choice" for="a${index}"><input id="a${index}" type="checkbox" name="application-${index}" value="${name}"${isOne && html` checked`}> ${name}</label>`,
  )}</fieldset>
<label for="days">It ends after</label>
<select class="input" id="days" name="days">${lifetimesDays.map((days) => html`<option value="${days}"${days === 30 && html` selected`}>${days} days</option>`)}</select>
${asksAgain && html`<p class="soft">You logged in a while ago, so you are asked to log in again first.</p>`}
<button class="button" type="submit">Make a token</button>
</form></div>`;
}

/** The token, once. A whole HTML document. */
export function renderPersonalToken(
  { name, applications, secret, expiresAtMs, isRechecked }: Extract<LoginStep, { kind: 'personal-token' }>,
  context: PageContext,
): string {
  const main = html`<div class="card">
<div class="badge">${renderIcon('key')}</div>
<h1>Your token</h1>
<div class="text soft"><p>Copy it into <strong><bdi>${name}</bdi></strong> now: it is not shown again. Any name will do; the token is the password.</p></div>
<p class="note after"><span class="code number">${secret}</span></p>
<dl class="facts"><div><dt>For</dt><dd><bdi>${applications.join(', ')}</bdi></dd></div><div><dt>It ends</dt><dd>${
    isRechecked ? dayOf(expiresAtMs) : 'with your session in this browser'
  }</dd></div></dl>
${!isRechecked && html`<p class="soft after">Your login service gives no way to ask later whether you still have access, so it cannot last longer.</p>`}
<div class="actions"><a class="button" href="${tokensPath}">I have copied it</a></div>
</div>`;
  return page('Your token', main, context);
}

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

function page(title: string, main: SafeHtml, context: PageContext): string {
  const brand = context.settings.branding.name;
  return renderPage({ brand, title, main, homeHref: '/.bouncer/', requestId: null });
}
