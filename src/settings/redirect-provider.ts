// Which identity providers people are sent to; the others have pages of bouncer's own.
import type { IdentityProviderSettings, RedirectProviderSettings } from './settings.ts';

export function isRedirectProvider(provider: IdentityProviderSettings): provider is RedirectProviderSettings {
  return provider.type !== 'email_pin' && provider.type !== 'passkey';
}
