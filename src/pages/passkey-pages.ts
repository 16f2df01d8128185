// The pages of passkeys: log in by one, make one by invitation, see one's own. They have the script of the pages of hardware keys, and
// other words: a passkey is not a hardware key.
import type { ShownPasskey } from '../identity/login/key-step.ts';
import type { LoginStep } from '../identity/login/login-step.ts';
import { passkeyPath } from '../identity/login/passkey-page.ts';
import { fillText } from '../texts/texts.ts';
import { dayWords } from '../ui/day.ts';
import { fill } from '../ui/fill.ts';
import { html, type SafeHtml, safeHref } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { renderAccountLinks } from './account-links.ts';
import { renderCalm } from './calm-page.ts';
import { keyScript } from './key-script.ts';
import { renderStates } from './key-states.ts';
import type { PageContext } from './page-context.ts';
import { renderOwn } from './render-own.ts';

type UseStep = Extract<LoginStep, { kind: 'use-passkey' }>;
type EnrolStep = Extract<LoginStep, { kind: 'enrol-passkey' }>;
type AddedStep = Extract<LoginStep, { kind: 'passkey-added' }>;
type PasskeysStep = Extract<LoginStep, { kind: 'passkeys' }>;

/** A whole HTML document. */
export function renderUsePasskey(step: UseStep, context: PageContext): string {
  const { common, passkey: words } = context.texts;
  const other = step.otherWayHref === null ? null : safeHref(step.otherWayHref);
  const main = html`<div class="card">
<div class="badge">${renderIcon('key')}</div>
<h1>${words.useTitle}</h1>
<div class="text soft">${step.applicationName !== null && html`<p>${fill(common.onYourWayTo, { application: html`<strong>${step.applicationName}</strong>` })}</p>`}
<p>${words.useText}</p></div>
<form id="ceremony" class="fields" method="post" action="${passkeyPath}" data-options="${JSON.stringify(step.options)}">
<input type="hidden" name="login" value="${step.loginId}"><input type="hidden" name="answer">
${renderStates(words.states)}
<button class="button" id="ask" type="button" hidden>${words.useTitle}</button>
</form>
${other !== null && html`<p class="after"><a href="${other}">${common.logInAnotherWay}</a></p>`}
</div>${keyScript}`;
  return renderOwn({ title: words.useTitle, main, homeHref: null }, context);
}

/** A whole HTML document. */
export function renderEnrolPasskey(step: EnrolStep, context: PageContext): string {
  const { email, endsAtMs } = step;
  const { passkey: words } = context.texts;
  const end = endsAtMs === null ? null : { day: dayWords(endsAtMs, context.texts) };
  const main = html`<div class="card">
<div class="badge">${renderIcon('key')}</div>
<h1>${words.makeTitle}</h1>
<div class="text soft"><p>${fill(words.makeText, { email: html`<strong><bdi>${email}</bdi></strong>` })}</p>
${end !== null && html`<p>${fill(words.goodUntil, end)}</p>`}
<p>${words.notYou}</p></div>
<form id="ceremony" class="fields" method="post" action="${passkeyPath}" data-options="${JSON.stringify(step.options)}">
<input type="hidden" name="ceremony" value="${step.ceremony}"><input type="hidden" name="answer">
<label for="label">${words.name}</label>
<p class="soft" id="label-hint">${words.nameHint}</p>
<input class="input" id="label" name="label" type="text" maxlength="60" autocomplete="off" aria-describedby="label-hint">
${renderStates(words.states)}
<button class="button" id="ask" type="button" hidden>${words.make}</button>
</form>
</div>${keyScript}`;
  return renderOwn({ title: words.makeTitle, main, homeHref: null }, context);
}

/** A whole HTML document. */
export function renderPasskeyAdded({ email, loginHref }: AddedStep, context: PageContext): string {
  const { common, passkey: words } = context.texts;
  return renderCalm(
    {
      title: words.added,
      icon: 'check',
      text: [fill(words.addedText, { email: html`<strong><bdi>${email}</bdi></strong>` })],
      actions: [{ kind: 'link', label: common.logIn, href: loginHref }],
    },
    context,
  );
}

/** A whole HTML document. */
export function renderPasskeys(step: PasskeysStep, context: PageContext): string {
  const { passkeys, mayRemove, isByPasskey } = step;
  const { common, passkey: words } = context.texts;
  const isAnyRemovable = passkeys.some(({ isRemovable }) => isRemovable);
  const rows = passkeys.map((passkey) => renderPasskey(passkey, step, context));
  const link = html`<a href="${step.freshLoginHref}">${words.removeFirstLink}</a>`;
  const main = html`<div class="wide">
<h1>${common.yourPasskeys}</h1>
${rows.length === 0 ? html`<p class="soft">${isByPasskey ? words.none : words.otherWay}</p>` : html`<ul class="rows flush" aria-label="${common.yourPasskeys}">${rows}</ul>`}
${rows.length > 0 && !isAnyRemovable && html`<p class="soft after">${words.onlyOne}</p>`}
${isAnyRemovable && !mayRemove && html`<p class="soft after">${fill(words.removeFirst, { link })}</p>`}
${isByPasskey && html`<p class="soft after">${words.anotherDevice}</p>`}
${renderAccountLinks(context, passkeyPath)}
</div>`;
  return renderOwn({ title: common.yourPasskeys, main, homeHref: '/.bouncer/' }, context);
}

function renderPasskey(
  { id, label, createdAtMs, lastUsedMs, expiresAtMs, isGood, isRemovable }: ShownPasskey,
  { mayRemove }: PasskeysStep,
  { texts }: PageContext,
): SafeHtml {
  const { key: common, passkey: words } = texts;
  const made = fillText(words.madeOn, { day: dayWords(createdAtMs, texts) });
  const used =
    lastUsedMs === null ? common.unused : fillText(common.lastUsed, { day: dayWords(lastUsedMs, texts) });
  const end =
    expiresAtMs !== null &&
    html` · ${fillText(isGood ? words.goodTo : words.ended, { day: dayWords(expiresAtMs, texts) })}`;
  return html`<li class="row"><span class="initial" aria-hidden="true">${renderIcon('key', 20)}</span><span class="grow"><strong><bdi>${label}</bdi></strong><small>${made} · ${used}${end}</small>${!isGood && html`<small>${words.over}</small>`}</span>${mayRemove && isRemovable && html`<form method="post" action="${passkeyPath}"><input type="hidden" name="remove" value="${id}"><button class="button quiet" type="submit" aria-label="${fillText(common.removeNamed, { name: label })}">${common.remove}</button></form>`}</li>`;
}

/** A whole HTML document. */
export function renderPasskeyRemoved(context: PageContext): string {
  const { common, passkey: words } = context.texts;
  return renderCalm(
    {
      title: words.removed,
      icon: 'check',
      text: [words.removedText],
      actions: [{ kind: 'link', label: common.logInAgain, href: passkeyPath }],
    },
    context,
  );
}
