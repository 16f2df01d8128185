// Which cookies are bouncer's own, in every spelling that a browser or a server might take for one of them.

/**
 * Whether a cookie name is ours, or could be read as ours: other case, odd separators, white space around it.
 *
 * @param name the text in front of `=`, as sent
 */
export function isOwnCookieName(name: string): boolean {
  // Cheap and nearly always the answer: our names all contain this word.
  if (!/bouncer/i.test(name)) return false;
  return /^-*(?:(?:host|secure)-+)?bouncer-/.test(name.toLowerCase().replace(/[^a-z0-9]/g, '-'));
}

/**
 * A `Cookie` field without our cookies; everything else byte for byte. `null` when nothing is left.
 *
 * @param header the field's value
 */
export function withoutOwnCookies(header: string): string | null {
  if (!/bouncer/i.test(header)) return header;
  const kept = header.split(';').filter((pair) => !isOwnCookieName(nameOf(pair)));
  const text = kept.join(';');
  const start = text.search(/[^ \t;]/);
  return start === -1 ? null : text.slice(start);
}

/** The most of bouncer's own cookies that is looked at where a browser sends far too many, bytes. */
const longestOwn = 16 * 1024;

/** What of a `Cookie` field is ours, and `undefined` for nothing or far too much. The reverse of {@link withoutOwnCookies}. */
export function ownCookiesOf(header: string): string | undefined {
  if (!/bouncer/i.test(header)) return undefined;
  const own = header.split(';').filter((pair) => isOwnCookieName(nameOf(pair)));
  const text = own.join(';').trim();
  return text === '' || text.length > longestOwn ? undefined : text;
}

/**
 * Whether a `Set-Cookie` value would set or clear a cookie of ours, nameless cookies included: browsers send
 * `=bouncer_session=x` back as `bouncer_session=x` (RFC 6265bis section 5.6).
 *
 * @param value the field's value
 */
export function setsOwnCookie(value: string): boolean {
  if (!/bouncer/i.test(value)) return false;
  const end = value.indexOf(';');
  const pair = (end === -1 ? value : value.slice(0, end)).replace(/^[=\s"]+/, '');
  return isOwnCookieName(nameOf(pair));
}

function nameOf(pair: string): string {
  const text = pair.replace(/^[=\s]+/, '');
  const end = text.indexOf('=');
  // A pair without `=` is a nameless cookie, which comes back looking like a name.
  return end === -1 ? `${text}-` : text.slice(0, end);
}
