// The pages on which a person lets a terminal act as them. What the program says of itself is shown as its own words; who was talked into
// this by somebody else must find out here.
import type { PersonVisit } from '../identity/login/login-step.ts';
import type { DeviceAsk, LoopbackAsk, TerminalAnswer } from '../identity/terminals/terminals.ts';
import { type HtmlValue, html, type SafeHtml, safeHref } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { renderPage } from '../ui/layout.ts';
import { renderMessage } from '../ui/message-page.ts';
import { renderCalm } from './calm-page.ts';
import type { PageContext } from './page-context.ts';

type Fields = Readonly<Record<string, string>>;

/** For a program on the computer of the browser. A whole HTML document. */
export function renderTerminalAsk(ask: LoopbackAsk, visit: PersonVisit, context: PageContext): string {
  const { name, challenge, state, port } = ask;
  const fields = { code_challenge: challenge, state, port: String(port), name };
  const main = html`<div class="card">
<div class="badge">${renderIcon('terminal')}</div>
<h1>Let a terminal act as you?</h1>
<div class="text soft"><p>A program on this computer wants to log in as <strong><bdi>${nameOf(visit)}</bdi></strong>. It could open everything here that you can, until your session ends.</p>
<p>Go on only if you have just typed <span class="code">bouncer login</span> yourself.</p></div>
${facts([
  ['It calls itself', name],
  ['Where it runs', 'on this computer'],
])}
${answerForms('/.bouncer/terminal', fields)}
</div>`;
  return page('Let a terminal act as you?', main, context);
}

/** After the button: on to the program. A whole HTML document. */
export function renderTerminalAnswered(
  address: string,
  answer: TerminalAnswer,
  context: PageContext,
): string {
  const isAllowed = answer === 'allow';
  return renderCalm(
    {
      title: isAllowed ? 'Your terminal is being logged in' : 'Nothing was let in',
      icon: isAllowed ? 'check' : 'door',
      text: [
        isAllowed
          ? 'This page goes on to it by itself. If nothing happens, click.'
          : 'The terminal is told so. You can close this page.',
      ],
      actions: [{ kind: 'link', label: 'Go on to the terminal', href: address }],
      homeHref: '/.bouncer/',
      ...(safeHref(address) === null ? {} : { refreshTo: address }),
    },
    context,
  );
}

/** An address that no program of ours made. */
export function renderTerminalSenseless(context: PageContext): string {
  return renderMessage({
    brand: context.settings.branding.name,
    title: 'This link is not complete',
    tone: 'warn',
    icon: 'compass',
    text: [
      html`Start again in your terminal, with <span class="code">bouncer login</span>. It opens the right page.`,
    ],
    actions: [{ kind: 'link', label: 'See what you can open', href: '/.bouncer/' }],
    facts: [],
    homeHref: '/.bouncer/',
    requestId: context.visit.requestId,
  });
}

const codeFaults = {
  wrong:
    'That code did not work. Codes hold for five minutes and once: is it the one that your terminal shows now?',
  'too-many': 'Those were too many tries. Wait five minutes, and let your terminal show you a new code.',
} as const;

/** Where the code is typed. A whole HTML document. */
export function renderDeviceForm(fault: keyof typeof codeFaults | null, context: PageContext): string {
  const main = html`<div class="card">
<div class="badge">${renderIcon('terminal')}</div>
<h1>Log a terminal in</h1>
<div class="text soft"><p>Type the code that your own terminal shows. You get to see what asks before anything is let in.</p>
<p><strong>Did somebody send you a code, or tell you one on the phone? Then they want to get in as you.</strong> Close this page.</p></div>
<form class="fields" method="post" action="/.bouncer/device">
<label for="code">Code</label>
${fault !== null && html`<p class="complaint" id="complaint" role="alert">${codeFaults[fault]}</p>`}
<input class="input digits" id="code" name="code" type="text" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="32" required autofocus${fault !== null && html` aria-invalid="true" aria-describedby="complaint"`}>
<button class="button" type="submit">Go on</button>
</form>
</div>`;
  return page('Log a terminal in', main, context);
}

