// What a provider says about itself (OpenID Connect Discovery 1.0), fetched when first needed, judged, and kept for an hour.
import * as client from 'openid-client';
import { BouncerError } from '../../bouncer-error.ts';
import { parseClientKey } from '../../settings/client-key.ts';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import { isAllowedProviderUrl, type LimitedFetch, questionTimeoutMs } from '../limited-fetch.ts';
import { listed, seenValue } from '../said-by-provider.ts';
import { explainIssuer } from './explain-answer.ts';
import { clockToleranceSeconds } from './id-token-checks.ts';
import { createKeySet, type KeySet } from './key-set.ts';
import type { ProviderContact } from './provider-contact.ts';
import { invalidAnswer, providerFailure } from './provider-failure.ts';
import { publicKeyAlgorithms } from './token-shape.ts';

/** A provider whose metadata was accepted, and what it takes to ask it. */
export interface Discovered {
  readonly settings: OidcProviderSettings;
  readonly limited: LimitedFetch;
  readonly config: client.Configuration;
  readonly keys: KeySet;
  /** What may sign its tokens: the settings' word, else what it lists, cut to signatures that it alone can make. */
  readonly algorithms: readonly string[];
  /** What it lists for ID tokens, whatever is taken of it. */
  readonly listedAlgorithms: readonly string[];
  /** By how much its clock was ahead of ours when it said so; below 0: behind. `null`: it told no time. */
  readonly clockAheadSeconds: number | null;
  /** The same provider and client, asked by another fetch. */
  readonly configure: (fetch: client.CustomFetch) => client.Configuration;
  readonly fetch: client.CustomFetch;
  readonly metadata: client.ServerMetadata;
  readonly atMs: number;
}

/** After a failed discovery nothing is asked for so long, milliseconds. */
const coolDownMs = 3_000;
/** Metadata is discovered anew after this time, milliseconds. */
const metadataAgeMs = 60 * 60_000;

/** What must be there, and what may. */
const requiredEndpoints = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'];
const endpoints = [...requiredEndpoints, 'userinfo_endpoint', 'end_session_endpoint'];

function otherIssuer(seen: string, wanted: string): BouncerError {
  const { cause, hint } = explainIssuer(seen, wanted);
  return invalidAnswer(cause, hint);
}

function checkMetadata(metadata: client.ServerMetadata, settings: OidcProviderSettings): void {
  const issuer = new URL(settings.issuer);
  const isOne = URL.canParse(metadata.issuer) && new URL(metadata.issuer).href === issuer.href;
  if (!isOne) throw otherIssuer(metadata.issuer, settings.issuer);
  for (const name of endpoints) {
    const value = metadata[name];
    if (value === undefined && !requiredEndpoints.includes(name)) continue;
    if (typeof value !== 'string' || !URL.canParse(value) || !isAllowedProviderUrl(new URL(value), issuer))
      throw invalidAnswer(
        `the identity provider's \`${name}\` is ${seenValue(value)}, and an https address is wanted`,
        'every address in its metadata must be https: if a proxy ends TLS in front of it, let it know so',
      );
  }
  const methods = metadata.code_challenge_methods_supported;
  if (methods !== undefined && !methods.includes('S256'))
    throw invalidAnswer(
      `the identity provider supports PKCE with ${listed(methods)}, and \`S256\` is wanted`,
      'allow S256 for this client at the provider',
    );
}

/** OpenID Connect Discovery section 3 requires the list; without it the default of Registration section 2 is left. */
function listedAlgorithmsOf(metadata: client.ServerMetadata): readonly string[] {
  return metadata.id_token_signing_alg_values_supported ?? ['RS256'];
}

/** Two names of one signature over Ed25519: that of RFC 8037 and that of RFC 9864, which providers change to. */
const edNames: readonly string[] = ['EdDSA', 'Ed25519'];

/** `Date` (RFC 9110 section 6.6.1) has whole seconds; what a cache kept is older by its `Age` (RFC 9111 section 5.1). */
function clockAhead(headers: Headers, nowMs: number): number | null {
  const dateMs = Date.parse(headers.get('date') ?? '');
  const age = Number(headers.get('age') ?? '0');
  if (!Number.isFinite(dateMs) || !Number.isInteger(age) || age < 0) return null;
  const aheadMs = dateMs + 500 + age * 1000 - nowMs;
  return Math.trunc(aheadMs / 1000);
}

/** @throws BouncerError `login_failed` when no algorithm is left */
function algorithmsOf(settings: OidcProviderSettings, metadata: client.ServerMetadata): readonly string[] {
  if (settings.idTokenAlgorithms !== null) return settings.idTokenAlgorithms;
  const named = listedAlgorithmsOf(metadata);
  const usable = named.filter((name) => publicKeyAlgorithms.has(name));
  if (usable.some((name) => edNames.includes(name))) return [...new Set([...usable, ...edNames])];
  if (usable.length > 0) return usable;
  throw invalidAnswer(
    `the identity provider lists ${listed(named)} for ID tokens, and a signature of its own is wanted`,
    'let it sign with RS256, ES256 or EdDSA',
  );
}

