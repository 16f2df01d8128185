// `/.bouncer/sessions` on `auth_url`: where a person is logged in, and ending it. It works without JavaScript; only a form of this very
// page changes anything.
import { authHostOf } from '../http/origin-of.ts';
import type { CanonicalHost } from '../http/request-target.ts';
import { tokensPath } from '../identity/login/issue-personal-token.ts';
import { keyPath } from '../identity/login/key-step-up.ts';
import type { OwnSession } from '../identity/sessions/own-sessions.ts';
import { agoWords } from '../ui/ago.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { renderPage } from '../ui/layout.ts';
import type { PageContext } from './page-context.ts';

export const sessionsPath = '/.bouncer/sessions';

export interface SessionsPage {
  readonly sessions: readonly OwnSession[];
  /** How many a form has just ended; `null`: none was sent. */
  readonly ended: number | null;
  /** Whether the person gets a letter for each login in a new browser; `null`: none can be sent. */
  readonly letters: boolean | null;
}

/** A whole HTML document. */
export function renderSessions(context: PageContext, { sessions, ended, letters }: SessionsPage): string {
  const others = sessions.filter(({ isThis }) => !isThis).length;
  const main = html`<div class="wide">
<div>
<h1>Where you are logged in</h1>
<p class="soft lead">Each row is one browser. Do you not know one of them? End it, and change the password that you log in with, or that of your mail if you log in by codes.</p>
</div>
${ended !== null && html`<p class="note" role="status">${noticeText(ended)}</p>`}
<ul class="rows flush" aria-label="Your sessions">${sessions.map((session) => renderRow(session, context))}</ul>
${
  others > 0 &&
  html`<form method="post" action="${sessionsPath}"><input type="hidden" name="end" value="others"><button class="button quiet" type="submit">End all others</button></form>`
}
${letters !== null && renderLetters(letters, context)}
<p class="soft"><a href="/.bouncer/">Your applications</a> · <a href="${tokensPath}">Programs that act as you</a>${context.settings.hardwareKeys !== null && html` · <a href="${keyPath}">Your security keys</a>`}</p>
</div>`;
  return renderPage({
    title: 'Where you are logged in',
    main,
    brand: context.settings.branding.name,
    homeHref: '/.bouncer/',
    requestId: context.visit.requestId,
  });
}

function renderLetters(wants: boolean, { visit }: PageContext): SafeHtml {
  const to = visit.session?.identity.email ?? '';
  return html`<form method="post" action="${sessionsPath}"><input type="hidden" name="letters" value="${wants ? 'off' : 'on'}"><p class="soft">${
    wants
      ? html`When somebody logs in as you in a new browser, a mail goes to <bdi>${to}</bdi>.`
      : html`You can have a mail sent to <bdi>${to}</bdi> whenever somebody logs in as you in a new browser.`
  }</p><button class="button quiet small" type="submit">${wants ? 'Send me no such mail' : 'Send me such mail'}</button></form>`;
}

function noticeText(ended: number): string {
  if (ended === 0) return 'It had ended already.';
  return ended === 1 ? 'One session has ended.' : `${ended} sessions have ended.`;
}

function renderRow(session: OwnSession, context: PageContext): SafeHtml {
  const { nowMs } = context.visit;
  const { browser, ip, isThis, createdAtMs, lastSeenMs, id, programs } = session;
  const applications = applicationsOf(session, context);
  const label = isThis ? 'Log out' : 'End';
  return html`<li class="row still"><span class="initial" aria-hidden="true">${renderIcon('door', 20)}</span><span class="grow"><strong>${capitalized(browser)}</strong><small>Logged in ${agoWords(nowMs - createdAtMs)}${
    ip !== null && html` from <bdi>${ip}</bdi>`
  }</small><small>Used ${agoWords(nowMs - lastSeenMs)}${
    applications.length > 0 && html`: ${applications.join(', ')}`
  }</small>${
    programs.length > 0 && html`<small>Terminals: <bdi>${programs.join(', ')}</bdi></small>`
  }${isThis && html`<span class="pill calm">this browser</span>`}</span><form method="post" action="${sessionsPath}"><input type="hidden" name="end" value="${id}"><button class="button quiet small" type="submit" aria-label="${label}: ${browser}, ${isThis ? 'this browser' : `used ${agoWords(nowMs - lastSeenMs)}`}">${label}</button></form></li>`;
}

/** The names of the applications that it was used for. One that is gone from the rules is left out. */
function applicationsOf({ hosts }: OwnSession, { rules, settings }: PageContext): readonly string[] {
  const names = hosts
    .filter((host) => host !== authHostOf(settings))
    // Only canonical hosts have tokens.
    .map((host) => rules.findApplication(host as CanonicalHost)?.presentation.label)
    .filter((name) => name !== undefined);
  return [...new Set(names)].sort();
}

function capitalized(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
