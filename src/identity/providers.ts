// The identity providers of the settings as they are now; one whose settings did not change lives on through a reload.
import type { OidcProviderSettings, Settings } from '../settings/settings.ts';
import { causeOf } from '../telemetry/cause-of.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { createOidcProvider, type OidcProvider } from './oidc/oidc-provider.ts';

export interface Providers {
  find(id: string): OidcProvider | null;
  all(): readonly OidcProvider[];
  close(): Promise<void>;
}

/** @param now milliseconds; for cool-downs and the age of metadata */
export function createProviders(parts: {
  readonly settings: () => Settings;
  readonly telemetry: Pick<Telemetry, 'event'>;
  readonly now: () => number;
}): Providers {
  let seen: Settings | null = null;
  let providers = new Map<string, OidcProvider>();

  const create = (settings: OidcProviderSettings): OidcProvider =>
    createOidcProvider({
      settings,
      now: parts.now,
      onReachable: (failure) =>
        failure === null
          ? parts.telemetry.event('provider_reachable', { provider: settings.id })
          : parts.telemetry.event('provider_unreachable', { provider: settings.id, ...causeOf(failure) }),
    });

  const current = (): ReadonlyMap<string, OidcProvider> => {
    const settings = parts.settings();
    if (settings === seen) return providers;
    const next = new Map<string, OidcProvider>();
    for (const wanted of settings.identityProviders) {
      const known = providers.get(wanted.id);
      const isSame = known !== undefined && JSON.stringify(known.settings) === JSON.stringify(wanted);
      next.set(wanted.id, isSame ? known : create(wanted));
    }
    // One that is gone finishes what it is asking and is dropped: closing it would break logins that are under way.
    providers = next;
    seen = settings;
    return providers;
  };

  return {
    find: (id) => current().get(id) ?? null,
    all: () => [...current().values()],
    close: async () => {
      await Promise.all([...providers.values()].map((provider) => provider.close()));
    },
  };
}
