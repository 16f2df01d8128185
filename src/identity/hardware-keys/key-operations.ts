// What operators do about hardware keys from outside of a running process, through the store it shares.
import type { CompiledRules } from '../../rules/model/compiled-rules.ts';
import type { Facts, Identity } from '../../rules/model/facts.ts';
import type { KeyTrust } from '../../settings/key-trust.ts';
import type { StoredHardwareKey } from '../../store/hardware-key-store.ts';
import { sealingKeyOf } from '../../store/sealing-key.ts';
import type { Store } from '../../store/store.ts';
import { createSealer } from '../sealer.ts';
import { makeInvitation } from './invitation.ts';
import { keyRemovedAct } from './operator-acts.ts';
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
  const owners = new Set(keys.map(subjectOf));
  const found = new Map<string, Keyless>();
  for (const { login } of await store.sessions.list()) {
    const { ownKey: _, ...identity } = login.identity;
    const { email, idp, sub } = identity;
    const id = subjectOf({ idp, sub });
    if (owners.has(id) || found.has(id)) continue;
    const applications = applicationsThatAsk(rules, { ...identity, hardwareKey: null }, store.now());
    if (applications.length > 0) found.set(id, { email, idp, sub, applications });
  }
  return [...found.values()];
}

function applicationsThatAsk(rules: CompiledRules, identity: Identity, nowMs: number): readonly string[] {
  const facts: Facts = {
    identity,
    serviceToken: null,
    workload: null,
    ip: null,
    country: null,
    method: 'GET',
    nowMs,
  };
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

/** The keys that were enrolled under an address, and those of whoever is logged in with it now. @param email lower case */
export async function keysOfPerson(store: Store, email: string): Promise<readonly StoredHardwareKey[]> {
  const logins = await store.sessions.list({ by: 'email', email });
  const subjects = new Set(logins.map(({ login: { identity } }) => subjectOf(identity)));
  const all = await store.hardwareKeys.listKeys();
  return all.filter((key) => key.email === email || subjects.has(subjectOf(key)));
}

function subjectOf({ idp, sub }: Pick<StoredHardwareKey, 'idp' | 'sub'>): string {
  return JSON.stringify([idp, sub]);
}

/**
 * Removes keys and ends all logins of those whose keys they were, at once. A running process tells the log and the owners.
 *
 * @param whose an address, lower case, or the id of one key
 * @returns what was removed
 * @throws BouncerError `store_unavailable`
 */
export async function removeHardwareKeys(
  store: Store,
  whose: { readonly email: string } | { readonly id: string },
): Promise<readonly StoredHardwareKey[]> {
  const found = 'id' in whose ? await store.hardwareKeys.findKey(whose.id) : null;
  const meant = 'email' in whose ? await keysOfPerson(store, whose.email) : found === null ? [] : [found];
  const removed: StoredHardwareKey[] = [];
  for (const key of meant) {
    const [listed] = await store.sessions.list({ by: 'subject', idp: key.idp, sub: key.sub });
    // People change their address; the letter goes to where they are.
    const email = listed?.login.identity.email ?? key.email;
    if (await store.hardwareKeys.removeKey(key.idp, key.sub, key.id)) {
      removed.push(key);
      await store.acts.addAct(keyRemovedAct({ ...key, email }, store.now()));
    }
    await store.sessions.endLogins({ by: 'subject', idp: key.idp, sub: key.sub });
  }
  return removed;
}
