// The pages on which a person lets a terminal act as them. What the program says of itself is shown as its own words; who was talked into
// this by somebody else must find out here.
import type { PersonVisit } from '../identity/login/login-step.ts';
import type { DeviceAsk, LoopbackAsk, TerminalAnswer } from '../identity/terminals/terminals.ts';
import { sayCount } from '../texts/texts.ts';
import type { Texts } from '../texts/texts-shape.ts';
import { fill } from '../ui/fill.ts';
import { type HtmlValue, html, type SafeHtml, safeHref } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { renderMessage } from '../ui/message-page.ts';
import { renderCalm } from './calm-page.ts';
import { lookOf, type PageContext } from './page-context.ts';
import { renderOwn } from './render-own.ts';

type Fields = Readonly<Record<string, string>>;

const command = html`<span class="code">bouncer login</span>`;

/** For a program on the computer of the browser. A whole HTML document. */
export function renderTerminalAsk(ask: LoopbackAsk, visit: PersonVisit, context: PageContext): string {
  const { name, challenge, state, port } = ask;
  const { terminal: words } = context.texts;
  const fields = { code_challenge: challenge, state, port: String(port), name };
  const main = html`<div class="card">
<div class="badge">${renderIcon('terminal')}</div>
<h1>${words.askTitle}</h1>
<div class="text soft"><p>${fill(words.askText, { person: personOf(visit) })}</p>
<p>${fill(words.askOnly, { command })}</p></div>
${facts([
  [words.callsItself, name],
  [words.runs, words.onThisComputer],
])}
${answerForms('/.bouncer/terminal', fields, words)}
</div>`;
  return page(words.askTitle, main, context);
}

/** After the button: on to the program. A whole HTML document. */
export function renderTerminalAnswered(
  address: string,
  answer: TerminalAnswer,
  context: PageContext,
): string {
  const isAllowed = answer === 'allow';
  const { terminal: words } = context.texts;
  return renderCalm(
    {
      title: isAllowed ? words.goesOn : words.denied,
      icon: isAllowed ? 'check' : 'door',
      text: [isAllowed ? words.goesOnText : words.deniedText],
      actions: [{ kind: 'link', label: words.goOnTo, href: address }],
      homeHref: '/.bouncer/',
      ...(safeHref(address) === null ? {} : { refreshTo: address }),
    },
    context,
  );
}

/** An address that no program of ours made. */
export function renderTerminalSenseless(context: PageContext): string {
  const { common, terminal: words } = context.texts;
  return renderMessage(
    {
      title: words.senseless,
      tone: 'warn',
      icon: 'compass',
      text: [fill(words.senselessText, { command })],
      actions: [{ kind: 'link', label: common.seeWhatYouCanOpen, href: '/.bouncer/' }],
      facts: [],
      homeHref: '/.bouncer/',
      requestId: context.visit.requestId,
    },
    lookOf(context),
  );
}

/** Where the code is typed. A whole HTML document. */
export function renderDeviceForm(fault: 'wrong' | 'too-many' | null, context: PageContext): string {
  const { common, terminal: words } = context.texts;
  const main = html`<div class="card">
<div class="badge">${renderIcon('terminal')}</div>
<h1>${words.deviceTitle}</h1>
<div class="text soft"><p>${words.deviceText}</p>
<p><strong>${words.deviceWarning}</strong> ${words.closePage}</p></div>
<form class="fields" method="post" action="/.bouncer/device">
<label for="code">${words.code}</label>
${fault !== null && html`<p class="complaint" id="complaint" role="alert">${words.faults[fault]}</p>`}
<input class="input digits" id="code" name="code" type="text" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="32" required autofocus${fault !== null && html` aria-invalid="true" aria-describedby="complaint"`}>
<button class="button" type="submit">${common.goOn}</button>
</form>
</div>`;
  return page(words.deviceTitle, main, context);
}

/** What the typed code is of. A whole HTML document. */
export function renderDeviceAsk(
  { ask, code, visit }: { readonly ask: DeviceAsk; readonly code: string; readonly visit: PersonVisit },
  context: PageContext,
): string {
  const { name, ip, country, beganAtMs } = ask;
  const { ago, terminal: words } = context.texts;
  const isElsewhere = ip !== null && visit.ip !== null && ip !== visit.ip;
  const seconds = Math.max(0, Math.round((visit.nowMs - beganAtMs) / 1000));
  const main = html`<div class="card">
<div class="badge warn">${renderIcon('terminal')}</div>
<h1>${words.deviceAskTitle}</h1>
<div class="text soft"><p>${fill(words.deviceAskText, { person: personOf(visit) })}</p>
<p>${words.deviceAskOnly}</p></div>
${facts([
  [words.callsItself, name],
  [words.asksFrom, place(ip, country) ?? words.notKnown],
  [words.youAreAt, place(visit.ip, context.facts.country) ?? words.notKnown],
  [
    words.asked,
    seconds < 90 ? sayCount(ago.second, seconds) : sayCount(ago.minute, Math.round(seconds / 60)),
  ],
])}
${isElsewhere && html`<p class="note warn after" role="status">${words.elsewhere}</p>`}
${answerForms('/.bouncer/device', { code }, words)}
</div>`;
  return page(words.deviceAskTitle, main, context);
}

/** After the button. A whole HTML document. */
export function renderDeviceAnswered(answer: TerminalAnswer, context: PageContext): string {
  const isAllowed = answer === 'allow';
  const { common, terminal: words } = context.texts;
  return renderCalm(
    {
      title: isAllowed ? words.loggedIn : words.denied,
      icon: isAllowed ? 'check' : 'door',
      text: [isAllowed ? words.loggedInText : words.deniedText],
      actions: [{ kind: 'link', label: common.seeWhatYouCanOpen, href: '/.bouncer/' }],
      homeHref: '/.bouncer/',
    },
    context,
  );
}

/** `device_login: false`. */
export function renderDeviceOff(context: PageContext): string {
  const { common, terminal: words } = context.texts;
  return renderMessage(
    {
      title: words.off,
      tone: 'warn',
      icon: 'terminal',
      text: [fill(words.offText, { command })],
      actions: [{ kind: 'link', label: common.seeWhatYouCanOpen, href: '/.bouncer/' }],
      facts: null,
      homeHref: '/.bouncer/',
      requestId: context.visit.requestId,
    },
    lookOf(context),
  );
}

function personOf({ session }: PersonVisit): SafeHtml {
  const { email, name, sub } = session.identity;
  return html`<strong><bdi>${email ?? name ?? sub}</bdi></strong>`;
}

function place(ip: string | null, country: string | null): string | null {
  if (ip === null) return null;
  return country === null ? ip : `${ip} (${country})`;
}

function facts(rows: readonly (readonly [name: string, value: string])[]): SafeHtml {
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`)}</dl>`;
}

/** Yes and no, each a form of its own: nothing is allowed by pressing Enter somewhere else. */
function answerForms(action: string, fields: Fields, words: Texts['terminal']): SafeHtml {
  const hidden: HtmlValue = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const form = (answer: TerminalAnswer, label: string, style: string): SafeHtml =>
    html`<form method="post" action="${action}">${hidden}<input type="hidden" name="answer" value="${answer}"><button class="${style}" type="submit">${label}</button></form>`;
  return html`<div class="actions">${form('allow', words.allow, 'button')}${form('deny', words.deny, 'button quiet')}</div>`;
}

function page(title: string, main: SafeHtml, context: PageContext): string {
  return renderOwn({ title, main, homeHref: '/.bouncer/' }, context);
}
