// All texts of a language by their place, and a language for tests in which each text is twice as long and known by its brackets.
import { piecesOf } from '../../src/texts/texts.ts';
import type { Texts } from '../../src/texts/texts-shape.ts';

type Leaf = string | null;

/** Place, such as `start.nothing.title`, and text. */
export function everyText(value: unknown, place = ''): ReadonlyMap<string, Leaf> {
  if (typeof value === 'string' || value === null) return new Map([[place, value]]);
  return new Map(
    Object.entries(value as object).flatMap(([key, each]) => [
      ...everyText(each, place === '' ? key : `${place}.${key}`),
    ]),
  );
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapTexts(each, change)]));
}

/** What the author of a page must have taken from the texts stands in `⟦⟧`. */
export function twiceAsLong(texts: Texts): Texts {
  const change = (text: string) =>
    piecesOf(text)
      .map((piece, index) => {
        if (index % 2 === 1) return `{${piece}}`;
        return piece.trim() === '' ? piece : `⟦${piece} ${piece}⟧`;
      })
      .join('');
  return { ...(mapTexts(texts, change) as Texts), language: texts.language };
}
