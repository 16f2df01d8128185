// The keys of one trusted issuer: where its discovery document says they are, or where the settings say. Asked for with the limits that
// every provider has; whether it answers is told when that changes.
import { BouncerError } from '../../bouncer-error.ts';
import type { TrustedIssuerSettings } from '../../settings/settings.ts';
import { isRecord } from '../../source/is-record.ts';
import { createLimitedFetch, isAllowedProviderUrl, type LimitedFetch } from '../limited-fetch.ts';
import type { KeySet } from '../oidc/key-set.ts';
import { publicKeyAlgorithms } from '../oidc/token-shape.ts';
import { addressText, listed, seenValue } from '../said-by-provider.ts';

/** After a failed discovery nothing is asked for so long, milliseconds. */
const coolDownMs = 3_000;
/** The document is read anew after this time, milliseconds. */
const discoveryAgeMs = 60 * 60_000;

/** Where an issuer's keys are, and what it signs with. */
export interface IssuerKeys {
  readonly keys: KeySet;
  readonly algorithms: readonly string[];
}

export interface IssuerKeysParts {
  readonly settings: TrustedIssuerSettings;
  /** Milliseconds, for cool-downs. */
  readonly now: () => number;
  /** Told when the issuer stops (why) or starts (`null`) to answer. */
  readonly onReachable: (failure: BouncerError | null) => void;
}

export interface IssuerContact {
  /** Its keys are at hand then. @throws BouncerError `provider_unavailable` */
  find(): Promise<IssuerKeys>;
  /** Runs a question to the issuer, and notes whether it answered. */
  note<T>(question: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface Found extends IssuerKeys {
  readonly jwksUri: string;
  readonly atMs: number;
}

export function createIssuerContact({ settings, now, onReachable }: IssuerKeysParts): IssuerContact {
  const limited = createLimitedFetch(new URL(settings.issuer), settings.ca);
  let found: Found | null = null;
  let underWay: Promise<Found> | null = null;
  let failed: { readonly atMs: number; readonly error: unknown } | null = null;
  let isReachable = true;

  const report = (failure: BouncerError | null): void => {
    if (isReachable === (failure === null)) return;
    isReachable = failure === null;
    onReachable(failure);
  };
  const note = async <T>(question: Promise<T>): Promise<T> => {
    try {
      const result = await question;
      report(null);
      return result;
    } catch (error) {
      // A token that its keys do not fit says nothing about the issuer.
      if (error instanceof BouncerError && error.code === 'provider_unavailable') report(error);
      throw error;
    }
  };
  const discover = async (): Promise<Found> => {
    try {
      const { jwksUri, algorithms } = await readDiscovery(settings, limited);
      // The same keys live on: nobody has to wait for them again.
      const { createKeySet } = await import('../oidc/key-set.ts');
      const keys = found?.jwksUri === jwksUri ? found.keys : createKeySet(jwksUri, limited, now);
      if ((await keys.list()).length === 0)
        throw unusable(`${addressText(jwksUri)} has no key that can be used`);
      found = { jwksUri, algorithms, keys, atMs: now() };
      failed = null;
      return found;
    } catch (error) {
      failed = { atMs: now(), error: asUnavailable(error) };
      throw failed.error;
    } finally {
      underWay = null;
    }
  };

  return {
    note,
    close: () => limited.close(),
    async find() {
      if (found !== null && Math.abs(now() - found.atMs) < discoveryAgeMs) return found;
      if (failed !== null && Math.abs(now() - failed.atMs) < coolDownMs) {
        if (found !== null) return found;
        throw failed.error;
      }
      underWay ??= note(discover());
      if (found === null) return underWay;
      // What was known an hour ago will do until the answer is there; nobody waits for it.
      underWay.catch(() => {});
      return found;
    },
  };
}

/** OpenID Connect Discovery 1.0 sections 3 and 4, of which only the keys matter here. */
async function readDiscovery(
  { issuer, jwksUri }: TrustedIssuerSettings,
  limited: LimitedFetch,
): Promise<{ readonly jwksUri: string; readonly algorithms: readonly string[] }> {
  if (jwksUri !== null) return { jwksUri, algorithms: [...publicKeyAlgorithms] };
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await limited.fetch(url, { headers: { accept: 'application/json' } });
  if (response.status !== 200) throw unusable(`${addressText(url)} answered with status ${response.status}`);
  const document: unknown = await response.json().catch(() => null);
  if (!isRecord(document))
    throw unusable(`something else than a discovery document is at ${addressText(url)}`);
  const { issuer: named, jwks_uri: keys, id_token_signing_alg_values_supported: listedNames } = document;
  if (named !== issuer)
    throw unusable(
      `the document at ${addressText(url)} is that of ${seenValue(named)}, and ${seenValue(issuer)} is wanted`,
    );
  if (
    typeof keys !== 'string' ||
    !URL.canParse(keys) ||
    !isAllowedProviderUrl(new URL(keys), new URL(issuer))
  )
    throw unusable(
      `\`jwks_uri\` of ${seenValue(issuer)} is ${seenValue(keys)}, and an https address is wanted`,
    );
  const names = Array.isArray(listedNames) ? listedNames : ['RS256'];
  const algorithms = names.filter((name): name is string => publicKeyAlgorithms.has(name));
  if (algorithms.length === 0)
    throw unusable(
      `${seenValue(issuer)} signs with ${listed(names.map(String))}, and a signature of its own is wanted`,
    );
  return { jwksUri: keys, algorithms };
}

/** An answer that cannot be believed says nothing about the token that was to be judged. */
function asUnavailable(error: unknown): unknown {
  if (!(error instanceof BouncerError) || error.code !== 'login_failed') return error;
  return new BouncerError('provider_unavailable', error.message, {
    cause: error,
    hint: error.hint ?? whatToDo,
  });
}

const whatToDo =
  'is `issuer` spelt right, and can this machine read its discovery document? Otherwise name its keys by `jwks_uri`';

/** Whatever came in the issuer's place: its keys cannot be had. */
function unusable(message: string): BouncerError {
  return new BouncerError('provider_unavailable', message, {
    hint: whatToDo,
  });
}
