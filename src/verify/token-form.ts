// The shape of a token before any library sees it: JOSE libraries read base64url with spaces, padding and stray bits, and know
// header parameters that name keys. Nothing here is verified yet.
import { VerificationError } from './verification-error.ts';

/** Longer tokens are refused unread. Characters. */
const longestToken = 64 * 1024;

const compactForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Exactly what bouncer sets: no `crit`, and nothing that names or brings a key (`jku`, `jwk`, `x5u`, `x5c`). */
const headerParameters = new Set(['alg', 'typ', 'kid']);

/**
 * Refuses what is not a compact JWS of three parts in strict base64url: no padding, no white space, no stray bits
 * (RFC 7515 sections 2 and 7.1, RFC 4648 section 3.5).
 *
 * @returns the first part, decoded; NOT yet verified
 * @throws VerificationError `malformed`
 */
export function checkCompactForm(token: unknown): string {
  if (typeof token !== 'string' || token.length > longestToken || !compactForm.test(token))
    throw new VerificationError('malformed', 'the assertion is not a compact JWS');
  const parts = token.split('.').map((part) => ({ part, bytes: Buffer.from(part, 'base64url') }));
  if (parts.some(({ part, bytes }) => bytes.toString('base64url') !== part))
    throw new VerificationError('malformed', 'the assertion is not strict base64url');
  return parts[0]?.bytes.toString('utf8') ?? '';
}

/**
 * Refuses a protected header that is not that of an assertion: `{"alg":"ES256","typ":"JWT","kid":…}` and nothing else.
 *
 * @param json the decoded header
 * @throws VerificationError `malformed` or `wrong_header`
 */
export function checkHeader(json: string): void {
  const header = parseObject(json);
  if (header === null)
    throw new VerificationError('malformed', "the assertion's header is not a JSON object");
  if (header['alg'] !== 'ES256') throw new VerificationError('wrong_header', 'the algorithm is not ES256');
  if (header['typ'] !== 'JWT') throw new VerificationError('wrong_header', 'the type is not JWT');
  if (typeof header['kid'] !== 'string' || header['kid'] === '')
    throw new VerificationError('wrong_header', 'the header names no key');
  if (Object.keys(header).some((name) => !headerParameters.has(name)))
    throw new VerificationError('wrong_header', 'the header has a parameter that assertions do not have');
}

function parseObject(json: string): Readonly<Record<string, unknown>> | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}
