// The pages of hardware keys: use one, enrol one, see one's own. What is asked and why stands on the page before anything blinks.
import { keyPath } from '../identity/login/key-step-up.ts';
import type { LoginStep, ShownKey } from '../identity/login/login-step.ts';
import { html, type SafeHtml, safeHref } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { renderPage } from '../ui/layout.ts';
import { renderCalm } from './calm-page.ts';
import { keyScript } from './key-script.ts';
import type { PageContext } from './page-context.ts';

type UseStep = Extract<LoginStep, { kind: 'use-key' }>;
type EnrolStep = Extract<LoginStep, { kind: 'enrol-key' }>;
type KeysStep = Extract<LoginStep, { kind: 'keys' }>;

const path = keyPath;

/** A whole HTML document. */
export function renderUseKey(step: UseStep, context: PageContext): string {
  const why =
    step.applicationName === null
      ? step.isForAnother
        ? 'Before another key is added, one that you have already says that it is really you.'
        : 'Your key says that it is really you.'
      : html`<strong>${step.applicationName}</strong> asks for your security key, so that nobody can get in with your login alone.`;
  const main = html`<div class="card">
<div class="badge">${renderIcon('key')}</div>
<h1>Use your security key</h1>
<div class="text soft"><p>${why}</p></div>
${howTo}
<form id="ceremony" class="fields" method="post" action="${path}" data-options="${JSON.stringify(step.options)}">
<input type="hidden" name="ceremony" value="${step.ceremony}"><input type="hidden" name="answer">
${states}
<button class="button" id="ask" type="button" hidden>Use my key</button>
</form>
${elsewhere(step)}
</div>${keyScript}`;
  return page('Use your security key', main, context);
}

/** A whole HTML document. */
export function renderEnrolKey(step: EnrolStep, context: PageContext): string {
  const why =
    step.applicationName === null
      ? step.isFirst
        ? 'From then on, applications that ask for a key open with it.'
        : 'With a second key you are not locked out when you lose the first. Keep it in another place.'
      : html`<strong>${step.applicationName}</strong> asks for a security key, and you have none here yet.`;
  const title = step.isFirst ? 'Add your security key' : 'Add another security key';
  const main = html`<div class="card">
<div class="badge">${renderIcon('key')}</div>
<h1>${title}</h1>
<div class="text soft"><p>${why}</p></div>
${howTo}
<form id="ceremony" class="fields" method="post" action="${path}" data-options="${JSON.stringify(step.options)}">
<input type="hidden" name="ceremony" value="${step.ceremony}"><input type="hidden" name="answer">
<label for="label">What do you call it?</label>
<p class="soft" id="label-hint">For you alone, such as “blue, on my keys”.</p>
<input class="input" id="label" name="label" type="text" maxlength="60" autocomplete="off" aria-describedby="label-hint">
${states}
<button class="button" id="ask" type="button" hidden>Add this key</button>
</form>
${elsewhere(step)}
</div>${keyScript}`;
  return page(title, main, context);
}

const howTo: SafeHtml = html`<ol class="steps soft"><li>Plug the key in, or hold it to your phone.</li><li>Type the PIN of the key when you are asked.</li><li>Touch the key when it blinks.</li></ol>`;

/** What the script shows, one at a time; without scripts the first one stays. */
const states: SafeHtml = html`<p class="note" data-state="unscripted">Keys need JavaScript, which is off in this browser or did not load.</p>
<p class="note" data-state="ready" hidden>Have the key at hand.</p>
<p class="note" data-state="waiting" role="status" hidden>Your browser asks for the key now.</p>
<p class="note" data-state="sent" role="status" hidden>Thank you. One moment.</p>
<p class="complaint" data-state="cancelled" role="alert" hidden>Nothing came of it: it was cancelled, the time ran out, or the key has no PIN yet. Try again when you are ready.</p>
<p class="complaint" data-state="known" role="alert" hidden>This key is one of yours already. Take another one.</p>
<p class="complaint" data-state="unsupported" role="alert" hidden>This browser cannot use security keys. Open this page in Firefox, Chrome, Edge or Safari, and not inside of another app.</p>`;

function elsewhere({ cancelHref }: UseStep | EnrolStep): SafeHtml | null {
  const href = safeHref(cancelHref);
  return href === null ? null : html`<p class="after"><a href="${href}">Not now</a></p>`;
}

/** A whole HTML document. */
export function renderKeys(step: KeysStep, context: PageContext): string {
  const { keys } = step;
  const main = html`<div class="card">
<h1>Your security keys</h1>
${step.wasAdded && html`<p class="note" role="status">The key was added.${keys.length === 1 && html` Add a second one now, so that you are not locked out when you lose the first.`}</p>`}
${keys.length === 0 ? html`<p class="soft">There is none yet.</p>` : html`<ul class="rows" aria-label="Your keys">${keys.map((key) => renderKey(key, step))}</ul>`}
<div class="actions">${(step.canAdd || keys.length > 0) && html`<a class="button" href="${path}?add=1">${keys.length === 0 ? 'Add a key' : 'Add another key'}</a>`}</div>
${keys.length > 0 && !step.mayRemove && html`<p class="soft after">To remove a key, <a href="${path}?use=1">use one of yours first</a>.</p>`}
${keys.length === 0 && !step.canAdd && html`<p class="soft after">Keys are added by invitation. Ask whoever runs this service for one.</p>`}
</div>`;
  return page('Your security keys', main, context);
}

function renderKey(key: ShownKey, { mayRemove, keys }: KeysStep): SafeHtml {
  const used = key.lastUsedMs === null ? 'not used yet' : html`last used ${day(key.lastUsedMs)}`;
  return html`<li class="row"><span class="grow"><strong><bdi>${key.label}</bdi></strong><small>${key.makeName !== null && html`${key.makeName} · `}added ${day(key.createdAtMs)} · ${used}</small>${key.badStatus !== null && html`<small>Keys of this make are not taken any more.</small>`}</span>${mayRemove && html`<form method="post" action="${path}"><input type="hidden" name="remove" value="${key.id}"><button class="button quiet" type="submit" aria-label="Remove ${key.label}">${keys.length === 1 ? 'Remove my only key' : 'Remove'}</button></form>`}</li>`;
}

function day(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** A whole HTML document. */
export function renderKeyRemoved(context: PageContext): string {
  return renderCalm(
    {
      title: 'The key was removed',
      icon: 'check',
      text: ['To be safe, you were logged out everywhere.'],
      actions: [{ kind: 'link', label: 'Log in again', href: path }],
    },
    context,
  );
}

function page(title: string, main: SafeHtml, context: PageContext): string {
  const brand = context.settings.branding.name;
  return renderPage({ brand, title, main, homeHref: '/.bouncer/', requestId: null });
}
