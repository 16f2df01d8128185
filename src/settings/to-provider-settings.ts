// One entry of `identity_providers`, checked → what the program uses of it.
import type { IdentityProviderSettings, OidcProviderSettings } from './settings.ts';
import type { SettingsData } from './settings-schema.ts';

type ProviderData = SettingsData['identity_providers'][number];

/** What ways to log in are called that the settings do not name; pages say it in their reader's language. */
export const defaultLabels = { email_pin: 'Code by e-mail', passkey: 'Passkey' } as const;

/**
 * @param all every provider: addresses of a domain that one of them names count from that one alone
 * @param readFile the text of a file that an entry names, relative as written
 */
export function toProviderSettings(
  data: ProviderData,
  all: Pick<SettingsData, 'identity_providers' | 'auth_url'>,
  readFile: (name: string) => string,
): IdentityProviderSettings {
  const domainsOf = ({ email_domains: domains = [] }: ProviderData) =>
    domains.map((domain) => domain.toLowerCase());
  const own = domainsOf(data);
  const named = new Set(all.identity_providers.flatMap(domainsOf));
  const reach = {
    emailDomains: data.email_domains === undefined ? null : own,
    othersEmailDomains: [...named].filter((domain) => !own.includes(domain)),
  };
  if (data.type === 'email_pin')
    return { id: data.id, type: data.type, label: data.label ?? defaultLabels.email_pin, ...reach };
  if (data.type === 'passkey')
    return {
      ...{ id: data.id, type: data.type, label: data.label ?? defaultLabels.passkey },
      rpId: data.rp_id ?? new URL(all.auth_url).hostname,
      ...reach,
    };
  const ca = data.ca_file === undefined ? null : readFile(data.ca_file);
  if (data.type !== 'github') return { ...toOidcProvider(data, reach), ca };
  return {
    ...{ id: data.id, type: data.type, label: data.label ?? 'GitHub', ca },
    url: new URL(data.url ?? 'https://github.com').origin,
    clientId: data.client_id,
    clientSecret: data.client_secret,
    organizations: (data.organizations ?? []).map((one) =>
      typeof one === 'string' ? { name: one, id: null } : { name: one.name, id: String(one.id) },
    ),
    ...reach,
  };
}

type OidcData = Exclude<ProviderData, { readonly type: 'email_pin' | 'github' | 'passkey' }>;

function toOidcProvider(
  data: OidcData,
  reach: Pick<OidcProviderSettings, 'emailDomains' | 'othersEmailDomains'>,
): Omit<OidcProviderSettings, 'ca'> {
  return {
    id: data.id,
    type: 'oidc',
    label: data.label ?? data.id,
    issuer: data.issuer ?? '',
    clientId: data.client_id,
    clientSecret: data.client_secret ?? null,
    clientKey: data.client_key ?? null,
    tokenEndpointAuth: data.token_endpoint_auth ?? null,
    authorizationParameters: data.authorization_parameters ?? {},
    scopes: data.scopes,
    groupsClaim: data.groups_claim === 'none' ? null : data.groups_claim,
    groupsMissing: data.groups_missing,
    groupsOnly: data.groups?.only ?? null,
    groupsOverage: graphOrigin(data.groups_overage),
    longLogout: data.long_logout ?? null,
    emailVerified: data.email_verified,
    ...reach,
    ...keptClaims(data.claims ?? []),
    hardwareKey: {
      amr: data.hardware_key.amr,
      acr: data.hardware_key.acr,
      ...acrValuesOf(data.hardware_key.acr_values),
    },
    idTokenAlgorithms: data.id_token_algorithms ?? null,
  };
}

/** `graph` is that of the worldwide cloud. */
function graphOrigin(text: string | undefined): string | null {
  if (text === undefined) return null;
  return text === 'graph' ? 'https://graph.microsoft.com' : new URL(text).origin;
}

function keptClaims(
  given: NonNullable<OidcData['claims']>,
): Pick<OidcProviderSettings, 'claims' | 'optionalClaims'> {
  const each = given.map((claim) =>
    typeof claim === 'string' ? { name: claim, missing: 'unknown' } : claim,
  );
  return {
    claims: each.map(({ name }) => name),
    optionalClaims: each.filter(({ missing }) => missing === 'none').map(({ name }) => name),
  };
}

function acrValuesOf(
  given: string | undefined,
): Pick<OidcProviderSettings['hardwareKey'], 'acrValues' | 'isAcrValuesDefault'> {
  if (given === undefined) return { acrValues: 'phrh', isAcrValuesDefault: true };
  return { acrValues: given === 'none' ? null : given };
}
