// A request's path for the log: whole where it is short, else cut so that two long paths can still be told apart.
import { hash } from 'node:crypto';
import { logText } from '../http/log-text.ts';
import { withoutTokens } from '../http/own-token.ts';

const longest = 512;
const digestLength = 22;

/**
 * The path escaped for a log field. A cut one ends in `…` and 22 characters of base64url, the first 132 bits of the SHA-256 of the whole.
 *
 * @param path without its query; at most 512 characters come back
 */
export function logPath(path: string): string {
  const text = logText(withoutTokens(path), longest);
  if (!text.endsWith('…')) return text;
  return (
    logText(withoutTokens(path), longest - digestLength) +
    hash('sha256', path, 'base64url').slice(0, digestLength)
  );
}
