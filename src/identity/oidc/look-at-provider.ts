// A look at a provider before anybody logs in: whether what it says of itself goes together with the settings, and whether it
// knows this client. It asks what anybody may ask; nobody is logged in by it.
import { randomBytes } from 'node:crypto';
import * as client from 'openid-client';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import { deadLook, type Finding, type Look } from '../../source/finding.ts';
import { isRecord } from '../../source/is-record.ts';
import { explainOAuthError } from '../explain-oauth-error.ts';
import type { ProviderWishes } from '../identity-provider.ts';
import type { LimitedFetch } from '../limited-fetch.ts';
import { addressText, listed, seenValue } from '../said-by-provider.ts';
import { authorizationParameters } from './authorization-parameters.ts';
import type { Discovered } from './discovery.ts';
import { clockToleranceSeconds } from './id-token-checks.ts';
import type { KeyForm } from './key-set.ts';
import { providerFailure } from './provider-failure.ts';

/** A difference of clocks that is worth a word although logins still work, seconds. */
const clockWordSeconds = 10;

/** @returns what was found; it never rejects, and takes as long as three answers of the provider at most */
export async function lookAtProvider(
  parts: {
    readonly settings: OidcProviderSettings;
    readonly limited: LimitedFetch;
    readonly discover: () => Promise<Discovered>;
  },
  wishes: ProviderWishes,
): Promise<Look> {
  const { settings } = parts;
  const about = `identity provider \`${settings.id}\``;
  const failureOf = (error: unknown): { readonly cause: string; readonly hint?: string } => {
    const asked = { settings, redirectUri: wishes.redirectUri };
    const { message, hint } = providerFailure('the identity provider cannot be looked at', error, asked);
    return hint === undefined ? { cause: message } : { cause: message, hint };
  };
  let found: Discovered;
  try {
    found = await parts.discover();
  } catch (error) {
    return deadLook(about, 'provider-unusable', failureOf(error));
  }
  const [keys, ofClient] = await Promise.all([
    found.keys.list().catch((error: unknown) => failureOf(error)),
    lookAtClient(parts, found, wishes).catch((error: unknown): readonly Finding[] => [
      { severity: 'warning', code: 'authorization-endpoint', ...failureOf(error) },
    ]),
  ]);
  const ofKeys: readonly Finding[] =
    'cause' in keys ? [{ severity: 'error', code: 'keys-unusable', ...keys }] : lookAtKeys(keys, found);
  const findings = [
    ...lookAtMetadata(settings, found, wishes),
    ...lookAtClock(found),
    ...ofKeys,
    ...ofClient,
  ];
  return { about, seen: seenOf(found), findings };
}

function seenOf({ algorithms, clockAheadSeconds, metadata }: Discovered): string {
  const clock = clockAheadSeconds === null ? 'no time' : `clock ${signed(clockAheadSeconds)} s`;
  return `${metadata.issuer} answers; ID tokens by ${algorithms.join(', ')}; ${clock}`;
}

function signed(seconds: number): string {
  return seconds < 0 ? `−${-seconds}` : `+${seconds}`;
}

/** What the metadata promise beside what the settings want. */
function lookAtMetadata(
  settings: OidcProviderSettings,
  { metadata, listedAlgorithms }: Discovered,
  { asksAboutGroups }: ProviderWishes,
): readonly Finding[] {
  const { id, idTokenAlgorithms, scopes, groupsClaim, tokenEndpointAuth } = settings;
  const findings: Finding[] = [];
  if (idTokenAlgorithms !== null && !idTokenAlgorithms.some((name) => listedAlgorithms.includes(name)))
    findings.push({
      severity: 'error',
      code: 'algorithms-differ',
      cause: `the identity provider signs ID tokens with ${listed(listedAlgorithms)}, and \`id_token_algorithms\` allows ${listed(idTokenAlgorithms)}`,
      hint: `leave \`id_token_algorithms\` of \`${id}\` out: then whatever it lists counts, of the signatures that only it can make`,
    });
  const knownScopes = metadata.scopes_supported;
  if (
    asksAboutGroups &&
    groupsClaim !== null &&
    knownScopes?.includes('groups') &&
    !scopes.includes('groups')
  )
    findings.push({
      severity: 'warning',
      code: 'groups-scope',
      cause: `rules look at groups, and \`scopes\` of \`${id}\` does not ask for \`groups\`, which the identity provider has`,
      hint: `add \`groups\` to \`scopes\`: most providers send the claim only for it`,
    });
  const ways = metadata.token_endpoint_auth_methods_supported;
  if (tokenEndpointAuth !== null && ways !== undefined && !ways.includes(tokenEndpointAuth))
    findings.push({
      severity: 'warning',
      code: 'token-endpoint-auth',
      cause: `\`token_endpoint_auth\` of \`${id}\` is \`${tokenEndpointAuth}\`, and the identity provider lists ${listed(ways)}`,
      hint: 'take one of those, or leave it out',
    });
  const responses = metadata.response_types_supported;
  if (responses !== undefined && !responses.includes('code'))
    findings.push({
      severity: 'error',
      code: 'no-code-flow',
      cause: `the identity provider lists ${listed(responses)} as response types, and \`code\` is wanted`,
      hint: 'let it allow the authorization code flow',
    });
  if (metadata.code_challenge_methods_supported === undefined)
    findings.push({
      severity: 'note',
      code: 'pkce-not-listed',
      cause: 'the identity provider does not say whether it checks PKCE; bouncer sends it all the same',
    });
  if (metadata.end_session_endpoint === undefined)
    findings.push({
      severity: 'note',
      code: 'no-end-session',
      cause:
        'the identity provider has no logout for applications: a logout ends bouncer’s logins, and its own goes on',
      hint: 'who shares a computer has to log out there too',
    });
  return findings;
}

