// What a provider said, made fit for the operator's log: bounded, one line, and nothing in it that could be a token or a code.
import { logText } from '../http/log-text.ts';

/** Longer runs of such characters are not words of a language: a token, a code, a key. */
const opaque = /[A-Za-z0-9_~+=-]{33,}/g;
/** Names as OAuth has them are no such run, however long: `unmet_authentication_requirements`. */
const name = /^[a-z]{2,24}(?:_[a-z]{2,24})+$/;
const longestText = 200;

/** A text of the provider's, without backticks around it. @param max longest result, UTF-16 units */
export function providerText(text: string, max: number = longestText): string {
  // Cut first: the work is bounded by `max`, not by the text.
  const head = text.slice(0, 2 * max);
  return logText(
    head.replaceAll('`', "'").replace(opaque, (run) => (name.test(run) ? run : '…')),
    max,
  );
}

/** A claim's value in backticks, or the word `nothing`. Client ids and issuers may be long, and are not secret. */
export function seenValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  const text = typeof value === 'string' ? value : jsonText(value);
  return `\`${logText(text.slice(0, 2 * longestText).replaceAll('`', "'"), 120)}\``;
}

function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing';
  } catch {
    // Nested too deeply to be written down.
    return 'something deep';
  }
}

/** A list for a sentence: each in backticks, or the word `nothing`. */
export function listed(values: readonly string[]): string {
  if (values.length === 0) return 'nothing';
  const shown = values.slice(0, 8).map(seenValue).join(', ');
  return values.length > 8 ? `${shown} and ${values.length - 8} more` : shown;
}

/** An address without its query, which may hold what nobody else may read. */
export function addressText(address: string): string {
  return seenValue(address.split(/[?#]/, 1)[0] ?? address);
}
