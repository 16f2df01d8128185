// What the script of a page that asks a key has to say, as texts that stand on the page already.
import type { Texts } from '../texts/texts-shape.ts';
import { html, type SafeHtml } from '../ui/html.ts';

/** The script shows one at a time; without scripts the first one stays. */
export function renderStates(words: Texts['key' | 'passkey']['states']): SafeHtml {
  return html`<p class="note" data-state="unscripted">${words.unscripted}</p>
<p class="note" data-state="ready" hidden>${words.ready}</p>
<p class="note" data-state="waiting" role="status" hidden>${words.waiting}</p>
<p class="note" data-state="sent" role="status" hidden>${words.sent}</p>
<p class="complaint" data-state="cancelled" role="alert" hidden>${words.cancelled}</p>
<p class="complaint" data-state="late" role="alert" hidden>${words.late}</p>
<p class="complaint" data-state="known" role="alert" hidden>${words.known}</p>
<p class="complaint" data-state="unsupported" role="alert" hidden>${words.unsupported}</p>`;
}
