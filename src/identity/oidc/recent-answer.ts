// Whether the provider answers just now: asked before a browser is sent there, so that nobody ends up at a dead address.
// It fetches the discovery document for the answer's sake; what bouncer knows of the provider stays as it was.
import { BouncerError } from '../../bouncer-error.ts';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import { isRecord } from '../../source/is-record.ts';
import type { LimitedFetch } from '../limited-fetch.ts';
import { addressText } from '../said-by-provider.ts';
import { providerFailure } from './provider-failure.ts';

/** An answer counts for so long, milliseconds. */
const recentMs = 3_000;
/** After silence the provider is taken as silent for so long, milliseconds. */
const coolDownMs = 3_000;
/** How long a person waits for the provider's sign of life, milliseconds. */
const timeoutMs = 2_000;

export interface RecentAnswer {
  /** The provider answered, or did not (`error`), whatever it was asked. */
  note(error: BouncerError | null): void;
  /**
   * Comes back when the provider answered within the last three seconds; asks it when it did not. Many who wait make one request.
   *
   * @throws BouncerError `provider_unavailable`
   */
  ensure(): Promise<void>;
}

/** @throws BouncerError `provider_unavailable` when somebody else answers, and whatever the limited fetch throws */
async function askForLife(limited: LimitedFetch, issuer: string): Promise<void> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await limited.fetch(url, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(timeoutMs),
    isFirst: true,
  });
  // A proxy's or a hoster's page in the provider's place is not the provider.
  const document: unknown = response.status === 200 ? await response.json().catch(() => null) : null;
  const name = isRecord(document) ? document['issuer'] : null;
  if (typeof name !== 'string' || !URL.canParse(name) || new URL(name).href !== new URL(issuer).href)
    throw new BouncerError(
      'provider_unavailable',
      `something else than the identity provider answers at ${addressText(url)}, with status ${response.status}`,
      { hint: 'is that a page of a proxy or a hoster in its place? open it in a browser' },
    );
}

export function createRecentAnswer(parts: {
  readonly settings: OidcProviderSettings;
  readonly limited: LimitedFetch;
  readonly now: () => number;
  /** Told when the provider gives no sign of life, and when it does so again. */
  readonly report: (error: BouncerError | null) => void;
}): RecentAnswer {
  const { settings, limited, now } = parts;
  let answeredAtMs = Number.NEGATIVE_INFINITY;
  let silent: { readonly atMs: number; readonly error: BouncerError } | null = null;
  let underWay: Promise<void> | null = null;

  const askOnce = async (): Promise<void> => {
    try {
      await askForLife(limited, settings.issuer);
      // A sign of life ends only the silence that another one found: a token endpoint that is down is still down.
      if (silent !== null) parts.report(null);
      silent = null;
      answeredAtMs = now();
    } catch (error) {
      const { message, hint } = providerFailure('the identity provider gives no sign of life', error, {
        settings,
        redirectUri: null,
      });
      // Whatever came in place of the metadata: it was not a sign of life.
      const failure = new BouncerError('provider_unavailable', message, hint === undefined ? {} : { hint });
      silent = { atMs: now(), error: failure };
      parts.report(failure);
      throw failure;
    } finally {
      underWay = null;
    }
  };

  return {
    note(error) {
      if (error === null) answeredAtMs = now();
      else if (error.code === 'provider_unavailable') answeredAtMs = Number.NEGATIVE_INFINITY;
      if (error === null) silent = null;
    },
    async ensure() {
      if (Math.abs(now() - answeredAtMs) < recentMs) return;
      if (silent !== null && Math.abs(now() - silent.atMs) < coolDownMs) throw silent.error;
      underWay ??= askOnce();
      await underWay;
    },
  };
}
