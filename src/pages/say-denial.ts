// What was missing, as one sentence: kinds of things from the texts, or the words of whoever wrote the rules. It knows no rule.
import type { Denial, Lack, MissedWay } from '../rules/model/denial.ts';
import { fillText } from '../texts/texts.ts';
import type { Sentence, Texts } from '../texts/texts-shape.ts';

/** More ways than this are not read to the end. */
const mostWays = 4;

/** @returns `null`: there is nothing that could be said */
export function sayDenial(denial: Denial, { denial: words }: Texts): string | null {
  if (denial.kind === 'rule') return fillText(words.rule, { reason: asPart(denial.label) });
  const ways = denial.ways.map((way) => sayWay(way, words));
  if (ways.length === 0) return null;
  const said = ways.length <= mostWays ? ways : [...ways.slice(0, mostWays - 1), words.other];
  return fillText(words.missing, { what: joined(said, words.either) });
}

function sayWay(way: MissedWay, words: Texts['denial']): string {
  if ('label' in way) return asPart(way.label);
  const wordsOf = (lacks: readonly Lack[]) => lacks.map((lack) => words.lacks[lack]);
  return joined(
    way.lacks.map((lacks) => joined(wordsOf(lacks), words.or)),
    words.and,
  );
}

/** For the middle of a sentence, which has a stop of its own. */
function asPart(label: string): string {
  return label.replace(/[.\s]+$/, '');
}

function joined(parts: readonly string[], between: Sentence<'first' | 'last'>): string {
  return parts.reduce((first, last) => fillText(between, { first, last }));
}
