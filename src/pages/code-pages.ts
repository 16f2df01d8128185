// The two pages of a login by code: one for the address, one for the code. Both are the same whoever the address belongs to, and work
// without JavaScript (with it a code is not sent twice), with a phone's keyboard, and with codes that are pasted.
import type { LoginStep } from '../identity/login/login-step.ts';
import { type HtmlValue, html, type SafeHtml, safeHref } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { renderPage } from '../ui/layout.ts';
import type { PageContext } from './page-context.ts';
import { sendOnceScript } from './send-once-script.ts';

type AddressStep = Extract<LoginStep, { kind: 'ask-address' }>;
type CodeStep = Extract<LoginStep, { kind: 'ask-code' }>;

const action = '/.bouncer/code';

/** A whole HTML document. */
export function renderAskAddress(step: AddressStep, context: PageContext): string {
  const fault =
    step.fault === null ? null : 'This is not an e-mail address that we can write to. Is it complete?';
  const main = html`<div class="card">
<div class="badge">${renderIcon('mail')}</div>
<h1>Log in by e-mail</h1>
<div class="text soft">${step.applicationName !== null && html`<p>You are on your way to <strong>${step.applicationName}</strong>.</p>`}
<p>Type your e-mail address. You get a code that logs you in; there is no password.</p></div>
${delayNote(step)}
<form class="fields" method="post" action="${action}">
<input type="hidden" name="login" value="${step.loginId}">
<label for="email">E-mail address</label>
${complaint(fault)}
<input class="input" id="email" name="email" type="email" inputmode="email" autocomplete="email" autocapitalize="none" spellcheck="false" maxlength="320" required autofocus value="${step.typed}"${described(fault)}>
<button class="button" type="submit">Send me a code</button>
</form>
${otherWay(step)}
</div>`;
  return page('Log in by e-mail', main, context);
}

const codeFaults: Readonly<Record<NonNullable<CodeStep['fault']>, string>> = {
  'no-code': 'The code has six digits.',
  'wrong-code':
    'That code did not work. Is it from the newest mail? Codes hold for 10 minutes, and only in the browser that asked for them.',
  'used-up': 'Those were too many wrong codes. Have a new one sent, and use that.',
};

/** A whole HTML document. */
export function renderAskCode(step: CodeStep, context: PageContext): string {
  const fault = step.fault === null ? null : codeFaults[step.fault];
  const main = html`<div class="card">
<div class="badge">${renderIcon('mail')}</div>
<h1>Type the code from your mail</h1>
<div class="text soft"><p>If <strong><bdi>${step.email}</bdi></strong> may log in here${
    step.applicationName !== null && html` to <strong>${step.applicationName}</strong>`
  }, a mail with a code of six digits is on its way.</p>
${step.isAgain && html`<p>You asked more than once: only the code of the newest mail works.</p>`}</div>
${delayNote(step)}
<form class="fields" id="once" method="post" action="${action}">
<input type="hidden" name="login" value="${step.loginId}">
<label for="code">Code</label>
${complaint(fault)}
<input class="input digits" id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" maxlength="64" required autofocus${described(fault)}>
<button class="button" type="submit">Log in</button>
</form>
<div class="text soft after">
<p>No mail after a minute or two? Look into the folder for spam, and see whether the address is right: mail only goes to addresses that have access.</p>
<div class="choices">
<form method="post" action="${action}"><input type="hidden" name="login" value="${step.loginId}"><input type="hidden" name="email" value="${step.email}"><button class="button quiet" type="submit">Send a new code</button></form>
<a class="button quiet" href="${action}?login=${step.loginId}&amp;address=other">Use another address</a>
</div>
</div>
${otherWay(step)}
</div>${sendOnceScript}`;
  return page('Type the code from your mail', main, context);
}

function page(title: string, main: SafeHtml, context: PageContext): string {
  return renderPage({ brand: context.settings.branding.name, title, main, homeHref: null, requestId: null });
}

function complaint(text: string | null): HtmlValue {
  return text !== null && html`<p class="complaint" id="complaint" role="alert">${text}</p>`;
}

function described(fault: string | null): HtmlValue {
  return fault !== null && html` aria-invalid="true" aria-describedby="complaint"`;
}

function delayNote({ isMailDelayed }: AddressStep | CodeStep): HtmlValue {
  return (
    isMailDelayed &&
    html`<p class="note after" role="status">The mail server does not answer at the moment. Codes may take some minutes to arrive.</p>`
  );
}

function otherWay({ otherWayHref }: AddressStep | CodeStep): HtmlValue {
  const href = safeHref(otherWayHref);
  return href !== null && html`<p class="after"><a href="${href}">Log in another way</a></p>`;
}
