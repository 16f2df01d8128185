// What well-known identity providers need besides an issuer and a client, so that `type: google` is enough. Each is OpenID Connect
// with other defaults; whatever the settings say themselves goes first. A preset never says what an absent claim means, and trusts
// no address that the provider did not verify: who runs it has to say that.
import type { SourceDocument } from '../source/yaml-document.ts';

export interface ProviderPreset {
  readonly label: string;
  /** The issuer of all of its customers, or the form of one's own. */
  readonly issuer: { readonly is: string } | { readonly form: string };
  /** Further keys, as they stand in bouncer.yaml. */
  readonly keys: Readonly<Record<string, unknown>>;
}

const usual = ['openid', 'email', 'profile'];
const withGroups = { scopes: [...usual, 'groups'] };
const withRefresh = { scopes: [...usual, 'offline_access'] };
const withBoth = { scopes: [...usual, 'groups', 'offline_access'] };

const preset = (label: string, form: string, keys: ProviderPreset['keys'] = {}): ProviderPreset => ({
  label,
  issuer: form.includes('<') ? { form } : { is: form },
  keys,
});

/** By `type`. docs/providers.md tells what each is documented to send. */
const providerPresets = {
  google: preset('Google', 'https://accounts.google.com', {
    groups_claim: 'none',
    authorization_parameters: { access_type: 'offline', prompt: 'consent' },
  }),
  entra: preset('Microsoft', 'https://login.microsoftonline.com/<tenant id>/v2.0', withRefresh),
  okta: preset('Okta', 'https://<your org>.okta.com', withBoth),
  keycloak: preset('Keycloak', 'https://<host>/realms/<realm>'),
  gitlab: preset('GitLab', 'https://gitlab.com'),
  authentik: preset('Authentik', 'https://<host>/application/o/<application>/'),
  zitadel: preset('Zitadel', 'https://<instance>.zitadel.cloud', {
    ...withRefresh,
    groups_claim: ['urn:zitadel:iam:org:project:roles'],
  }),
  auth0: preset('Auth0', 'https://<tenant>.auth0.com/', withRefresh),
  'pocket-id': preset('Pocket ID', 'https://<host>', withGroups),
  kanidm: preset('Kanidm', 'https://<host>/oauth2/openid/<client id>', withGroups),
  authelia: preset('Authelia', 'https://<host>', withGroups),
  dex: preset('Dex', 'https://<host>', withBoth),
  cognito: preset('Amazon Cognito', 'https://cognito-idp.<region>.amazonaws.com/<user pool id>', {
    groups_claim: 'cognito:groups',
  }),
} as const satisfies Readonly<Record<string, ProviderPreset>>;

export type ProviderKind = 'oidc' | keyof typeof providerPresets;

/** Every value of `type`. */
export const providerKinds = ['oidc', ...Object.keys(providerPresets)] as [ProviderKind, ...ProviderKind[]];

/** @returns `null` for `oidc`, and for what is not a kind of provider */
export function presetOf(type: unknown): ProviderPreset | null {
  return typeof type === 'string' && Object.hasOwn(providerPresets, type)
    ? providerPresets[type as keyof typeof providerPresets]
    : null;
}

/** The document with what the presets say filled in where it says nothing. Values may be of wrong types. */
export function withPresets(document: SourceDocument): SourceDocument {
  const { value } = document;
  if (!isMapping(value)) return document;
  const providers: unknown = value['identity_providers'];
  if (!Array.isArray(providers)) return document;
  return Object.freeze({
    ...document,
    value: Object.freeze({ ...value, identity_providers: providers.map(filled) }),
  });
}

function filled(provider: unknown): unknown {
  const found = isMapping(provider) ? presetOf(provider['type']) : null;
  if (found === null || !isMapping(provider)) return provider;
  const { label, issuer, keys } = found;
  return { label, ...('is' in issuer ? { issuer: issuer.is } : {}), ...keys, ...provider };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
