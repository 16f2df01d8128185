// The address that a person typed, as policies know it. Narrower than what mail allows: nothing in it means anything in a header.
import { domainToASCII } from 'node:url';
import { parseEmailAddress } from '../email-address.ts';

/** An address has at most 254 characters; the rest is for blanks around it. */
const longest = 320;

/**
 * @param text of any length and any characters
 * @returns lower case and ASCII, a domain of another script as its A-labels (RFC 5891); `null` for what is not an ordinary address.
 *   Letters of other scripts before the `@` are not taken: no policy can name them.
 */
export function parseTypedAddress(text: string): string | null {
  if (text.length > longest) return null;
  const typed = text.trim();
  const at = typed.lastIndexOf('@');
  if (at <= 0 || /[\u0000-\u0020\u007f]/.test(typed)) return null;
  const domain = typed.slice(at + 1);
  // Only for other scripts: of ASCII it would take more for a name than there is in a name (`%2e`, `0x7f.1`).
  const ascii = /[^\u0000-\u007f]/.test(domain) ? domainToASCII(domain) : domain;
  if (!ascii.includes('.') || /^[0-9.]+$/.test(ascii)) return null;
  return parseEmailAddress(`${typed.slice(0, at)}@${ascii}`);
}
