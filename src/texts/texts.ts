// What people read, in every language that bouncer speaks. It knows no page and no markup: words alone, and how a number or a name gets
// into a sentence. Operators' own texts are not here: they stay as they were written.
import type { Language } from '../http/accept-language.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { pt } from './pt.ts';
import type { Counted, Sentence, Texts } from './texts-shape.ts';

const all: Readonly<Record<Language, Texts>> = { en, pt, es, de, fr };

/** All texts in one language. */
export function textsIn(language: Language): Texts {
  return all[language];
}

/** The pieces of a sentence: what its author wrote, and the names of its places, in turn. */
export function piecesOf(sentence: string): readonly string[] {
  return sentence.split(/\{([a-zA-Z]+)\}/);
}

/** A sentence as text, for titles, letters and attributes. @param values for every place */
export function fillText<Place extends string>(
  sentence: Sentence<Place>,
  values: Readonly<Record<Place, string | number>>,
): string {
  const known = new Map<string, string | number>(Object.entries(values));
  return piecesOf(sentence)
    .map((piece, index) => (index % 2 === 0 ? piece : (known.get(piece) ?? '')))
    .join('');
}

/**
 * The form for a number, filled in.
 *
 * @param count 1 or more, whole: all our languages tell one from several, and 0 has a sentence of its own wherever it may be
 */
export function sayCount({ one, other }: Counted, count: number): string {
  return fillText(count === 1 ? one : other, { count });
}