function privateKeyJwt(text: string): client.ClientAuth {
  const read = parseClientKey(text);
  if (read === null)
    throw new BouncerError('login_failed', 'the `client_key` of the settings cannot be used');
  const { key, kid } = read;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const curves: Readonly<Record<string, string>> = {
    prime256v1: 'P-256',
    secp384r1: 'P-384',
    secp521r1: 'P-521',
  };
  const algorithm =
    type === 'rsa'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : { name: 'ECDSA', namedCurve: curves[details?.namedCurve ?? ''] ?? 'P-256' };
  const cryptoKey = key.toCryptoKey(algorithm, false, ['sign']);
  return client.PrivateKeyJwt(kid === null ? cryptoKey : { key: cryptoKey, kid });
}

function clientAuthentication(
  settings: OidcProviderSettings,
  metadata: client.ServerMetadata,
): client.ClientAuth {
  const { clientSecret, clientKey, tokenEndpointAuth } = settings;
  if (tokenEndpointAuth === 'private_key_jwt') return privateKeyJwt(clientKey ?? '');
  if (clientSecret === null || tokenEndpointAuth === 'none') return client.None();
  // RFC 8414 section 2: absent means client_secret_basic.
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const isBasic = methods.includes('client_secret_basic') || !methods.includes('client_secret_post');
  return (tokenEndpointAuth ?? (isBasic ? 'client_secret_basic' : 'client_secret_post')) ===
    'client_secret_basic'
    ? client.ClientSecretBasic(clientSecret)
    : client.ClientSecretPost(clientSecret);
}

export interface DiscoveryParts {
  readonly settings: OidcProviderSettings;
  readonly limited: LimitedFetch;
  readonly now: () => number;
  readonly contact: Pick<ProviderContact, 'ask'>;
}

async function discoverNow({ settings, limited, now }: DiscoveryParts): Promise<Discovered> {
  const issuer = new URL(settings.issuer);
  // The limited fetch takes what openid-client gives: a text, and plain header fields.
  const customFetch: client.CustomFetch = (url, init) =>
    limited.fetch(url, { ...init, signal: init.signal ?? undefined });
  let clockAheadSeconds: number | null = null;
  const options: client.DiscoveryRequestOptions = {
    timeout: questionTimeoutMs / 1000,
    [client.customFetch]: async (url, init) => {
      const response = await customFetch(url, init);
      clockAheadSeconds = clockAhead(response.headers, now());
      return response;
    },
    ...(issuer.protocol === 'http:' ? { execute: [client.allowInsecureRequests] } : {}),
  };
  const found = await client.discovery(issuer, settings.clientId, undefined, client.None(), options);
  const metadata = found.serverMetadata();
  // What a provider writes as `null` it does not say (RFC 8414 section 3.2 wants it left out).
  for (const [name, value] of Object.entries(metadata))
    if (value === null) Reflect.deleteProperty(metadata, name);
  checkMetadata(metadata, settings);
  const algorithms = algorithmsOf(settings, metadata);
  const listedAlgorithms = listedAlgorithmsOf(metadata);
  const authentication = clientAuthentication(settings, metadata);
  // openid-client asks the metadata for what may sign.
  Object.assign(metadata, { id_token_signing_alg_values_supported: [...algorithms] });
  const configure = (fetch: client.CustomFetch): client.Configuration => {
    const config = new client.Configuration(
      metadata,
      settings.clientId,
      { [client.clockTolerance]: clockToleranceSeconds },
      authentication,
    );
    config.timeout = questionTimeoutMs / 1000;
    config[client.customFetch] = fetch;
    if (issuer.protocol === 'http:') client.allowInsecureRequests(config);
    return config;
  };
  return {
    ...{ settings, limited, metadata, algorithms, listedAlgorithms, clockAheadSeconds },
    ...{ configure, fetch: customFetch },
    config: configure(customFetch),
    keys: createKeySet(metadata.jwks_uri ?? '', limited, now),
    atMs: now(),
  };
}

/**
 * @returns a function that discovers once for all who wait, and not again within a cool-down after a failure; it throws
 * BouncerError `provider_unavailable` or `login_failed`
 */
export function createDiscovery(parts: DiscoveryParts): () => Promise<Discovered> {
  const { settings, now, contact } = parts;
  let discovered: Discovered | null = null;
  let underWay: Promise<Discovered> | null = null;
  let failed: { readonly atMs: number; readonly error: BouncerError } | null = null;

  const run = async (): Promise<Discovered> => {
    const action = 'the identity provider cannot be discovered';
    try {
      discovered = await contact.ask(action, () => discoverNow(parts));
      failed = null;
      return discovered;
    } catch (error) {
      failed = { atMs: now(), error: providerFailure(action, error, { settings, redirectUri: null }) };
      throw failed.error;
    } finally {
      underWay = null;
    }
  };

  return async () => {
    if (discovered !== null && Math.abs(now() - discovered.atMs) < metadataAgeMs) return discovered;
    if (failed !== null && Math.abs(now() - failed.atMs) < coolDownMs) {
      if (discovered !== null) return discovered;
      throw failed.error;
    }
    underWay ??= run();
    if (discovered === null) return underWay;
    // What was known an hour ago will do until the answer is there; nobody waits for it.
    underWay.catch(() => {});
    return discovered;
  };
}
