// Which of the languages that bouncer speaks a client wants to read (RFC 9110 section 12.5.4). It only chooses words, never what is
// allowed.

/** The languages of the pages and letters, the one for everybody else first. */
export const languages = ['en', 'pt', 'es', 'de', 'fr'] as const;

export type Language = (typeof languages)[number];

/** Browsers send far less; what is longer is as good as nothing. Characters of all such fields together. */
const longest = 512;

/** A language range (RFC 4647 section 2.1) and its weight (RFC 9110 section 12.4.2). */
const item = /^(\*|[a-z]{1,8})(?:-[a-z0-9]{1,8})*(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?$/i;

/**
 * The language to answer in.
 *
 * A range stands for its language (`pt-BR` for Portuguese), as RFC 4647 section 3.4 looks up; `*` for every language that no other range
 * names. The highest weight wins, at the same weight what stands first, and among languages that only `*` names the first of
 * {@link languages}. What is not an item of the list counts for nothing.
 *
 * @param rawHeaders name, value, name, value … as sent; several fields are one list
 * @returns English where nothing else is wanted, nor understood
 */
export function preferredLanguage(rawHeaders: readonly string[]): Language {
  const text = fieldText(rawHeaders);
  if (text === '' || text.length > longest) return languages[0];
  const weights = new Map<string, number>();
  for (const part of text.split(',')) {
    const [, name, weight = '1'] = item.exec(part.trim()) ?? [];
    if (name === undefined) continue;
    const lower = name.toLowerCase();
    weights.set(lower, Math.max(weights.get(lower) ?? 0, Number(weight)));
  }
  return bestOf(weights);
}

/** @param weights by the first subtag, in the order of the list */
function bestOf(weights: ReadonlyMap<string, number>): Language {
  const others = languages.filter((language) => !weights.has(language));
  let best: Language = languages[0];
  let highest = 0;
  for (const [name, weight] of weights) {
    const found = name === '*' ? others[0] : languages.find((language) => language === name);
    if (found === undefined || weight <= highest) continue;
    best = found;
    highest = weight;
  }
  return best;
}

/** The fields joined as a list (RFC 9110 section 5.3), cut off when it is too long anyway. */
function fieldText(rawHeaders: readonly string[]): string {
  let text = '';
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length !== 15 || name.toLowerCase() !== 'accept-language') continue;
    const value = rawHeaders[i + 1] ?? '';
    text += text === '' ? value : `,${value}`;
    if (text.length > longest) return text;
  }
  return text;
}
