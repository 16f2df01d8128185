// The pages of hardware keys: use one, enrol one, see one's own. What is asked and why stands on the page before anything blinks.
import type { ShownKey } from '../identity/login/key-step.ts';
import { keyPath } from '../identity/login/key-step-up.ts';
import type { LoginStep } from '../identity/login/login-step.ts';
import { fillText } from '../texts/texts.ts';
import type { Texts } from '../texts/texts-shape.ts';
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

type UseStep = Extract<LoginStep, { kind: 'use-key' }>;
type EnrolStep = Extract<LoginStep, { kind: 'enrol-key' }>;
type KeysStep = Extract<LoginStep, { kind: 'keys' }>;
type Words = Texts['key'];

const path = keyPath;

/** A whole HTML document. */
export function renderUseKey(step: UseStep, context: PageContext): string {
  const { key: words } = context.texts;
  const why =
    step.applicationName === null
      ? step.isForAnother
        ? words.useForAnother
        : words.useText
      : fill(words.useFor, { application: html`<strong>${step.applicationName}</strong>` });
  const main = html`<div class="card">
<div class="badge">${renderIcon('key')}</div>
<h1>${words.useTitle}</h1>
<div class="text soft"><p>${why}</p></div>
${howTo(words)}
<form id="ceremony" class="fields" method="post" action="${path}" data-options="${JSON.stringify(step.options)}">
<input type="hidden" name="ceremony" value="${step.ceremony}"><input type="hidden" name="answer">
${renderStates(words.states)}
<button class="button" id="ask" type="button" hidden>${words.use}</button>
</form>
<p class="soft after">${words.noKey}</p>
${elsewhere(step, words)}
</div>${keyScript}`;
  return page(words.useTitle, main, context);
}

/** A whole HTML document. */
export function renderEnrolKey(step: EnrolStep, context: PageContext): string {
  const { key: words } = context.texts;
  const why =
    step.applicationName === null
      ? step.isFirst
        ? words.addText
        : words.addAnotherText
      : fill(words.addFor, { application: html`<strong>${step.applicationName}</strong>` });
  const title = step.isFirst ? words.addTitle : words.addAnotherTitle;
  const main = html`<div class="card">
<div class="badge">${renderIcon('key')}</div>
<h1>${title}</h1>
<div class="text soft"><p>${why}</p></div>
${howTo(words)}
<form id="ceremony" class="fields" method="post" action="${path}" data-options="${JSON.stringify(step.options)}">
<input type="hidden" name="ceremony" value="${step.ceremony}"><input type="hidden" name="answer">
<label for="label">${words.name}</label>
<p class="soft" id="label-hint">${words.nameHint}</p>
<input class="input" id="label" name="label" type="text" maxlength="60" autocomplete="off" aria-describedby="label-hint">
${renderStates(words.states)}
<button class="button" id="ask" type="button" hidden>${words.add}</button>
</form>
${elsewhere(step, words)}
</div>${keyScript}`;
  return page(title, main, context);
}

/** One for each step of how to use a key. */
const pictures = ['plug', 'pin', 'touch'] as const;

function howTo(words: Words): SafeHtml {
  const steps = words.howTo.map(
    (step, index) => html`<li>${renderIcon(pictures[index] ?? 'key')}<span>${step}</span></li>`,
  );
  return html`<ol class="steps soft">${steps}</ol>`;
}

function elsewhere({ cancelHref }: UseStep | EnrolStep, words: Words): SafeHtml | null {
  const href = safeHref(cancelHref);
  return href === null ? null : html`<p class="after"><a href="${href}">${words.notNow}</a></p>`;
}

/** A whole HTML document. */
export function renderKeys(step: KeysStep, context: PageContext): string {
  const { keys } = step;
  const { common, key: words } = context.texts;
  const link = html`<a href="${path}?use=1">${words.removeFirstLink}</a>`;
  const main = html`<div class="wide">
<h1>${common.yourKeys}</h1>
${step.wasAdded && html`<p class="note" role="status">${words.added}${keys.length === 1 && html` ${words.addSecond}`}</p>`}
${keys.length === 0 ? html`<p class="soft">${words.none}</p>` : html`<ul class="rows flush" aria-label="${words.list}">${keys.map((key) => renderKey(key, step, context.texts))}</ul>`}
${keys.some(({ isRemovable }) => !isRemovable) && html`<p class="soft after">${words.onlyKey}</p>`}
${(step.canAdd || keys.length > 0) && html`<div class="actions"><a class="button" href="${path}?add=1">${keys.length === 0 ? words.addFirst : words.addAnother}</a></div>`}
${!step.mayRemove && keys.some(({ isRemovable }) => isRemovable) && html`<p class="soft after">${fill(words.removeFirst, { link })}</p>`}
${keys.length === 0 && !step.canAdd && html`<p class="soft after">${words.byInvitation}</p>`}
${renderAccountLinks(context, keyPath)}
</div>`;
  return page(common.yourKeys, main, context);
}

function renderKey(key: ShownKey, { mayRemove, keys }: KeysStep, texts: Texts): SafeHtml {
  const { key: words } = texts;
  const used =
    key.lastUsedMs === null
      ? words.unused
      : fillText(words.lastUsed, { day: dayWords(key.lastUsedMs, texts) });
  const added = fillText(words.addedOn, { day: dayWords(key.createdAtMs, texts) });
  return html`<li class="row"><span class="initial" aria-hidden="true">${renderIcon('key', 20)}</span><span class="grow"><strong><bdi>${key.label}</bdi></strong><small>${key.makeName !== null && html`${key.makeName} · `}${added} · ${used}</small>${key.badStatus !== null && html`<small>${words.badMake}</small>`}</span>${mayRemove && key.isRemovable && html`<form method="post" action="${path}"><input type="hidden" name="remove" value="${key.id}"><button class="button quiet" type="submit" aria-label="${fillText(words.removeNamed, { name: key.label })}">${keys.length === 1 ? words.removeOnly : words.remove}</button></form>`}</li>`;
}

/** A whole HTML document. */
export function renderKeyRemoved(context: PageContext): string {
  const { common, key: words } = context.texts;
  return renderCalm(
    {
      title: words.removed,
      icon: 'check',
      text: [words.removedText],
      actions: [{ kind: 'link', label: common.logInAgain, href: path }],
    },
    context,
  );
}

function page(title: string, main: SafeHtml, context: PageContext): string {
  return renderOwn({ title, main, homeHref: '/.bouncer/' }, context);
}
