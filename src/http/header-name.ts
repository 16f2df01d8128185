// What a field name is, in every spelling: the grammar, the lower-case form, and the folded form that CGI, WSGI and PHP
// servers make of it. Memoised, because the same thirty names come with every request.
import { ownCopy } from './own-copy.ts';

export interface HeaderName {
  /** Lower case: the name itself (RFC 9110 section 5.1). */
  readonly lower: string;
  /** Lower case with everything but letters and digits as `-`: what a careless server takes the name for. */
  readonly folded: string;
}

/** How many distinct spellings are remembered, and how long each may be. A flood of names costs time but no memory. */
const mostRemembered = 2048;
const longestRemembered = 64;

const remembered = new Map<string, HeaderName | null>();

const isTokenCharacter = new Uint8Array(128);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  isTokenCharacter[character.charCodeAt(0)] = 1;
}

/** Whether the text is a token (RFC 9110 section 5.6.2): the grammar of field names and methods. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || isTokenCharacter[code] !== 1) return false;
  }
  return text.length > 0;
}

/**
 * The lower-case and the folded form of a field name, or `null` when it is not a token.
 *
 * @param name as sent, in any case
 */
export function headerName(name: string): HeaderName | null {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const made = isToken(name) ? { lower: name.toLowerCase(), folded: foldHeaderName(name) } : null;
  if (name.length <= longestRemembered) {
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(ownCopy(name), made);
  }
  return made;
}

/** Lower case, and `-` for everything but letters and digits. */
export function foldHeaderName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}

/** Whether the text is a field value without controls and without bytes above ASCII (RFC 9110 section 5.5, no obs-text). */
export function isPlainValue(value: string): boolean {
  return hasNoControls(value, 0x7e);
}

/** The same with obs-text: bytes from 0x80 on, as Latin-1. Browsers send cookies that scripts set in UTF-8 like that. */
export function isOpaqueValue(value: string): boolean {
  return hasNoControls(value, 0xff);
}

function hasNoControls(value: string, highest: number): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > highest) return false;
  }
  return true;
}
