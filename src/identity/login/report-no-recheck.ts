// Tells the operator when a provider gives no refresh token, so that its logins are never checked again. Once a provider and hour.
import { whyNeverRechecked } from '../../settings/check-providers.ts';
import type { OidcProviderSettings, Settings } from '../../settings/settings.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';

const hourMs = 60 * 60_000;

/** What to write or to allow so that the provider gives one. */
function hintFor(provider: OidcProviderSettings): string {
  const cure = whyNeverRechecked(provider);
  if (cure !== null) return `it gives one for \`${cure}\``;
  // Google gives one with the first consent alone, unless it is to ask each time.
  if ('access_type' in provider.authorizationParameters)
    return 'let it ask each time: `prompt: consent` in `authorization_parameters`';
  return provider.scopes.includes('offline_access')
    ? 'allow refresh tokens (the grant type `refresh_token`, the scope `offline_access`) for this client at the provider'
    : 'most give one for `offline_access` among the `scopes`, which the client must be allowed at the provider; see docs/providers.md';
}

export interface NoRecheckReport {
  /** For a login that came without a refresh token. @param nowMs milliseconds since the epoch */
  note(provider: OidcProviderSettings, session: Settings['session'], nowMs: number): void;
}

/** @returns what remembers whom it told about */
export function createNoRecheckReport(telemetry: Pick<Telemetry, 'event'>): NoRecheckReport {
  // Bounded by the providers that settings ever named.
  const toldAtMs = new Map<string, number>();
  return {
    note: (provider, { recheckMs, durationMs }, nowMs) => {
      if (recheckMs >= durationMs) return;
      const told = toldAtMs.get(provider.id);
      if (told !== undefined && told <= nowMs && nowMs - told < hourMs) return;
      toldAtMs.set(provider.id, nowMs);
      telemetry.event('recheck_impossible', { provider: provider.id, hint: hintFor(provider) });
    },
  };
}
