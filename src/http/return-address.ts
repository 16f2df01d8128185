// Where a person goes back to after a login: only ever a path on the origin that the login was for. What follows the first
// segment, and the query, may say what they like: no browser goes elsewhere for that. Anything else becomes `/`.
import { parseOpaqueTarget } from './canonical-path.ts';

/** Every address that a request line of 8 KB holds. */
const longest = 8192;

/**
 * The text as a path and query on the origin, or `/`.
 *
 * @param text untrusted; `null` when there is none
 * @param origin such as `https://app.example.com`, from the settings
 */
export function checkReturnAddress(text: string | null, origin: string): string {
  return text !== null && isSafe(text, origin) ? text : '/';
}

function isSafe(text: string, origin: string): boolean {
  if (text.length > longest || text.includes('\\')) return false;
  // One leading `/`, no controls, no non-ASCII, no fragment, not above the root: what the gate would let in.
  const target = parseOpaqueTarget(text);
  if ('problem' in target) return false;
  // Other encodings than UTF-8 are for the application to like; what could become a line of its own is for nobody.
  if (target.unclear !== undefined && /%(?:[01][0-9a-f]|7f|(?![0-9a-f]{2}))/i.test(target.path)) return false;
  // However often it is decoded and whatever is cut out of it, it must not begin like an authority.
  for (const reading of [target.path, ...target.readings]) if (/^\/[\s/\\]/.test(reading)) return false;
  let url: URL;
  try {
    url = new URL(text, origin);
  } catch {
    return false;
  }
  return (
    url.origin === origin && url.pathname + url.search === text && url.username === '' && url.hash === ''
  );
}
