// What a misspelt word was probably meant to be. A guess for a hint; nothing is ever corrected by it.
import leven from 'leven';

/** Words longer than this are not compared: nobody misspells them, and the cost grows with the square of the length. */
const maxLength = 64;

/**
 * The candidate that is nearest to a word by edits (insert, delete, replace, swap of neighbours), when it is near enough.
 *
 * @param word what was written; case, `-` and `_` count for nothing
 * @returns the candidate as it should be written, or `null` when none is near
 */
export function didYouMean(word: string, candidates: Iterable<string>): string | null {
  const folded = fold(word);
  if (folded.length === 0 || folded.length > maxLength) return null;
  const limit = folded.length < 3 ? 0 : folded.length < 5 ? 1 : folded.length < 9 ? 2 : 3;
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const other = fold(candidate);
    if (Math.abs(other.length - folded.length) >= bestDistance || other.length > maxLength) continue;
    const distance = edits(folded, other);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best ?? pluralOrExtended(folded, candidates);
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** `domain` for `email_domain`: a word that is a whole part of exactly one candidate. */
function pluralOrExtended(folded: string, candidates: Iterable<string>): string | null {
  if (folded.length < 4) return null;
  let found: string | null = null;
  for (const candidate of candidates) {
    const other = fold(candidate);
    if (other.length < 4 || !(other.includes(folded) || folded.includes(other))) continue;
    if (found !== null) return null;
    found = candidate;
  }
  return found;
}

/** Levenshtein's distance, with two letters in each other's place, or one in the wrong place, as one edit. */
function edits(a: string, b: string): number {
  const distance = leven(a, b);
  return distance === 2 && sortedLetters(a) === sortedLetters(b) ? 1 : distance;
}

function sortedLetters(word: string): string {
  return [...word].sort().join('');
}
