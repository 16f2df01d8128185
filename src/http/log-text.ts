// Text from outside, made fit for a log field: one line, no character that a terminal or a log reader obeys, bounded.

/** Controls, DEL and C1, line and paragraph separators, bidirectional and invisible formatting, lone surrogates. */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;

/**
 * Cut to length and escape: what is unsafe becomes `\uXXXX`, and `\` becomes `\\`, so the text cannot be forged.
 *
 * @param max longest result in UTF-16 units, the mark `…` of a cut included; at least 1
 */
export function logText(text: string, max: number): string {
  const isCut = text.length > max;
  // Cut first: the work is bounded by `max`, not by the text.
  const head = isCut ? text.slice(0, max) : text;
  const escaped = head
    .replaceAll('\\', '\\\\')
    .replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (!isCut && escaped.length <= max) return escaped;
  // A surrogate pair cut in half would be an invalid character again.
  return `${escaped.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** An address that somebody may copy into a shell: without its path where that holds more than plain words. */
export function addressForShell({ origin, pathname }: Pick<URL, 'origin' | 'pathname'>): string {
  return /^[\w./~-]*$/.test(pathname) ? origin + pathname : origin;
}
