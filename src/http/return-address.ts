// Where a person goes back to after a login: only ever a path on the origin that the login was for.
// Anything that any browser or server could read as another place becomes `/`.
import { parseTarget } from './canonical-path.ts';

const longest = 4096;

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
  // One leading `/`, no controls, no non-ASCII, no fragment, UTF-8 encoding, not above the root.
  const target = parseTarget(text);
  if ('problem' in target) return false;
  // However often it is decoded and whatever is trimmed, it must not begin like an authority or hold a scheme.
  for (const reading of [target.path, ...target.readings]) {
    if (/^\/[\s/\\]/.test(reading) || /[\\\u0000-\u0020]\/|\/\/|^\/[a-z][a-z0-9+.-]*:/i.test(reading))
      return false;
  }
  // A link of an application's own open redirect, as attackers write it; libraries encode `:` and `/` in a query.
  if (/=\s*(?:\/[/\\]|[a-z][a-z0-9+.-]*:\/)/i.test(target.query)) return false;
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