/** What the typed code is of. A whole HTML document. */
export function renderDeviceAsk(
  { ask, code, visit }: { readonly ask: DeviceAsk; readonly code: string; readonly visit: PersonVisit },
  context: PageContext,
): string {
  const { name, ip, country, beganAtMs } = ask;
  const isElsewhere = ip !== null && visit.ip !== null && ip !== visit.ip;
  const seconds = Math.max(0, Math.round((visit.nowMs - beganAtMs) / 1000));
  const main = html`<div class="card">
<div class="badge warn">${renderIcon('terminal')}</div>
<h1>Let this terminal act as you?</h1>
<div class="text soft"><p>It wants to log in as <strong><bdi>${nameOf(visit)}</bdi></strong>, and could open everything here that you can, until your session ends.</p>
<p>Go on only if the code stands on a screen of your own, and you started this there yourself.</p></div>
${facts([
  ['It calls itself', name],
  ['It asks from', place(ip, country)],
  ['You are at', place(visit.ip, context.facts.country)],
  ['It asked', seconds < 90 ? `${seconds} seconds ago` : `${Math.round(seconds / 60)} minutes ago`],
])}
${isElsewhere && html`<p class="note warn after" role="status">It asks from another address than yours. That is right for a server far away, and for nothing else.</p>`}
${answerForms('/.bouncer/device', { code })}
</div>`;
  return page('Let this terminal act as you?', main, context);
}

/** After the button. A whole HTML document. */
export function renderDeviceAnswered(answer: TerminalAnswer, context: PageContext): string {
  const isAllowed = answer === 'allow';
  return renderCalm(
    {
      title: isAllowed ? 'Your terminal is logged in' : 'Nothing was let in',
      icon: isAllowed ? 'check' : 'door',
      text: [
        isAllowed
          ? 'It goes on within a few seconds. You can close this page.'
          : 'The terminal is told so. You can close this page.',
      ],
      actions: [{ kind: 'link', label: 'See what you can open', href: '/.bouncer/' }],
      homeHref: '/.bouncer/',
    },
    context,
  );
}

/** `device_login: false`. */
export function renderDeviceOff(context: PageContext): string {
  return renderMessage({
    brand: context.settings.branding.name,
    title: 'Codes of terminals are not in use here',
    tone: 'warn',
    icon: 'terminal',
    text: [html`Run <span class="code">bouncer login</span> on the computer where your browser is.`],
    actions: [{ kind: 'link', label: 'See what you can open', href: '/.bouncer/' }],
    facts: null,
    homeHref: '/.bouncer/',
    requestId: context.visit.requestId,
  });
}

function nameOf({ session }: PersonVisit): string {
  return session.identity.email ?? session.identity.name ?? session.identity.sub;
}

function place(ip: string | null, country: string | null): string {
  if (ip === null) return 'not known';
  return country === null ? ip : `${ip} (${country})`;
}

function facts(rows: readonly (readonly [name: string, value: string])[]): SafeHtml {
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`)}</dl>`;
}

/** Yes and no, each a form of its own: nothing is allowed by pressing Enter somewhere else. */
function answerForms(action: string, fields: Fields): SafeHtml {
  const hidden: HtmlValue = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const form = (answer: TerminalAnswer, label: string, style: string): SafeHtml =>
    html`<form method="post" action="${action}">${hidden}<input type="hidden" name="answer" value="${answer}"><button class="${style}" type="submit">${label}</button></form>`;
  return html`<div class="actions">${form('allow', 'Let it in', 'button')}${form('deny', 'No', 'button quiet')}</div>`;
}

function page(title: string, main: SafeHtml, context: PageContext): string {
  return renderPage({
    brand: context.settings.branding.name,
    ...{ title, main, homeHref: '/.bouncer/', requestId: null },
  });
}
