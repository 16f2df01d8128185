// The name that somebody gives a key of theirs, as it is kept: one line, without control characters. Who shows it escapes it.

/** The most that is kept, characters. */
const longestLabel = 60;

/** @returns an empty text when nothing is left of what was typed */
export function keyLabel(typed: string): string {
  const line = typed.toWellFormed().replace(/[\s\p{Cc}]+/gu, ' ');
  return [...line.trim()].slice(0, longestLabel).join('').trim();
}
