// The page that says one thing: what happened, what to do, one or two buttons. Denied, signed out, problems and failures share it.
import { type HtmlValue, html, type SafeHtml, safeHref } from './html.ts';
import { type IconName, renderIcon } from './icons.ts';
import { renderPage } from './layout.ts';

/** One thing that a person can do now. */
export type Action =
  | { readonly kind: 'link'; readonly label: string; readonly href: string }
  /** A form without fields, for what changes something. */
  | { readonly kind: 'post'; readonly label: string; readonly path: string };

export interface MessageView {
  readonly title: string;
  readonly tone: 'calm' | 'warn' | 'stop';
  readonly icon: IconName;
  /** Paragraphs. */
  readonly text: readonly HtmlValue[];
  /** The first one is the obvious one. */
  readonly actions: readonly Action[];
  readonly facts: readonly { readonly name: string; readonly value: HtmlValue }[];
  readonly homeHref: string | null;
  readonly requestId: string;
  readonly refreshTo?: string;
}

/** A whole HTML document. */
export function renderMessage(view: MessageView): string {
  const main = html`<div class="card">
<div class="badge ${view.tone}">${renderIcon(view.icon)}</div>
<h1>${view.title}</h1>
<div class="text soft">${view.text.map((paragraph) => html`<p>${paragraph}</p>`)}</div>
${view.actions.length > 0 && html`<div class="actions">${view.actions.map(renderAction)}</div>`}
${
  view.facts.length > 0 &&
  html`<dl class="facts">${view.facts.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}
</div>`;
  return renderPage({
    title: view.title,
    main,
    homeHref: view.homeHref,
    requestId: view.requestId,
    ...(view.refreshTo === undefined ? {} : { refreshTo: view.refreshTo }),
  });
}

function renderAction(action: Action, index: number): SafeHtml | null {
  const style = index === 0 ? 'button' : 'button quiet';
  if (action.kind === 'post') {
    return html`<form method="post" action="${action.path}"><button class="${style}" type="submit">${action.label}</button></form>`;
  }
  const href = safeHref(action.href);
  return href === null ? null : html`<a class="${style}" href="${href}">${action.label}</a>`;
}
