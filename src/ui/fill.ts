// A sentence as markup: what a translator wrote is text, and so is every value that is not markup already.
import { piecesOf } from '../texts/texts.ts';
import type { Sentence } from '../texts/texts-shape.ts';
import { type HtmlValue, html, type SafeHtml } from './html.ts';

/** @param values for every place */
export function fill<Place extends string>(
  sentence: Sentence<Place>,
  values: Readonly<Record<Place, HtmlValue>>,
): SafeHtml {
  const known = new Map<string, HtmlValue>(Object.entries(values));
  return html`${piecesOf(sentence).map((piece, index) => (index % 2 === 0 ? piece : known.get(piece)))}`;
}
