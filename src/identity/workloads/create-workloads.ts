// Finds the program of a token of a trusted issuer: shape → issuer and audience → times and claims → signature. What was good is
// remembered by its hash; how often it is used nobody counts, since a job makes more than one request.
import { BouncerError } from '../../bouncer-error.ts';
import type { Settings, TrustedIssuerSettings } from '../../settings/settings.ts';
import { RecentlyUsed } from '../../store/recently-used.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import { checkTokenShape, explainTokenShape, publicKeyAlgorithms } from '../oidc/token-shape.ts';
import { hashToken, logIdOf } from '../opaque-token.ts';
import type { Service } from '../principal.ts';
import { createIssuerContact, type IssuerContact } from './issuer-keys.ts';
import { checkWorkloadClaims, fault, findIssuer } from './workload-token-checks.ts';
import type { WorkloadFault, Workloads } from './workloads.ts';

export interface WorkloadsParts {
  readonly settings: () => Pick<Settings, 'trustedIssuers'>;
  readonly telemetry: Pick<Telemetry, 'event'>;
  /** Milliseconds, for cool-downs. */
  readonly now: () => number;
}

/** Tokens that were good, at about 3 KB each. */
const capacity = 4_096;
/** How long a request waits for an issuer, milliseconds: less than finding out who asks may take. */
const waitMs = 2_500;

/** An entry of the settings, as long as it stays as it is. */
interface Issuer {
  readonly settings: TrustedIssuerSettings;
  readonly contact: IssuerContact;
}

/** In any order of their own: GitHub writes `JWT`, Kubernetes none. */
const types = ['jwt'];

class TrustedWorkloads implements Workloads {
  readonly #parts: WorkloadsParts;
  readonly #good = new RecentlyUsed<Service>(capacity);
  /** Whose word each program rests on. */
  readonly #issuerOf = new WeakMap<Service, Issuer>();
  #seen: readonly TrustedIssuerSettings[] | null = null;
  #issuers: readonly Issuer[] = [];

  constructor(parts: WorkloadsParts) {
    this.#parts = parts;
  }

  isKnown(token: string, nowMs: number): boolean {
    return this.#recall(hashToken(token), nowMs) !== null;
  }

  identify(token: string, nowMs: number): Service | WorkloadFault | Promise<Service | WorkloadFault> {
    const issuers = this.#current();
    if (issuers.length === 0) return fault('not a token, or mistyped');
    const hash = hashToken(token);
    const known = this.#recall(hash, nowMs);
    if (known !== null) return known;
    const shaped = checkTokenShape(token, [...publicKeyAlgorithms], types);
    if (shaped === null) return fault(explainTokenShape(token, [...publicKeyAlgorithms], types).cause);
    const found = findIssuer(
      shaped.claims,
      issuers.map(({ settings }) => settings),
    );
    if ('kind' in found) return found;
    const issuer = issuers.find(({ settings }) => settings === found);
    if (issuer === undefined) return fault('no trusted issuer');
    const checked = checkWorkloadClaims(shaped.claims, found, nowMs);
    if ('kind' in checked) return checked;
    const { subject, expiresAtMs } = checked;
    return soon(this.#verify(issuer, shaped), found).then((wrong) => {
      if (wrong !== null) return wrong;
      const service: Service = Object.freeze({
        ...{ kind: 'service', id: hash, logId: logIdOf(hash), revision: 1, expiresAtMs },
        name: `${found.name}:${subject}`,
        workload: Object.freeze({ issuer: found.name, claims: shaped.claims }),
      } as const);
      this.#good.set(hash, service);
      this.#issuerOf.set(service, issuer);
      return service;
    });
  }

  stands(before: Service, nowMs: number): boolean {
    const issuer = this.#issuerOf.get(before);
    return issuer !== undefined && before.expiresAtMs > nowMs && this.#current().includes(issuer);
  }

  async close(): Promise<void> {
    await Promise.all(this.#issuers.map(({ contact }) => contact.close()));
  }

  #recall(hash: string, nowMs: number): Service | null {
    const service = this.#good.get(hash);
    if (service === undefined) return null;
    if (this.stands(service, nowMs)) return service;
    this.#good.delete(hash);
    return null;
  }

  async #verify(
    { contact }: Issuer,
    token: NonNullable<ReturnType<typeof checkTokenShape>>,
  ): Promise<WorkloadFault | null> {
    try {
      const { keys, algorithms } = await contact.find();
      if (!algorithms.includes(token.header.alg))
        return fault(`the token is signed with \`${token.header.alg}\`, which its issuer does not list`);
      await contact.note(keys.verify(token, 'id-token'));
      return null;
    } catch (error) {
      if (error instanceof BouncerError && error.code === 'login_failed') return fault(error.message);
      throw error;
    }
  }

  /** Whose settings did not change lives on, with its keys and what they verified. */
  #current(): readonly Issuer[] {
    const { trustedIssuers } = this.#parts.settings();
    if (trustedIssuers === this.#seen) return this.#issuers;
    this.#issuers = trustedIssuers.map((settings) => {
      const text = JSON.stringify(settings);
      const same = this.#issuers.find((one) => JSON.stringify(one.settings) === text);
      return same ?? { settings, contact: createIssuerContact(this.#contactParts(settings)) };
    });
    this.#seen = trustedIssuers;
    return this.#issuers;
  }

  #contactParts(settings: TrustedIssuerSettings): Parameters<typeof createIssuerContact>[0] {
    const { telemetry, now } = this.#parts;
    const { name: issuer } = settings;
    return {
      ...{ settings, now },
      onReachable(failure) {
        if (failure === null) telemetry.event('issuer_reachable', { issuer });
        else telemetry.event('issuer_unreachable', { issuer, ...causeOf(failure) });
      },
    };
  }
}

/** An issuer that is silent holds nobody for longer than others may be held. @throws BouncerError `provider_unavailable` */
function soon<T>(answer: Promise<T>, { issuer }: TrustedIssuerSettings): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(new BouncerError('provider_unavailable', `the keys of \`${issuer}\` did not come in time`)),
      waitMs,
    );
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The programs of all trusted issuers of the settings as they are now. */
export function createWorkloads(parts: WorkloadsParts): Workloads {
  return new TrustedWorkloads(parts);
}
