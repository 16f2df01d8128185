// What of a provider's settings a login rests on, as one digest: other settings would have made other facts of the same answer.
import { createHash } from 'node:crypto';
import type { IdentityProviderSettings, Settings } from '../settings/settings.ts';

/**
 * What may change without a login meaning anything else: names, what is asked for, and how bouncer proves itself. All other
 * keys are in, those too that nobody has thought of yet.
 */
const leftOut: ReadonlySet<string> = new Set([
  'label',
  'clientSecret',
  'clientKey',
  'ca',
  'scopes',
  'tokenEndpointAuth',
  'authorizationParameters',
  'longLogout',
]);

/** One text for one value: keys in order, so that two spellings of the same settings are the same. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
}

const known = new WeakMap<IdentityProviderSettings, string>();

/** @param provider its settings, frozen @returns SHA-256, base64url */
export function providerDigest(provider: IdentityProviderSettings): string {
  let digest = known.get(provider);
  if (digest === undefined) {
    const rest = Object.fromEntries(Object.entries(provider).filter(([key]) => !leftOut.has(key)));
    digest = createHash('sha256').update(canonical(rest)).digest('base64url');
    known.set(provider, digest);
  }
  return digest;
}

/**
 * Whether a login was made under the settings as they are now.
 *
 * @param digest as stored with the login; `null`: it was made before digests were kept, and nobody knows
 */
export function isOfTheseSettings(settings: Settings, idp: string, digest: string | null): boolean {
  const provider = settings.identityProviders.find(({ id }) => id === idp);
  return provider !== undefined && digest !== null && providerDigest(provider) === digest;
}
