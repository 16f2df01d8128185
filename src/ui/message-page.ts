// The page that says one thing: what happened, what to do, one or two buttons. Denied, signed out, problems and failures share it.
import { shortNumber } from '../http/request-number.ts';
import type { Texts } from '../texts/texts-shape.ts';
import { type HtmlValue, html, type SafeHtml, safeHref } from './html.ts';
import { type IconName, renderIcon } from './icons.ts';
import { type PageLook, renderPage } from './layout.ts';

/** One thing that a person can do now. */
export type Action =
  | { readonly kind: 'link'; readonly label: string; readonly href: string }
  /** For a page that must stay as it is, because loading it again sends a form once more. */
  | { readonly kind: 'link-in-new-tab'; readonly label: string; readonly href: string }
  /** A form for what changes something, with hidden fields or none. */
  | {
      readonly kind: 'post';
      readonly label: string;
      readonly path: string;
      readonly fields?: Readonly<Record<string, string>>;
    }
  /** A form with hidden fields to another origin, which the page sends by itself where scripts run. */
  | {
      readonly kind: 'send-on';
      readonly label: string;
      readonly action: string;
      readonly fields: Readonly<Record<string, string>>;
    };

export interface Fact {
  readonly name: string;
  readonly value: HtmlValue;
}

export interface MessageView {
  readonly title: string;
  readonly tone: 'calm' | 'warn' | 'stop';
  readonly icon: IconName;
  /** Paragraphs. */
  readonly text: readonly HtmlValue[];
  /** The first one is the obvious one. */
  readonly actions: readonly Action[];
  /** What a person may quote when asking for help; the request number is added. `null`: nothing to quote. */
  readonly facts: readonly Fact[] | null;
  readonly homeHref: string | null;
  /** `null` where there is no trouble. */
  readonly requestId: string | null;
  readonly refreshTo?: string;
  /** For the end of the page; its header fields must admit it. */
  readonly script?: SafeHtml;
}

/** A whole HTML document. */
export function renderMessage(view: MessageView, look: PageLook): string {
  const main = html`<div class="card">
<div class="badge ${view.tone}">${renderIcon(view.icon)}</div>
<h1>${view.title}</h1>
<div class="text soft">${view.text.map((paragraph) => html`<p>${paragraph}</p>`)}</div>
${view.actions.length > 0 && html`<div class="actions">${view.actions.map(renderAction)}</div>`}
${view.facts !== null && renderFacts(view.facts, view.requestId, look.texts)}
</div>${view.script}`;
  return renderPage(
    {
      title: view.title,
      main,
      homeHref: view.homeHref,
      requestId: view.facts === null ? view.requestId : null,
      isSentOn: view.actions.some(({ kind }) => kind === 'send-on'),
      ...(view.refreshTo === undefined ? {} : { refreshTo: view.refreshTo }),
    },
    look,
  );
}

function renderFacts(facts: readonly Fact[], requestId: string | null, { common }: Texts): SafeHtml {
  const rows = facts.map(({ name, value }) => html`<div><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`);
  return html`<dl class="facts">${rows}${requestId !== null && html`<div><dt>${common.requestNumber}</dt><dd class="code number">${shortNumber(requestId)}</dd></div>`}</dl>`;
}

function renderAction(action: Action, index: number): SafeHtml | null {
  const style = index === 0 ? 'button' : 'button quiet';
  if (action.kind === 'post') {
    return html`<form method="post" action="${action.path}">${hiddenFields(action.fields ?? {})}<button class="${style}" type="submit">${action.label}</button></form>`;
  }
  if (action.kind === 'send-on') {
    const target = safeHref(action.action);
    if (target === null) return null;
    return html`<form method="post" action="${target}">${hiddenFields(action.fields)}<button class="${style}" type="submit">${action.label}</button></form>`;
  }
  const href = safeHref(action.href);
  if (href !== null && action.kind === 'link-in-new-tab') {
    return html`<a class="${style}" href="${href}" target="_blank" rel="noopener">${action.label}</a>`;
  }
  return href === null ? null : html`<a class="${style}" href="${href}">${action.label}</a>`;
}

function hiddenFields(fields: Readonly<Record<string, string>>): readonly SafeHtml[] {
  return Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
}
