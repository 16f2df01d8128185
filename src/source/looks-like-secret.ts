// Tells a secret from the name of a variable or a file, for people who put the one where the other belongs. Rather hides too much.

/** Many kinds of letters in one word, or a long run of hexadecimal digits: nobody calls anything so. */
function isRandom(text: string): boolean {
  if (/^[0-9a-f]{24,}$/i.test(text)) return true;
  if (text.length < 20) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(text)).length;
  return kinds === 3;
}

/**
 * @param key `env` or `file`: what the text is said to name
 * @returns whether the text must not be shown
 */
export function looksLikeSecret(key: 'env' | 'file', text: string): boolean {
  if (key === 'file') {
    // Secrets in base64 have slashes, and those of Entra ID dots: a part of them is as random as the whole.
    const parts = text.split(/[/\\.]/);
    return parts.some(isRandom) || text.endsWith('=') || (parts.length === 1 && text.length > 100);
  }
  // Names of variables are in capitals, or in words: a short secret of small letters and digits is in neither.
  const isShortSecret =
    text.length >= 12 && /^[A-Za-z0-9]+$/.test(text) && /[a-z]/.test(text) && /[0-9]/.test(text);
  return !/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(text) || isShortSecret || isRandom(text);
}
