// The pages of passkeys: log in by one, make one by invitation. They have the script of the pages of hardware keys, and other words: a
// passkey is not a hardware key.
import type { LoginStep } from '../identity/login/login-step.ts';
import { passkeyPath } from '../identity/login/passkey-page.ts';
import { html, type SafeHtml, safeHref } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { renderPage } from '../ui/layout.ts';
import { renderCalm } from './calm-page.ts';
import { keyScript } from './key-script.ts';
import type { PageContext } from './page-context.ts';

type UseStep = Extract<LoginStep, { kind: 'use-passkey' }>;
type EnrolStep = Extract<LoginStep, { kind: 'enrol-passkey' }>;
type AddedStep = Extract<LoginStep, { kind: 'passkey-added' }>;

/** A whole HTML document. */
export function renderUsePasskey(step: UseStep, context: PageContext): string {
  const other = step.otherWayHref === null ? null : safeHref(step.otherWayHref);
  const main = html`<div class="card">
<div class="badge">${renderIcon('key')}</div>
<h1>Log in by passkey</h1>
<div class="text soft">${step.applicationName !== null && html`<p>You are on your way to <strong>${step.applicationName}</strong>.</p>`}
<p>Your browser asks for your fingerprint, your face or the PIN of this device. There is no password.</p></div>
<form id="ceremony" class="fields" method="post" action="${passkeyPath}" data-options="${JSON.stringify(step.options)}">
<input type="hidden" name="login" value="${step.loginId}"><input type="hidden" name="answer">
${states}
<button class="button" id="ask" type="button" hidden>Log in by passkey</button>
</form>
${other !== null && html`<p class="after"><a href="${other}">Log in another way</a></p>`}
</div>${keyScript}`;
  return page('Log in by passkey', main, context);
}

/** A whole HTML document. */
export function renderEnrolPasskey(step: EnrolStep, context: PageContext): string {
  const { email, endsAtMs } = step;
  const main = html`<div class="card">
<div class="badge">${renderIcon('key')}</div>
<h1>Make your passkey</h1>
<div class="text soft"><p>You were invited as <strong><bdi>${email}</bdi></strong>. With a passkey you log in by fingerprint, face or the PIN of your device, without a password.</p>
${endsAtMs !== null && html`<p>It is good until ${new Date(endsAtMs).toISOString().slice(0, 10)}.</p>`}
<p>Is this not your address? Close this page, and tell whoever sent you the link.</p></div>
<form id="ceremony" class="fields" method="post" action="${passkeyPath}" data-options="${JSON.stringify(step.options)}">
<input type="hidden" name="ceremony" value="${step.ceremony}"><input type="hidden" name="answer">
<label for="label">What do you call it?</label>
<p class="soft" id="label-hint">Such as the device that you are on: “phone”.</p>
<input class="input" id="label" name="label" type="text" maxlength="60" autocomplete="off" aria-describedby="label-hint">
${states}
<button class="button" id="ask" type="button" hidden>Make a passkey</button>
</form>
</div>${keyScript}`;
  return page('Make your passkey', main, context);
}

/** What the script shows, one at a time; without scripts the first one stays. */
const states: SafeHtml = html`<p class="note" data-state="unscripted">Passkeys need JavaScript, which is off in this browser or did not load.</p>
<p class="note" data-state="ready" hidden>It takes a moment.</p>
<p class="note" data-state="waiting" role="status" hidden>Your browser asks for the passkey now.</p>
<p class="note" data-state="sent" role="status" hidden>Thank you. One moment.</p>
<p class="complaint" data-state="cancelled" role="alert" hidden>Nothing came of it: it was cancelled, the time ran out, or there is no passkey for this page on this device. Try again when you are ready.</p>
<p class="complaint" data-state="known" role="alert" hidden>This device has a passkey of yours for this page already.</p>
<p class="complaint" data-state="unsupported" role="alert" hidden>This browser cannot use passkeys. Open this page in Firefox, Chrome, Edge or Safari, and not inside of another app.</p>`;

/** A whole HTML document. */
export function renderPasskeyAdded({ email, loginHref }: AddedStep, context: PageContext): string {
  return renderCalm(
    {
      title: 'Your passkey is ready',
      icon: 'check',
      text: [html`It logs you in as <strong><bdi>${email}</bdi></strong>. Try it now.`],
      actions: [{ kind: 'link', label: 'Log in', href: loginHref }],
    },
    context,
  );
}

function page(title: string, main: SafeHtml, context: PageContext): string {
  const brand = context.settings.branding.name;
  return renderPage({ brand, title, main, homeHref: null, requestId: null });
}
