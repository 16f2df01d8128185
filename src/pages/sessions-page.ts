// `/.bouncer/sessions` on `auth_url`: where a person is logged in, and ending it. It works without JavaScript; only a form of this very
// page changes anything.
import { authHostOf } from '../http/origin-of.ts';
import type { CanonicalHost } from '../http/request-target.ts';
import { sessionsPath } from '../identity/login/begin-login.ts';
import type { OwnSession } from '../identity/sessions/own-sessions.ts';
import { sayBrowser } from '../texts/say-browser.ts';
import { fillText, sayCount } from '../texts/texts.ts';
import { agoWords } from '../ui/ago.ts';
import { fill } from '../ui/fill.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { renderAccountLinks } from './account-links.ts';
import type { PageContext } from './page-context.ts';
import { renderOwn } from './render-own.ts';

export interface SessionsPage {
  readonly sessions: readonly OwnSession[];
  /** How many a form has just ended; `null`: none was sent. */
  readonly ended: number | null;
  /** Whether the person gets a letter for each login in a new browser; `null`: none can be sent. */
  readonly letters: boolean | null;
}

/** A whole HTML document. */
export function renderSessions(context: PageContext, { sessions, ended, letters }: SessionsPage): string {
  const { common, sessions: words } = context.texts;
  const others = sessions.filter(({ isThis }) => !isThis).length;
  const main = html`<div class="wide">
<div>
<h1>${common.whereLoggedIn}</h1>
<p class="soft lead">${words.lead}</p>
</div>
${ended !== null && html`<p class="note" role="status">${ended === 0 ? words.hadEnded : sayCount(words.ended, ended)}</p>`}
<ul class="rows flush" aria-label="${words.list}">${sessions.map((session) => renderRow(session, context))}</ul>
${
  others > 0 &&
  html`<form method="post" action="${sessionsPath}"><input type="hidden" name="end" value="others"><button class="button quiet" type="submit">${words.endOthers}</button></form>`
}
${letters !== null && renderLetters(letters, context)}
${renderAccountLinks(context, sessionsPath)}
</div>`;
  const { requestId } = context.visit;
  return renderOwn({ title: common.whereLoggedIn, main, homeHref: '/.bouncer/', requestId }, context);
}

function renderLetters(wants: boolean, { texts, visit }: PageContext): SafeHtml {
  const { sessions: words } = texts;
  const email = html`<bdi>${visit.session?.identity.email ?? ''}</bdi>`;
  return html`<form class="text" method="post" action="${sessionsPath}"><input type="hidden" name="letters" value="${wants ? 'off' : 'on'}"><p class="soft">${fill(
    wants ? words.letters : words.noLetters,
    { email },
  )}</p><button class="button quiet small" type="submit">${wants ? words.stopLetters : words.wantLetters}</button></form>`;
}

function renderRow(session: OwnSession, context: PageContext): SafeHtml {
  const { texts, visit } = context;
  const { common, sessions: words } = texts;
  const { isThis, createdAtMs, id, programs } = session;
  const browser = sayBrowser(session.browser, texts);
  const action = isThis ? common.logOut : words.end;
  const loggedIn = { ago: agoWords(visit.nowMs - createdAtMs, texts) };
  const used = { ago: agoWords(visit.nowMs - session.lastSeenMs, texts) };
  const applications = applicationsOf(session, context).join(', ');
  const place = session.ip !== null && html`<bdi>${session.ip}</bdi>`;
  return html`<li class="row still"><span class="initial" aria-hidden="true">${renderIcon('door', 20)}</span><span class="grow"><strong>${capitalized(browser)}</strong><small>${
    place === false ? fill(words.loggedIn, loggedIn) : fill(words.loggedInFrom, { ...loggedIn, place })
  }</small><small>${
    applications === '' ? fill(words.used, used) : fill(words.usedFor, { ...used, applications })
  }</small>${
    programs.length > 0 &&
    html`<small>${fill(words.terminals, { names: html`<bdi>${programs.join(', ')}</bdi>` })}</small>`
  }${isThis && html`<span class="pill calm">${words.thisBrowser}</span>`}</span><form method="post" action="${sessionsPath}"><input type="hidden" name="end" value="${id}"><button class="button quiet small" type="submit" aria-label="${
    isThis
      ? fillText(words.endThis, { action, browser })
      : fillText(words.endOther, { action, browser, ...used })
  }">${action}</button></form></li>`;
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
