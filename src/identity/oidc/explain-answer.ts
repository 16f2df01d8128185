// What was wrong with an answer that openid-client did not take, from the facts that it keeps with its errors. Compares codes
// and shapes, never its messages, so that other words of the library change nothing here. Pure.
import { ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';
import { tenantHint } from '../../http/issuers.ts';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import { isRecord } from '../../source/is-record.ts';
import { type Explained, explainOAuthError } from '../explain-oauth-error.ts';
import { addressText, providerText, seenValue } from '../said-by-provider.ts';
import { checkIdToken, nonceFault } from './id-token-checks.ts';
import { explainAlgorithm } from './token-shape.ts';

interface Asked {
  readonly settings: OidcProviderSettings;
  readonly redirectUri: string | null;
}

/**
 * @param chain the error and its causes, from the outside in
 * @returns `null` for what nobody has words for
 */
export function explainAnswer(chain: readonly Error[], asked: Asked): Explained | null {
  for (const error of chain) {
    if (error instanceof ResponseBodyError) {
      const where = `${addressText(error.response.url)} answered with status ${error.status} and`;
      return explainOAuthError(
        { error: error.error, description: error.error_description, where },
        asked.settings,
        asked.redirectUri,
      );
    }
    if (error instanceof WWWAuthenticateChallengeError) return explainChallenge(error);
    const found = explainFacts(error.cause, asked);
    if (found !== null) return found;
  }
  return null;
}

/** RFC 6750 section 3: what a resource such as UserInfo says in its challenge. */
function explainChallenge({ cause, response, status }: WWWAuthenticateChallengeError): Explained {
  const said = cause.map(({ parameters }) => parameters.error).find((word) => word !== undefined);
  const words = said === undefined ? '' : ` and \`${providerText(said, 60)}\``;
  return {
    cause: `${addressText(response.url)} answered with status ${status}${words}`,
    hint: 'the access token is not good there: are `scopes` complete, and is it the address of the same provider?',
  };
}

/** The facts behind an error of openid-client: a response, or what it compared. */
function explainFacts(facts: unknown, asked: Asked): Explained | null {
  if (facts instanceof Response) return explainResponse(facts);
  if (!isRecord(facts)) return null;
  const { claims, header, expected, body, attribute, claim, parameters } = facts;
  if (isRecord(header) && Array.isArray(expected))
    return explainAlgorithm(header['alg'], expected.map(String));
  if (parameters instanceof URLSearchParams) return explainIssParameter(parameters, expected);
  if (isRecord(claims)) {
    if (claim === 'nonce') return nonceFault(claims['nonce']);
    return explainClaims(claims, expected, facts['now'], asked);
  }
  if (attribute === 'issuer' && isRecord(body)) return explainIssuer(body['issuer'], expected);
  if (attribute === 'sub' && isRecord(body))
    return {
      cause: `UserInfo speaks of ${seenValue(body['sub'])}, and the ID token of ${seenValue(expected)}`,
      hint: 'let the provider say the same `sub` in both: nothing of UserInfo counts for somebody else',
    };
  if (!isRecord(body)) return null;
  if (body['jwks_uri'] !== undefined) return explainIssuer(body['issuer'], asked.settings.issuer);
  const odd = typeof body['error'] === 'string' ? refusedAnyhow(body, asked) : oddMember(body);
  if (odd !== null) return odd;
  return body['id_token'] === undefined && body['access_token'] !== undefined
    ? noIdToken(asked.settings)
    : null;
}

/** A refusal in an answer that otherwise looks as if all were well (RFC 6749 section 5.2 wants status 400). */
function refusedAnyhow(body: Readonly<Record<string, unknown>>, { settings, redirectUri }: Asked): Explained {
  const { error, error_description: description } = body;
  const said = {
    error: String(error),
    description: typeof description === 'string' ? description : undefined,
    where: 'the identity provider answered with status 200 and',
  };
  return explainOAuthError(said, settings, redirectUri);
}

/** Members of a token response (RFC 6749 section 5.1) and how each must look; none is ever shown. */
const tokenMembers: readonly (readonly [
  name: string,
  isRight: (value: unknown) => boolean,
  wanted: string,
])[] = [
  ['token_type', isText, 'a text is wanted, as `Bearer`'],
  ['expires_in', (value) => value === undefined || Number(value) >= 0, 'a number of seconds is wanted'],
  ['refresh_token', (value) => value === undefined || isText(value), 'a text is wanted, or nothing at all'],
  ['scope', (value) => value === undefined || typeof value === 'string', 'a text is wanted'],
];

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** What of a token response, or of UserInfo, is not as the specifications have it. */
function oddMember(body: Readonly<Record<string, unknown>>): Explained | null {
  const hint =
    'that is for the provider to put right: nothing of an answer counts that is not as OpenID Connect has it';
  const isTokens = ['access_token', 'id_token', 'token_type'].some((name) => body[name] !== undefined);
  if (!isTokens)
    return isText(body['sub']) ? null : { cause: 'UserInfo names nobody: its `sub` is not a text', hint };
  if (!isText(body['access_token'])) return { cause: 'the token endpoint sent no `access_token`', hint };
  const odd = tokenMembers.find(([name, isRight]) => !isRight(body[name]));
  if (odd === undefined) return null;
  return { cause: `\`${odd[0]}\` of the token endpoint's answer is not right: ${odd[2]}`, hint };
}

/** An answer without an ID token says nothing about who somebody is. */
export function noIdToken({ id, scopes }: OidcProviderSettings): Explained {
  return {
    cause: 'the identity provider sent an access token and no ID token',
    hint: `it must speak OpenID Connect, not OAuth 2.0 alone; \`scopes\` of \`${id}\` asks for \`${scopes.join(' ')}\`, and \`openid\` must be allowed for this client`,
  };
}

function explainResponse({ url, status, headers }: Response): Explained {
  const to = headers.get('location');
  const target = to !== null && URL.canParse(to, url) ? new URL(to, url) : null;
  const leads = target === null ? '' : `, which leads to ${seenValue(target.origin)}`;
  const isDiscovery = url.includes('/.well-known/');
  const kind = headers.get('content-type');
  const what = status === 200 ? `something else than JSON (${seenValue(kind)})` : `status ${status}${leads}`;
  return {
    cause: `${addressText(url)} answered with ${what}`,
    hint: isDiscovery
      ? '`issuer` must be the address below which the provider has `/.well-known/openid-configuration`: open that in a browser, and copy `issuer` from what it says'
      : 'is that an address of this provider, and not of a proxy or a login page in front of it?',
  };
}

/** @param wanted as the settings have it */
export function explainIssuer(seen: unknown, wanted: unknown): Explained {
  return {
    cause: `the identity provider calls itself ${seenValue(seen)}, and the settings say ${seenValue(wanted)}`,
    hint: isPattern(seen)
      ? `that stands for the tenant of each person, so nobody can log in by it: ${tenantHint}`
      : 'copy its issuer into `issuer` exactly; if its own is wrong, let it know the address that people reach it by',
  };
}

/** Entra ID has a pattern where all tenants log in. */
function isPattern(issuer: unknown): boolean {
  return typeof issuer === 'string' && /\{tenantid\}/i.test(issuer);
}

/** RFC 9207. */
function explainIssParameter(parameters: URLSearchParams, expected: unknown): Explained {
  const iss = parameters.get('iss');
  if (iss === null)
    return {
      cause: 'the answer of the identity provider has no `iss` parameter, and its metadata promise one',
      hint: 'does something between it and the browser drop parameters? Otherwise its metadata are wrong',
    };
  return {
    cause: `the answer came from the issuer ${seenValue(iss)}, and ${seenValue(expected)} was asked`,
    hint: 'an answer of another provider (a mix-up) is never taken; if it is the same provider, let it know its public address',
  };
}

/** The words of bouncer's own checks, for what openid-client found first. */
function explainClaims(
  claims: Readonly<Record<string, unknown>>,
  expected: unknown,
  nowSeconds: unknown,
  { settings }: Asked,
): Explained | null {
  const { iss, nonce } = claims;
  const isIssuer = typeof expected === 'string' && expected !== settings.clientId;
  const found = checkIdToken(claims, {
    // What was not compared is taken as it is.
    issuer: isIssuer ? expected : typeof iss === 'string' ? iss : settings.issuer,
    clientId: settings.clientId,
    algorithm: 'RS256',
    accessToken: null,
    nowMs: typeof nowSeconds === 'number' ? nowSeconds * 1000 : Number.NaN,
  });
  return found ?? (nonce === undefined ? nonceFault(nonce) : null);
}
