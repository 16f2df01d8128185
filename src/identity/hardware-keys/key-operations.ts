// What operators do about hardware keys from outside of a running process, through the store it shares.
import type { CompiledRules } from '../../rules/model/compiled-rules.ts';
import type { Facts, Identity } from '../../rules/model/facts.ts';
import type { KeyTrust } from '../../settings/key-trust.ts';
import type { StoredHardwareKey } from '../../store/hardware-key-store.ts';
import { sealingKeyOf } from '../../store/sealing-key.ts';
import type { Store } from '../../store/store.ts';
import { createSealer } from '../login/sealer.ts';
import { makeInvitation } from './invitation.ts';
import { makeNow } from './prove-make.ts';

/**
 * @param email lower case
 * @returns the address that lets whoever is logged in with it enrol a first key, once, within a day
 * @throws BouncerError `store_unavailable`
 */
export async function inviteToEnrol(
  store: Store,
  { email, authUrl }: { readonly email: string; readonly authUrl: string },
): Promise<string> {
  const sealer = createSealer(await sealingKeyOf(store.secrets));
  return `${authUrl}/.bouncer/hardware-key?invitation=${makeInvitation(sealer, email, store.now())}`;
}

/** A key as operators see it. */
export interface ListedKey {
  readonly id: string;
  readonly email: string | null;
  readonly idp: string;
  readonly sub: string;
  readonly label: string;
  readonly aaguid: string;
  /** By the metadata; `null`: not known. */
  readonly makeName: string | null;
  /** Whether what proved its make is still trusted. */
  readonly isAttested: boolean;
  /** What is known against its make; `null`: nothing. Such a key is refused. */
  readonly badStatus: string | null;
  readonly createdAtMs: number;
  readonly lastUsedMs: number | null;
}

/** @throws BouncerError `store_unavailable` */
export async function listHardwareKeys(store: Store, trust: KeyTrust | null): Promise<readonly ListedKey[]> {
  return (await store.hardwareKeys.listKeys()).map((key) => listedKey(key, trust));
}

function listedKey(key: StoredHardwareKey, trust: KeyTrust | null): ListedKey {
  const { id, email, idp, sub, label, aaguid, createdAtMs, lastUsedMs } = key;
  const { name: makeName, badStatus, aaguid: proven } = makeNow(key, trust);
  return {
    ...{ id, email, idp, sub, label, aaguid, makeName, isAttested: proven !== null },
    ...{ badStatus, createdAtMs, lastUsedMs },
  };
}

/** Somebody whom a rule asks for a key and who has none enrolled. */
export interface Keyless {
  readonly email: string | null;
  readonly idp: string;
  readonly sub: string;
  /** The applications that ask. */
  readonly applications: readonly string[];
}

/** Of those who are logged in now. @throws BouncerError `store_unavailable` */
export async function findKeyless(store: Store, rules: CompiledRules): Promise<readonly Keyless[]> {
  const keys = await store.hardwareKeys.listKeys();
  const owners = new Set(keys.map(({ idp, sub }) => JSON.stringify([idp, sub])));
  const found = new Map<string, Keyless>();
  for (const { login } of await store.sessions.list()) {
    const { ownKey: _, ...identity } = login.identity;
    const { email, idp, sub } = identity;
    const id = JSON.stringify([idp, sub]);
    if (owners.has(id) || found.has(id)) continue;
    const applications = applicationsThatAsk(rules, { ...identity, hardwareKey: null }, store.now());
    if (applications.length > 0) found.set(id, { email, idp, sub, applications });
  }
  return [...found.values()];
}

function applicationsThatAsk(rules: CompiledRules, identity: Identity, nowMs: number): readonly string[] {
  const facts: Facts = { identity, serviceToken: null, ip: null, country: null, method: 'GET', nowMs };
  return rules.applications
    .filter(({ areas }) =>
      areas.some((area) =>
        area
          .decide(facts)
          .missing.some((missing) => missing.what === 'hardware_key' && missing.source !== 'provider'),
      ),
    )
    .map(({ name }) => name);
}

/**
 * Removes keys and ends all logins of those whose keys they were, at once.
 *
 * @param whose an address, lower case, or the id of one key
 * @returns what was removed
 * @throws BouncerError `store_unavailable`
 */
export async function removeHardwareKeys(
  store: Store,
  whose: { readonly email: string } | { readonly id: string },
): Promise<readonly StoredHardwareKey[]> {
  const meant = (await store.hardwareKeys.listKeys()).filter((key) =>
    'email' in whose ? key.email === whose.email : key.id === whose.id,
  );
  const removed: StoredHardwareKey[] = [];
  for (const key of meant) {
    if (await store.hardwareKeys.removeKey(key.idp, key.sub, key.id)) removed.push(key);
    await store.sessions.endLogins({ by: 'subject', idp: key.idp, sub: key.sub });
  }
  return removed;
}
