// What an authorization request says (OpenID Connect Core section 3.1.2.1, RFC 7636), for what is wanted and what the provider knows.
import { hash } from 'node:crypto';
import type * as client from 'openid-client';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import type { AccountPrompt, AuthorizationRequest } from '../identity-provider.ts';

/**
 * What to ask for when a hardware key is needed. A word that somebody put into the settings is always sent; ours only to
 * those that list it or list nothing (`acr_values_supported`, OpenID Connect Discovery 1.0 section 3).
 */
function acrValuesFor(
  { acrValues, isAcrValuesDefault }: OidcProviderSettings['hardwareKey'],
  supported: unknown,
): string | null {
  if (acrValues === null || isAcrValuesDefault !== true || !Array.isArray(supported)) return acrValues;
  return supported.includes(acrValues) ? acrValues : null;
}

/** Who cannot offer a choice of accounts asks for a login (`prompt_values_supported`, Initiating User Registration 1.0 section 3). */
export function accountPromptOf(metadata: client.ServerMetadata): AccountPrompt {
  const supported = metadata['prompt_values_supported'];
  return Array.isArray(supported) && !supported.includes('select_account') ? 'login' : 'select_account';
}

/** The parameters besides `client_id` and `response_type`. Nothing that the settings add replaces one of bouncer's own. */
export function authorizationParameters(
  settings: OidcProviderSettings,
  metadata: client.ServerMetadata,
  request: AuthorizationRequest,
): Readonly<Record<string, string>> {
  const prompts = new Set(settings.authorizationParameters['prompt']?.split(' ') ?? []);
  const acrValues = acrValuesFor(settings.hardwareKey, metadata.acr_values_supported);
  // Without a name for what we want, at least the person is asked again and may take the key.
  if (request.wantsHardwareKey && acrValues === null) prompts.add('login');
  if (request.accountPrompt !== null) prompts.add(request.accountPrompt);
  return {
    ...settings.authorizationParameters,
    redirect_uri: request.redirectUri,
    scope: settings.scopes.join(' '),
    state: request.state,
    nonce: request.nonce,
    code_challenge: hash('sha256', request.codeVerifier, 'base64url'),
    code_challenge_method: 'S256',
    ...(request.wantsHardwareKey && acrValues !== null ? { acr_values: acrValues } : {}),
    ...(prompts.size === 0 ? {} : { prompt: [...prompts].join(' ') }),
    ...(request.maxAgeSeconds === null ? {} : { max_age: String(request.maxAgeSeconds) }),
    ...(request.loginHint === null ? {} : { login_hint: request.loginHint }),
  };
}
