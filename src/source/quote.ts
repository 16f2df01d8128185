// User input inside of messages: in backticks, on one line, harmless to a terminal, cut to length.

import { maskSecrets } from './mask-secrets.ts';

const maxLength = 60;

/**
 * @param text anything that a person wrote in a file
 * @returns it in backticks; control, bidirectional and line-breaking characters replaced by `�`, tabs by spaces, secrets hidden,
 * cut to 60 characters
 */
export function quote(text: string): string {
  const masked = maskSecrets(text);
  const cut = masked.length > maxLength ? `${masked.slice(0, maxLength - 1)}…` : masked;
  return `\`${printable(cut).replaceAll('`', "'").replaceAll('\t', ' ')}\``;
}

/** Replaces every character that could move the cursor, hide text or reverse it by `�`, one for one. Keeps tabs. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, '\uFFFD');
}

/** Controls but for the tab, line separators, bidirectional controls, byte order marks, halves of surrogate pairs. */
const unprintable =
  /[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF\uFFFE\uFFFF]|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])/g;