/** The provider's `Date` beside the time that its tokens are judged by. */
function lookAtClock({ clockAheadSeconds }: Discovered): readonly Finding[] {
  if (clockAheadSeconds === null || Math.abs(clockAheadSeconds) < clockWordSeconds) return [];
  const isTooFar = Math.abs(clockAheadSeconds) >= clockToleranceSeconds;
  const way = clockAheadSeconds > 0 ? 'ahead of' : 'behind';
  return [
    {
      severity: isTooFar ? 'error' : 'warning',
      code: 'clock-differs',
      cause: `the clock of the identity provider is ${Math.abs(clockAheadSeconds)} s ${way} this machine’s; up to ${clockToleranceSeconds} s are allowed`,
      hint: 'set both clocks by a time server (NTP)',
    },
  ];
}

/** What a key can sign with (RFC 7518 section 3.1). */
function fits(algorithm: string, { kty, crv }: KeyForm): boolean {
  if (/^[RP]S/.test(algorithm)) return kty === 'RSA';
  const curve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[algorithm];
  return curve === undefined ? kty === 'OKP' : crv === curve;
}

function lookAtKeys(keys: readonly KeyForm[], { algorithms, metadata }: Discovered): readonly Finding[] {
  if (keys.some((key) => algorithms.some((algorithm) => fits(algorithm, key)))) return [];
  const kinds = [...new Set(keys.map(({ kty, crv }) => crv ?? kty ?? 'unknown'))];
  return [
    {
      severity: 'error',
      code: 'keys-unusable',
      cause: `no key at ${addressText(metadata.jwks_uri ?? '')} can make a signature by ${listed(algorithms)}: ${kinds.length === 0 ? 'there is none that can be used' : `they are of ${listed(kinds)}`}`,
      hint: 'RSA keys need 2048 bits; `id_token_algorithms` must allow what the provider signs with',
    },
  ];
}

/** Answers that say: I know this client and where it sends people back to. */
const knowsUs: ReadonlySet<string> = new Set([
  'invalid_scope',
  'unauthorized_client',
  'unsupported_response_type',
]);

/** Whether the provider would begin a login of this client: an authorization request that shows nothing to anybody. */
async function lookAtClient(
  { settings, limited }: { readonly settings: OidcProviderSettings; readonly limited: LimitedFetch },
  { config, metadata }: Discovered,
  { redirectUri }: ProviderWishes,
): Promise<readonly Finding[]> {
  const random = (): string => randomBytes(32).toString('base64url');
  const parameters = authorizationParameters(settings, metadata, {
    redirectUri,
    state: random(),
    nonce: random(),
    codeVerifier: random(),
    wantsHardwareKey: false,
    accountPrompt: null,
    maxAgeSeconds: null,
    loginHint: null,
  });
  const url = client.buildAuthorizationUrl(config, { ...parameters, prompt: 'none' });
  const response = await limited.fetch(url.href, { headers: { accept: 'text/html' } });
  const { status } = response;
  const where = `${addressText(url.href)} answered`;
  const to = response.headers.get('location');
  if (to?.startsWith(redirectUri)) {
    const error = new URL(to).searchParams.get('error') ?? '';
    if (!knowsUs.has(error)) return [];
    const description = new URL(to).searchParams.get('error_description');
    const said = explainOAuthError({ error, description, where: `${where} with` }, settings, redirectUri);
    return [{ severity: 'error', code: 'client-refused', ...said }];
  }
  const isRefused = status === 400 || status === 401 || status === 404;
  if (!isRefused) return [];
  const body: unknown = await response.json().catch(() => null);
  if (isRecord(body) && typeof body['error'] === 'string') {
    const { error, error_description: description } = body;
    const said = explainOAuthError({ error, description, where: `${where} with` }, settings, redirectUri);
    return [{ severity: 'error', code: 'client-refused', ...said }];
  }
  return [
    {
      severity: 'error',
      code: 'client-refused',
      cause: `${where} with status ${status} where a login begins: it does not know the client ${seenValue(settings.clientId)}, or not this redirect URI`,
      hint: `register \`${redirectUri}\` there exactly so, and see \`client_id\` of \`${settings.id}\``,
    },
  ];
}
