// A token in, claims out, and nothing in between that an application could forget. Knows no request and no framework.
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { isLocalhostName } from './fetch-key-set.ts';
import { createPublishedKeys } from './published-keys.ts';
import { checkCompactForm, checkHeader } from './token-form.ts';
import { VerificationError } from './verification-error.ts';
import { checkClaims, type VerifiedAssertion } from './verified-assertion.ts';

export interface AssertionVerifierOptions {
  /** The `auth_url` of bouncer, exactly as in its settings: an origin such as `https://auth.example.com`. */
  readonly issuer: string;
  /** This application's `audience` in the rules; when the rules name none, the application's `name`. */
  readonly audience: string;
  /** Where the keys are published; by default `/.well-known/jwks.json` at the issuer. */
  readonly jwksUrl?: string;
  /** How far this machine's clock may be off. Seconds, 0 to 60, by default 5. */
  readonly clockToleranceSeconds?: number;
  /** The clock, milliseconds since the epoch; by default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Verifies one token.
 *
 * @throws VerificationError with a stable `code`; every rejection of the promise is one
 */
export type AssertionVerifier = (token: unknown) => Promise<VerifiedAssertion>;

/**
 * A function that accepts the current assertions of one bouncer for one application, and refuses everything else: ES256 only, the
 * type JWT, a published key, issuer, audience, times, and every claim in the form of the contract (RFC 7519, RFC 8725).
 *
 * The keys are read at the first token, kept, and refreshed in the background.
 *
 * @throws TypeError when an option is wrong: that is a mistake in the program, and shows at its start
 */
export function createAssertionVerifier(options: AssertionVerifierOptions): AssertionVerifier {
  const { issuer, audience, clockToleranceSeconds = 5, now = () => Date.now() } = options;
  checkOrigin(issuer);
  if (typeof audience !== 'string' || audience === '') throw new TypeError('`audience` must be a text');
  if (!(clockToleranceSeconds >= 0 && clockToleranceSeconds <= 60))
    throw new TypeError('`clockToleranceSeconds` must be 0 to 60');
  const keys = createPublishedKeys(parseJwksUrl(options.jwksUrl ?? `${issuer}/.well-known/jwks.json`));
  return async (token) => {
    checkHeader(checkCompactForm(token));
    const nowMs = now();
    const claims = await verifySignature(String(token), keys, {
      issuer,
      audience,
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(nowMs),
    });
    const assertion = checkClaims(claims, audience);
    if (assertion.iat > nowMs / 1000 + clockToleranceSeconds)
      throw new VerificationError('not_yet_valid', 'the assertion was issued in the future');
    return assertion;
  };
}

async function verifySignature(
  token: string,
  keys: JWTVerifyGetKey,
  terms: {
    readonly issuer: string;
    readonly audience: string;
    readonly clockTolerance: number;
    readonly currentDate: Date;
  },
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const requiredClaims = ['exp', 'nbf', 'iat'];
    const verified = await jwtVerify(token, keys, {
      ...terms,
      requiredClaims,
      algorithms: ['ES256'],
      typ: 'JWT',
    });
    return verified.payload;
  } catch (error) {
    throw error instanceof VerificationError ? error : explain(error);
  }
}

/** The library's error as one of ours. An error that is not known is a refusal like the others. */
function explain(cause: unknown): VerificationError {
  if (cause instanceof errors.JWSSignatureVerificationFailed)
    return new VerificationError('bad_signature', 'the signature does not match');
  if (cause instanceof errors.JWTExpired) return new VerificationError('expired', 'the assertion is too old');
  if (cause instanceof errors.JWTClaimValidationFailed) {
    if (cause.claim === 'iss')
      return new VerificationError('wrong_issuer', 'the assertion is of another issuer');
    if (cause.claim === 'aud')
      return new VerificationError('wrong_audience', 'the assertion is for another application');
    if (cause.claim === 'nbf' && cause.reason === 'check_failed')
      return new VerificationError('not_yet_valid', 'the assertion is not valid yet');
    return new VerificationError('wrong_claims', `the claim ${cause.claim} is not what an assertion has`);
  }
  return new VerificationError('malformed', 'the assertion cannot be read', { cause });
}

function checkOrigin(issuer: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  if (url === null || url.origin !== issuer)
    throw new TypeError(
      '`issuer` must be the auth_url of bouncer: an origin without path and trailing slash',
    );
  if (!isTrustworthy(url)) throw new TypeError('`issuer` must be https, except on this machine');
}

function parseJwksUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username !== '' || url.password !== '')
    throw new TypeError('`jwksUrl` must be a URL');
  if (!isTrustworthy(url)) throw new TypeError('`jwksUrl` must be https, except on this machine');
  return url;
}

/** Whoever can change the keys on their way can sign: plain HTTP only where there is no way. */
function isTrustworthy(url: URL): boolean {
  if (url.protocol === 'https:') return true;
  const isHere =
    isLocalhostName(url.hostname) || /^127(\.\d+){3}$/.test(url.hostname) || url.hostname === '[::1]';
  return url.protocol === 'http:' && isHere;
}
