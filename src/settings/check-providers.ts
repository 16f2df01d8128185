// What the settings of identity providers mean together, and what a provider will never do as it is set up.
import { isOfNoTenant, tenantHint } from '../http/issuers.ts';
import type { Complaint, SourcePath } from '../source/problem-at.ts';
import { quote } from '../source/quote.ts';
import { parseClientKey } from './client-key.ts';
import { presetOf } from './provider-presets.ts';
import type { OidcProviderSettings } from './settings.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** What bouncer itself says in an authorization request, and what would change how the answer comes back. */
const reservedParameters: ReadonlySet<string> = new Set([
  ...['response_type', 'response_mode', 'client_id', 'client_secret', 'redirect_uri', 'scope', 'state'],
  ...['nonce', 'code_challenge', 'code_challenge_method', 'max_age', 'acr_values', 'login_hint'],
  ...['id_token_hint', 'request', 'request_uri', 'registration', 'code', 'dpop_jkt'],
]);

/** @param provider one entry, its values perhaps of wrong types @param path where it stands */
export function checkProvider(
  provider: Mapping,
  path: SourcePath,
  add: (path: SourcePath, complaint: Complaint) => void,
): void {
  const scopes = provider['scopes'];
  if (Array.isArray(scopes) && scopes.length > 0 && !scopes.includes('openid')) {
    const hint = 'add `openid`: without it there is no ID token';
    add([...path, 'scopes'], { code: 'scope-missing', reason: 'the scope `openid` is missing', hint });
  }
  const { issuer } = provider;
  if (typeof issuer === 'string' && isOfNoTenant(issuer))
    add([...path, 'issuer'], {
      severity: 'warning',
      code: 'issuer-of-no-tenant',
      reason: 'nobody can log in by this issuer: Entra ID calls itself after the tenant of each person there',
      hint: tenantHint,
    });
  checkAuthentication(provider, path, add);
  checkParameters(provider['authorization_parameters'], [...path, 'authorization_parameters'], add);
}

/** Who needs an issuer and has none. @param type as written */
export function missingIssuer(type: unknown): Complaint {
  const issuer = presetOf(type)?.issuer;
  const form =
    issuer !== undefined && 'form' in issuer
      ? `; it has the form \`${issuer.form}\``
      : ', exactly as the provider writes it';
  return { code: 'missing-key', reason: '`issuer` is missing', hint: `add \`issuer\`${form}` };
}

/** What each way of proving oneself needs. */
const credentialOf: ReadonlyMap<string, string> = new Map([
  ['client_secret_basic', 'client_secret'],
  ['client_secret_post', 'client_secret'],
  ['private_key_jwt', 'client_key'],
]);

function checkAuthentication(
  provider: Mapping,
  path: SourcePath,
  add: (path: SourcePath, complaint: Complaint) => void,
): void {
  const { token_endpoint_auth: method, client_secret: secret, client_key: key } = provider;
  const needs = typeof method === 'string' ? (credentialOf.get(method) ?? null) : null;
  if (method === 'none' && secret !== undefined)
    add([...path, 'token_endpoint_auth'], {
      code: 'secret-not-used',
      reason: '`client_secret` is there and `token_endpoint_auth: none` would not use it',
      hint: 'delete one of them',
    });
  if (needs !== null && provider[needs] === undefined)
    add([...path, 'token_endpoint_auth'], {
      code: 'missing-key',
      reason: `\`${String(method)}\` needs \`${needs}\``,
      hint: `add \`${needs}\`, or delete \`token_endpoint_auth\``,
    });
  if (key !== undefined && method !== 'private_key_jwt')
    add([...path, 'client_key'], {
      part: 'key',
      code: 'secret-not-used',
      reason: '`client_key` is only used with `token_endpoint_auth: private_key_jwt`',
      hint: 'say so, or delete the key',
    });
  if (secret !== undefined && method === 'private_key_jwt')
    add([...path, 'client_secret'], {
      part: 'key',
      code: 'secret-not-used',
      reason: '`client_secret` is not used with `token_endpoint_auth: private_key_jwt`',
      hint: 'delete it',
    });
  if (typeof key === 'string' && key !== '' && parseClientKey(key) === null)
    add([...path, 'client_key'], {
      code: 'bad-key',
      reason: 'this is not a private key that can be used',
      hint: 'a private RSA key of 2048 bits or more, or one on P-256, P-384 or P-521, as PEM or as one JWK',
    });
}

function checkParameters(
  given: unknown,
  path: SourcePath,
  add: (path: SourcePath, complaint: Complaint) => void,
): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return;
  for (const [name, value] of Object.entries(given)) {
    if (reservedParameters.has(name.toLowerCase()))
      add([...path, name], {
        part: 'key',
        code: 'reserved-parameter',
        reason: `bouncer says ${quote(name)} itself`,
        hint: 'delete it: what a policy needs is asked for by bouncer',
      });
    if (name.toLowerCase() === 'prompt' && typeof value === 'string' && value.split(' ').includes('none'))
      add([...path, name], {
        code: 'reserved-parameter',
        reason: 'with `prompt: none` nobody could log in who is not logged in there',
        hint: 'delete it, or write `consent`, `login` or `select_account`',
      });
  }
}

/** Providers whose documents say what a refresh token takes, by their host. */
const refreshNeeds: readonly (readonly [host: RegExp, needs: 'offline_access' | 'access_type'])[] = [
  [/^accounts\.google\.com$/, 'access_type'],
  [
    /^login\.microsoftonline\.(?:com|us)$|^login\.partner\.microsoftonline\.cn$|\.ciamlogin\.com$/,
    'offline_access',
  ],
  [/\.(?:okta|oktapreview|okta-emea|okta-gov)\.com$/, 'offline_access'],
  [/\.auth0\.com$/, 'offline_access'],
  [/\.zitadel\.cloud$/, 'offline_access'],
  [/\.onelogin\.com$/, 'offline_access'],
];

/**
 * Why a provider will never give a refresh token, so that its logins are never checked again.
 *
 * @returns what to write so that it does, or `null` when it does or nobody can tell from the settings
 */
export function whyNeverRechecked(provider: OidcProviderSettings): string | null {
  const { hostname } = new URL(provider.issuer);
  const needs = refreshNeeds.find(([host]) => host.test(hostname))?.[1];
  if (needs === 'access_type' && provider.authorizationParameters['access_type'] !== 'offline')
    return 'authorization_parameters: { access_type: offline, prompt: consent }';
  if (needs === 'offline_access' && !provider.scopes.includes('offline_access'))
    return 'offline_access among the scopes';
  return null;
}
