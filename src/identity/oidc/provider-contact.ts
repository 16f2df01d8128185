// Every question to one provider goes through here: what fails becomes an error of bouncer's own, and whether it answers is told when
// that changes. It knows no question by itself but the one for a sign of life.
import type { BouncerError } from '../../bouncer-error.ts';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import type { ProviderParts } from '../identity-provider.ts';
import type { LimitedFetch } from '../limited-fetch.ts';
import { providerFailure } from './provider-failure.ts';
import { createRecentAnswer } from './recent-answer.ts';

export interface ProviderContact {
  /**
   * Runs something that asks the provider.
   *
   * @param action what could not be done when it fails
   * @param redirectUri where the code of a login was to come back to; absent outside of a login
   * @throws BouncerError `provider_unavailable` or `login_failed`
   */
  ask<T>(action: string, question: () => Promise<T>, redirectUri?: string): Promise<T>;
  /** Comes back when the provider answered just now. @throws BouncerError `provider_unavailable` */
  ensureAnswer(): Promise<void>;
  /** For a question that runs by itself: the provider answered, or failed. */
  note(failure: BouncerError | null): void;
  isReachable(): boolean;
}

export function createProviderContact({
  settings,
  now,
  onReachable,
  limited,
}: ProviderParts<OidcProviderSettings> & { readonly limited: LimitedFetch }): ProviderContact {
  let isReachable = true;
  const note = (failure: BouncerError | null): void => {
    recent.note(failure);
    if (failure !== null && failure.code !== 'provider_unavailable') return;
    if (isReachable === (failure === null)) return;
    isReachable = failure === null;
    onReachable(failure);
  };
  const recent = createRecentAnswer({ settings, limited, now, report: note });
  return {
    ask: async (action, question, redirectUri) => {
      try {
        const result = await question();
        note(null);
        return result;
      } catch (error) {
        const failure = providerFailure(action, error, { settings, redirectUri: redirectUri ?? null });
        note(failure);
        throw failure;
      }
    },
    ensureAnswer: () => recent.ensure(),
    note,
    isReachable: () => isReachable,
  };
}
