// Who sent a request of the log, as far as that can still be known: the log holds no groups and no claims.
import { existsSync } from 'node:fs';
import { logIdOf } from '../identity/opaque-token.ts';
import type { Identity, Unsettled } from '../rules/model/facts.ts';
import type { Workload } from '../rules/model/workload.ts';
import type { Settings } from '../settings/settings.ts';
import { openStore } from '../store/open-store.ts';
import type { PersonOptions } from './described-facts.ts';
import type { LoggedRequest } from './logged-line.ts';

/** Who asked. The log holds no groups and claims; the store does, as long as the person has a session. */
export interface Asker {
  readonly identity: Identity | null;
  /** The name of the token where a program asked. */
  readonly serviceToken: string | null;
  /** Where a program with a token of a trusted issuer asked: its issuer and subject, which are all that the log holds. */
  readonly workload?: Workload;
  /**
   * `session`: of that very session; `person`: of another one of theirs; `address`: of one of theirs, where the log names none; `token`,
   * `workload`: a program; `log`: what the log tells.
   */
  readonly from: 'session' | 'person' | 'address' | 'token' | 'workload' | 'log' | 'nobody';
}

/** @throws BouncerError `store_unavailable` */
export async function findAsker(logged: LoggedRequest, settings: Settings): Promise<Asker> {
  const { sub, idp, email } = logged;
  if (sub === null && email === null) return { identity: null, serviceToken: null, from: 'nobody' };
  // A person has an identity provider, or an address; a program has the name of its token alone.
  const workload = idp === null && email === null ? workloadOf(sub) : null;
  if (workload !== null) return { identity: null, serviceToken: null, workload, from: 'workload' };
  if (sub !== null && idp === null && email === null)
    return { identity: null, serviceToken: sub, from: 'token' };
  const hasStore = settings.postgres !== null || existsSync(settings.dataDir);
  const store = hasStore ? await openStore(settings) : null;
  try {
    const logins = ((await store?.sessions.list()) ?? [])
      .map(({ login }) => login)
      // A log for people has the address alone.
      .filter(({ identity }) =>
        sub === null ? identity.email === email : identity.sub === sub && identity.idp === idp,
      );
    const same = logins.find(({ id }) => logIdOf(id) === logged.session);
    const found = same ?? logins[0];
    if (found !== undefined)
      return {
        identity: asThen(found.identity, logged.timeMs),
        serviceToken: null,
        from: same !== undefined ? 'session' : logged.session === null ? 'address' : 'person',
      };
  } finally {
    await store?.close();
  }
  const providers = settings.identityProviders;
  const provider = idp ?? (providers.length === 1 ? providers[0]?.id : null) ?? '';
  const identity: Identity = {
    ...{ sub: sub ?? email ?? '', email, name: null, groups: [], claims: {} },
    ...{ idp: provider, amr: [], acr: null },
    authTimeMs: logged.timeMs,
    hardwareKey: null,
    unsettled: unknownClaims(settings, provider),
  };
  return { identity, serviceToken: null, from: 'log' };
}

/** `issuer:subject`, which the name of a service token cannot be. */
function workloadOf(sub: string | null): Workload | null {
  const at = sub?.indexOf(':') ?? -1;
  return sub === null || at === -1 ? null : { issuer: sub.slice(0, at), claims: { sub: sub.slice(at + 1) } };
}

/** Of what the log does not hold, nothing is known. */
function unknownClaims({ identityProviders }: Settings, idp: string): Unsettled {
  const provider = identityProviders.find(({ id }) => id === idp);
  const kept = provider?.type === 'oidc' ? provider.claims : [];
  return {
    email: null,
    // Codes by e-mail and passkeys know no groups, and that is known.
    groups: provider?.type === 'email_pin' || provider?.type === 'passkey' ? null : 'not-known',
    amr: 'not-known',
    claims: Object.fromEntries(kept.map((name) => [name, 'not-known'])),
  };
}

/** Without what was done after the request: a key used since did not help then. */
function asThen({ ownKey, ...identity }: Identity, timeMs: number): Identity {
  const { hardwareKey, authTimeMs } = identity;
  return {
    ...identity,
    ...(ownKey === undefined || ownKey.usedAtMs > timeMs ? {} : { ownKey }),
    authTimeMs: authTimeMs === null ? null : Math.min(authTimeMs, timeMs),
    hardwareKey: hardwareKey !== null && (hardwareKey.usedAtMs ?? 0) <= timeMs ? hardwareKey : null,
  };
}

/** With what the command line adds. */
export function asTold(
  identity: Identity,
  told: PersonOptions,
  settings: Settings,
  { timeMs }: LoggedRequest,
): Identity {
  const { group, amr } = told;
  const provider = settings.identityProviders.find(({ id }) => id === identity.idp);
  const words = provider?.type === 'oidc' ? provider.hardwareKey.amr : [];
  const hasKey = amr?.some((value) => words.includes(value)) === true;
  return {
    ...identity,
    groups: group ?? identity.groups,
    amr: amr ?? identity.amr,
    unsettled: settledBy(told, identity.unsettled),
    hardwareKey: hasKey ? { usedAtMs: timeMs, aaguid: null } : identity.hardwareKey,
  };
}

/** What the command line says is settled by it. */
function settledBy({ group, groups, amr }: PersonOptions, known: Unsettled | undefined): Unsettled {
  const before = known ?? { email: null, groups: null, amr: null, claims: {} };
  const groupsNow = group === undefined ? before.groups : null;
  return {
    email: before.email,
    groups: groups === 'unsettled' ? 'not-known' : groupsNow,
    amr: amr === undefined ? before.amr : null,
    claims: before.claims,
  };
}
