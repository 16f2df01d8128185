// What operators do about hardware keys from outside of a running process, through the store it shares.
import type { CompiledRules } from '../../rules/model/compiled-rules.ts';
import type { Facts, Identity } from '../../rules/model/facts.ts';
import type { KeyTrust } from '../../settings/key-trust.ts';
import type { StoredHardwareKey } from '../../store/hardware-key-store.ts';
import { sealingKeyOf } from '../../store/sealing-key.ts';
import type { Store } from '../../store/store.ts';
import { createSealer } from '../sealer.ts';
import { makeInvitation } from './invitation.ts';
import { takeBackInvitations } from './invitation-time.ts';
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
  /** The host that it was enrolled for; `null`: not known. */
  readonly rpId: string | null;
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
  const { id, email, idp, sub, label, rpId, aaguid, createdAtMs, lastUsedMs } = key;
  const { name: makeName, badStatus, aaguid: proven } = makeNow(key, trust);
  return {
    ...{ id, email, idp, sub, label, rpId, aaguid, makeName, isAttested: proven !== null },
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

/** The applications that ask this person for a key of bouncer's own as they are, by name. @param identity without the use of a key */
export function applicationsThatAsk(
  rules: CompiledRules,
  identity: Identity,
  nowMs: number,
): readonly string[] {
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

/** Whose keys an address stands for. */
export interface KeysMeant {
  /** The address that they were enrolled under, lower case. */
  readonly email: string;
  /** Those of whoever was logged in with it when it was asked, by {@link subjectOf}. */
  readonly subjects: ReadonlySet<string>;
}

export async function keysMeantBy(store: Store, email: string): Promise<KeysMeant> {
  const logins = await store.sessions.list({ by: 'email', email });
  return { email, subjects: new Set(logins.map(({ login: { identity } }) => subjectOf(identity))) };
}

/** The keys that were enrolled under an address, and those of whoever is logged in with it. */
export async function listMeant(store: Store, meant: KeysMeant): Promise<readonly StoredHardwareKey[]> {
  const all = await store.hardwareKeys.listKeys();
  return all.filter((key) => key.email === meant.email || meant.subjects.has(subjectOf(key)));
}

function subjectOf({ idp, sub }: Pick<StoredHardwareKey, 'idp' | 'sub'>): string {
  return JSON.stringify([idp, sub]);
}

/**
 * Removes keys, takes back the invitations of an address, and ends all logins of those whose keys they were, at once. A running process
 * tells the log and the owners.
 *
 * @param whose an address, lower case, or the id of one key
 * @returns what was removed
 * @throws BouncerError `store_unavailable`
 */
export async function removeHardwareKeys(
  store: Store,
  whose: { readonly email: string } | { readonly id: string },
): Promise<readonly StoredHardwareKey[]> {
  if ('email' in whose) await takeBackInvitations(store.once, 'hardware-key', whose.email, store.now());
  const meant = 'email' in whose ? await keysMeantBy(store, whose.email) : null;
  const list = async (): Promise<readonly StoredHardwareKey[]> => {
    if (meant !== null) return listMeant(store, meant);
    const found = 'id' in whose ? await store.hardwareKeys.findKey(whose.id) : null;
    return found === null ? [] : [found];
  };
  const known = await list();
  const owners = new Map(known.map((key) => [subjectOf(key), { idp: key.idp, sub: key.sub }]));
  const addresses = new Map<string, string | null>();
  for (const [subject, { idp, sub }] of owners) {
    // People change their address; the letter goes to where they are.
    const [listed] = await store.sessions.list({ by: 'subject', idp, sub });
    if (listed !== undefined) addresses.set(subject, listed.login.identity.email);
  }
  const endLogins = async (): Promise<void> => {
    for (const owner of owners.values()) await store.sessions.endLogins({ by: 'subject', ...owner });
  };
  // Before, so that nobody enrols another by a login that is about to end; and after, so that none begins by a key that is about to go.
  await endLogins();
  const removed: StoredHardwareKey[] = [];
  for (const key of await list()) {
    const email = addresses.get(subjectOf(key)) ?? key.email;
    if (!(await store.hardwareKeys.removeKey(key.idp, key.sub, key.id))) continue;
    removed.push(key);
    await store.acts.addAct(keyRemovedAct({ ...key, email }, store.now()));
  }
  await endLogins();
  return removed;
}
