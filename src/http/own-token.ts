// Bouncer's own tokens (`bnc_s_…`) in what a request carries: where they may stand, where they must not, and how they are kept out of
// the log and of what goes on to applications. Whether one is valid is NOT judged here.

/** What every token of bouncer's begins with; a letter for its kind and `_` follow. */
export const ownTokenPrefix = 'bnc_';
const start = `${ownTokenPrefix}[a-z]_`;

/** What begins like one of ours is ours, whatever follows: it is judged, and never goes on. */
const begins = new RegExp(`^${start}`);

/** The most of a token that nobody takes for anything else. A part of one counts: text is cut before it is logged. */
const anywhere = new RegExp(`${start}[0-9A-Za-z]{20,}`);
/** Wider, so that nothing is left of tokens that run into each other. */
const everywhere = new RegExp(`(${start})[0-9A-Za-z_]{20,}`, 'g');

/** Of the fewest characters that {@link anywhere} finds. */
const shortest = ownTokenPrefix.length + 22;
/** A letter, digit, `_` or `%`, percent-encoded. */
const word = '%(25|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aA])';
const encodedWord = new RegExp(word);
const everyEncodedWord = new RegExp(word, 'g');
/** How often something may be encoded and still be found: more than programs and proxies do by mistake. */
const mostEncodings = 3;

/** The request fields that only carry bouncer's tokens, lower case: no application gets them, in any spelling. */
export const tokenFields: ReadonlySet<string> = new Set([
  'bouncer-client-id',
  'bouncer-client-secret',
  'bouncer-token',
]);

/** By which field a token was presented. */
export type TokenWay = 'client-secret' | 'bouncer-token' | 'bearer' | 'basic';

/** The fields of a request that may carry a token: single values as sent, `undefined` when absent. */
export interface TokenFields {
  readonly authorization?: string | undefined;
  readonly bouncerClientId?: string | undefined;
  readonly bouncerClientSecret?: string | undefined;
  readonly bouncerToken?: string | undefined;
}

/** What a request presents. The text is as sent: not yet known to be well formed. */
export type Presented =
  | {
      readonly kind: 'token';
      readonly way: TokenWay;
      readonly token: string;
      readonly clientId: string | null;
    }
  /** Something of bouncer's that cannot be used as it stands. */
  | { readonly kind: 'unusable'; readonly way: TokenWay; readonly cause: string }
  /** In more than one field: nobody can say which one counts. */
  | { readonly kind: 'several' };

/** The token that a request presents; `null` when it presents none of bouncer's. */
export function parsePresented(fields: TokenFields): Presented | null {
  const { authorization, bouncerClientId, bouncerClientSecret, bouncerToken } = fields;
  const ofAuthorization = authorization === undefined ? null : parseAuthorization(authorization);
  if (bouncerClientId === undefined && bouncerClientSecret === undefined) {
    if (bouncerToken === undefined) return ofAuthorization;
    if (ofAuthorization !== null) return several;
    return { kind: 'token', way: 'bouncer-token', token: bouncerToken, clientId: null };
  }
  if (ofAuthorization !== null || bouncerToken !== undefined) return several;
  if (bouncerClientId === undefined || bouncerClientSecret === undefined) {
    const missing = bouncerClientId === undefined ? 'Bouncer-Client-Id' : 'Bouncer-Client-Secret';
    return { kind: 'unusable', way: 'client-secret', cause: `\`${missing}\` is missing` };
  }
  return { kind: 'token', way: 'client-secret', token: bouncerClientSecret, clientId: bouncerClientId };
}

const several = { kind: 'several' } as const;

/** The fields of a service token of Cloudflare Access, for programs that know no others; only where their application says so. */
export function presentedToCloudflare(rawHeaders: readonly string[]): Presented | null {
  const found = new Map<string, string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (name !== 'cf-access-client-id' && name !== 'cf-access-client-secret') continue;
    if (found.has(name)) return several;
    found.set(name, rawHeaders[i + 1] ?? '');
  }
  const [clientId, token] = [found.get('cf-access-client-id'), found.get('cf-access-client-secret')];
  if (clientId === undefined && token === undefined) return null;
  if (clientId !== undefined && token !== undefined)
    return { kind: 'token', way: 'client-secret', token, clientId };
  const missing = clientId === undefined ? 'CF-Access-Client-Id' : 'CF-Access-Client-Secret';
  return unusable('client-secret', `\`${missing}\` is missing`);
}

/**
 * The token in an `Authorization` value (RFC 9110 section 11.6.2): after `Bearer` (RFC 6750 section 2.1), or as the password of `Basic`
 * (RFC 7617).
 *
 * @param value of a field that stands once; bounded by the gate
 * @returns `null` for what is not bouncer's: that is the application's own affair
 */
function parseAuthorization(value: string): Presented | null {
  const end = value.indexOf(' ');
  const scheme = end === -1 ? '' : value.slice(0, end).toLowerCase();
  if (scheme === 'bearer') {
    const token = value.slice(end).trim();
    if (begins.test(token)) return { kind: 'token', way: 'bearer', token, clientId: null };
  }
  if (scheme === 'basic') return parseBasic(value.slice(end));
  return anywhere.test(value) ? unusable('bearer', 'a token stands where none belongs') : null;
}

function parseBasic(encoded: string): Presented | null {
  // As lenient as the most lenient server: what one of them would find, must be found here.
  const pair = Buffer.from(encoded, 'base64').toString('latin1');
  const colon = pair.indexOf(':');
  const password = colon === -1 ? '' : pair.slice(colon + 1);
  if (begins.test(password)) return { kind: 'token', way: 'basic', token: password, clientId: null };
  return anywhere.test(pair) || anywhere.test(encoded)
    ? unusable('basic', 'the token is not the password of Basic')
    : null;
}

function unusable(way: TokenWay, cause: string): Presented {
  return { kind: 'unusable', way, cause };
}

/** Whether an `Authorization` value is bouncer's, good or not: no application gets it. */
export function isOwnAuthorization(value: string): boolean {
  return parseAuthorization(value) !== null;
}

/** Whether a text holds a token, or enough of one, also where it is percent-encoded. Linear in its length. */
export function holdsToken(text: string): boolean {
  if (text.length < shortest) return false;
  if (text.includes(ownTokenPrefix) && anywhere.test(text)) return true;
  return text.includes('%') && encodedWord.test(text) && anywhere.test(decodeWords(text));
}

/** The text with every token, and every larger part of one, taken out: for the log. */
export function withoutTokens(text: string): string {
  if (!holdsToken(text)) return text;
  return (anywhere.test(text) ? text : decodeWords(text)).replace(everywhere, '$1[hidden]');
}

/** Decodes what tokens are made of and leaves every other escape as it stands: the text has no character that it could not have had. */
function decodeWords(text: string): string {
  let decoded = text;
  for (let round = 0; round < mostEncodings && encodedWord.test(decoded); round++)
    decoded = decoded.replaceAll(everyEncodedWord, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return decoded;
}
