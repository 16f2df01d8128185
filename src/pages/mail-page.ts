// The page that shows mail in place of sending it, while somebody tries bouncer on one machine: one letter as it would look, as HTML in a
// frame in which nothing runs and as text, and a list of the others.
import { type KeptLetter, mostKept } from '../mail/mailbox.ts';
import { fillText } from '../texts/texts.ts';
import { agoWords } from '../ui/ago.ts';
import { fill } from '../ui/fill.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import type { PageContext } from './page-context.ts';
import { renderOwn } from './render-own.ts';

export const mailPath = '/.bouncer/mail';

export interface MailPage {
  /** Newest first. */
  readonly letters: readonly KeptLetter[];
  /** `null`: there is none, or it is not kept any more. */
  readonly shown: KeptLetter | null;
}

/** A whole HTML document. */
export function renderMail({ letters, shown }: MailPage, context: PageContext): string {
  const { mail: words } = context.texts;
  const others = letters.filter((letter) => letter !== shown);
  const main = html`<div class="wide">
<div>
<h1>${words.heading}</h1>
<p class="soft lead">${fillText(words.lead, { count: mostKept })}</p>
</div>
${shown === null ? renderNone(letters, context) : renderLetter(shown, context)}
<p><a href="${mailPath}">${words.look}</a></p>
${others.length > 0 && html`<h2>${shown === null ? words.all : words.others}</h2><ul class="rows flush" aria-label="${words.all}">${others.map((letter) => renderRow(letter, context))}</ul>`}
</div>`;
  return renderOwn({ title: words.title, main, homeHref: '/.bouncer/' }, context);
}

function renderNone(letters: readonly KeptLetter[], { texts }: PageContext): SafeHtml {
  const { gone, none } = texts.mail;
  const event = html`<code class="code">code_not_sent</code>`;
  return html`<p class="note" role="status">${letters.length > 0 ? gone : fill(none, { event })}</p>`;
}

function renderLetter(letter: KeptLetter, context: PageContext): SafeHtml {
  const { number, subject, text } = letter;
  const { mail: words } = context.texts;
  return html`<article class="card" aria-label="${words.letter}">
<h2><bdi>${subject}</bdi></h2>
<p class="soft">${renderTo(letter, context)}</p>
<iframe class="letter after" sandbox title="${words.asHtml}" src="${mailPath}?html=${number}"></iframe>
<details class="after"><summary>${words.asText}</summary><pre class="code">${text}</pre></details>
</article>`;
}

function renderTo({ to, atMs }: KeptLetter, { texts, visit }: PageContext): SafeHtml {
  return fill(texts.mail.to, { email: html`<bdi>${to}</bdi>`, ago: agoWords(visit.nowMs - atMs, texts) });
}

function renderRow(letter: KeptLetter, context: PageContext): SafeHtml {
  const { number, subject } = letter;
  return html`<li><a class="row" href="${mailPath}?letter=${number}"><span class="initial" aria-hidden="true">${renderIcon('mail', 20)}</span><span class="grow"><strong><bdi>${subject}</bdi></strong><small>${renderTo(letter, context)}</small></span><span class="go">${renderIcon('arrow', 20)}</span></a></li>`;
}
