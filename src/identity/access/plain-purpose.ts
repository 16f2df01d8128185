// What a stranger says about why they want access, as text that can stand on a page, in a mail, in a log and on a terminal: one line,
// without links, controls and marks of direction.

/** The most that is kept, characters. */
export const longestPurpose = 200;
/** Longer texts are not looked at. */
const longestTyped = 2_000;

/** @returns `null`: it is longer than {@link longestPurpose} */
export function plainPurpose(typed: string): string | null {
  if (typed.length > longestTyped) return null;
  const text = plainLine(typed);
  return [...text].length > longestPurpose ? null : text;
}

/** One line in which no mail program finds an address to open. */
export function plainLine(typed: string): string {
  return (
    typed
      .toWellFormed()
      .normalize('NFC')
      // Controls, marks of direction and what else has no form of its own (Unicode categories C, Zl and Zp).
      .replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
      .replaceAll(/:[/\uFF0F]+/g, ': ')
      .replaceAll(/(?<=\p{L}):(?=\S)/gu, ': ')
      // Browsers take the dots of other scripts for one (UTS 46).
      .replaceAll(/(?<=[\p{L}\p{N}])([.\u2024\u3002\uFF0E\uFF61])(?=[\p{L}\p{N}_-])/gu, '$1 ')
      .replaceAll(/[@\uFF20\uFE6B]/gu, ' at ')
      .replaceAll(/\s+/gu, ' ')
      .trim()
  );
}
