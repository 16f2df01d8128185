// The two pages of a login by code: one for the address, one for the code. Both are the same whoever the address belongs to, and work
// without JavaScript (with it a code is not sent twice), with a phone's keyboard, and with codes that are pasted.
import type { LoginStep } from '../identity/login/login-step.ts';
import type { Texts } from '../texts/texts-shape.ts';
import { fill } from '../ui/fill.ts';
import { type HtmlValue, html, type SafeHtml, safeHref } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { mailPath } from './mail-page.ts';
import type { PageContext } from './page-context.ts';
import { renderOwn } from './render-own.ts';
import { sendOnceScript } from './send-once-script.ts';

type AddressStep = Extract<LoginStep, { kind: 'ask-address' }>;
type CodeStep = Extract<LoginStep, { kind: 'ask-code' }>;

const action = '/.bouncer/code';

/** A whole HTML document. */
export function renderAskAddress(step: AddressStep, context: PageContext): string {
  const { common, code: words } = context.texts;
  const fault = step.fault === null ? null : words.badAddress;
  const main = html`<div class="card">
<div class="badge">${renderIcon('mail')}</div>
<h1>${words.addressTitle}</h1>
<div class="text soft">${step.applicationName !== null && html`<p>${fill(common.onYourWayTo, { application: html`<strong>${step.applicationName}</strong>` })}</p>`}
<p>${words.addressText}</p></div>
${delayNote(step, words)}
<form class="fields" method="post" action="${action}">
<input type="hidden" name="login" value="${step.loginId}">
<label for="email">${words.address}</label>
${complaint(fault)}
<input class="input" id="email" name="email" type="email" inputmode="email" autocomplete="email" autocapitalize="none" spellcheck="false" maxlength="320" required autofocus value="${step.typed}"${described(fault)}>
<button class="button" type="submit">${words.sendCode}</button>
</form>
${otherWay(step, common)}
</div>`;
  return renderOwn({ title: words.addressTitle, main, homeHref: null }, context);
}

/** A whole HTML document. */
export function renderAskCode(step: CodeStep, context: PageContext): string {
  const { common, code: words } = context.texts;
  const fault = step.fault === null ? null : words.faults[step.fault];
  const main = html`<div class="card">
<div class="badge">${renderIcon('mail')}</div>
<h1>${words.codeTitle}</h1>
<div class="text soft"><p>${onItsWay(step, words)}</p>
${step.isAgain && html`<p>${words.again}</p>`}</div>
${delayNote(step, words)}
${context.settings.showsMail && html`<p class="note after">${fill(words.shown, { mail: html`<a href="${mailPath}" target="_blank" rel="noopener">${words.openMail}</a>` })}</p>`}
<form class="fields" id="once" method="post" action="${action}">
<input type="hidden" name="login" value="${step.loginId}">
<label for="code">${words.code}</label>
${complaint(fault)}
<input class="input digits" id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" maxlength="64" required autofocus${described(fault)}>
<button class="button" type="submit">${common.logIn}</button>
</form>
<div class="text soft after">
<p>${words.noMail}</p>
<div class="choices">
<form method="post" action="${action}"><input type="hidden" name="login" value="${step.loginId}"><input type="hidden" name="email" value="${step.email}"><button class="button quiet" type="submit">${words.newCode}</button></form>
<a class="button quiet" href="${action}?login=${step.loginId}&amp;address=other">${words.otherAddress}</a>
</div>
</div>
${otherWay(step, common)}
</div>${sendOnceScript}`;
  return renderOwn({ title: words.codeTitle, main, homeHref: null }, context);
}

function onItsWay({ email, applicationName }: CodeStep, words: Texts['code']): SafeHtml {
  const to = html`<strong><bdi>${email}</bdi></strong>`;
  if (applicationName === null) return fill(words.onItsWay, { email: to });
  return fill(words.onItsWayFor, { email: to, application: html`<strong>${applicationName}</strong>` });
}

function complaint(text: string | null): HtmlValue {
  return text !== null && html`<p class="complaint" id="complaint" role="alert">${text}</p>`;
}

function described(fault: string | null): HtmlValue {
  return fault !== null && html` aria-invalid="true" aria-describedby="complaint"`;
}

function delayNote({ isMailDelayed }: AddressStep | CodeStep, { delayed }: Texts['code']): HtmlValue {
  return isMailDelayed && html`<p class="note after" role="status">${delayed}</p>`;
}

function otherWay({ otherWayHref }: AddressStep | CodeStep, common: Texts['common']): HtmlValue {
  const href = safeHref(otherWayHref);
  return href !== null && html`<p class="after"><a href="${href}">${common.logInAnotherWay}</a></p>`;
}
