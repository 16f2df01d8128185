// What an operator does about one person from the command line, by their address: keep them out, say what is stored, erase it.
import type { StoredGrant, StoredRequest } from '../../store/access-store.ts';
import type { ListedForm } from '../../store/form-store.ts';
import type { StoredHardwareKey } from '../../store/hardware-key-store.ts';
import type { StoredPasskey } from '../../store/passkey-store.ts';
import type { Store } from '../../store/store.ts';
import { takeBackInvitations } from '../hardware-keys/invitation-time.ts';
import { keysMeantBy, listMeant } from '../hardware-keys/key-operations.ts';
import { wantsLetters, wishLetters } from '../login-letter.ts';
import { keepAct, keepEnds } from '../person-acts.ts';
import { type ListedSession, listedSession } from '../sessions/session-operations.ts';

/** All that is stored about a person. Nothing in it lets anybody in: tokens are kept as hashes, and what providers gave is sealed. */
export interface StoredAboutPerson {
  /** Lower case. */
  readonly email: string;
  /** Milliseconds since the epoch; `null`: they are not blocked. */
  readonly blockedAtMs: number | null;
  readonly sessions: readonly (ListedSession & {
    readonly authMethods: readonly string[];
    readonly claims: Readonly<Record<string, unknown>>;
    readonly userAgent: string | null;
  })[];
  readonly hardwareKeys: readonly StoredHardwareKey[];
  /** Whether one of those who are logged in wants a letter for each login in a new browser. */
  readonly wantsLoginLetters: boolean;
  readonly passkeys: readonly StoredPasskey[];
  /** Forms that wait for another login of theirs; what is in them is sealed. */
  readonly keptForms: readonly ListedForm[];
  /** What they asked for, and what they were given for a time. */
  readonly accessRequests: readonly StoredRequest[];
  readonly grants: readonly StoredGrant[];
}

/** @returns how many logins ended with it @throws BouncerError `store_unavailable` */
export async function blockPerson(store: Store, email: string): Promise<number> {
  const address = email.toLowerCase();
  const ended = await store.persons.block(address, store.now());
  await keepAct(store, { kind: 'person_blocked', email: address, sessions: ended.length });
  await keepEnds(store, 'person-blocked', ended);
  return ended.length;
}

/** @returns false when they were not blocked @throws BouncerError `store_unavailable` */
export async function unblockPerson(store: Store, email: string): Promise<boolean> {
  const address = email.toLowerCase();
  const wasBlocked = await store.persons.unblock(address);
  if (wasBlocked) await keepAct(store, { kind: 'person_unblocked', email: address });
  return wasBlocked;
}

/** @throws BouncerError `store_unavailable` */
export async function exportPerson(store: Store, email: string): Promise<StoredAboutPerson> {
  const address = email.toLowerCase();
  const blocked = (await store.persons.listBlocked()).find((one) => one.email === address);
  const logins = await store.sessions.list({ by: 'email', email: address });
  return {
    email: address,
    blockedAtMs: blocked?.blockedAtMs ?? null,
    sessions: logins.map((listed) => ({
      ...listedSession(listed),
      authMethods: listed.login.identity.amr,
      claims: listed.login.identity.claims,
      userAgent: listed.login.userAgent,
    })),
    hardwareKeys: await listMeant(store, await keysMeantBy(store, address)),
    wantsLoginLetters: (
      await Promise.all(logins.map(({ login }) => wantsLetters(store.once, login.identity, store.now())))
    ).includes(true),
    passkeys: await store.passkeys.listPasskeys(address),
    keptForms: await store.forms.listForms(address),
    accessRequests: (await store.access.listRequests(0)).filter((one) => one.email === address),
    grants: (await store.access.listGrants()).filter((one) => one.email === address),
  };
}

export interface ErasedOfPerson {
  readonly logins: number;
  readonly hardwareKeys: number;
  readonly passkeys: number;
  readonly keptForms: number;
  /** Requests for access, and grants. */
  readonly access: number;
  /** A block stays. */
  readonly isBlocked: boolean;
}

/**
 * Removes what is stored about a person. A block stays: it is what keeps them out, and holds nothing but the address.
 *
 * @returns how many of each were removed, and whether a block stays
 * @throws BouncerError `store_unavailable`
 */
export async function erasePerson(store: Store, email: string): Promise<ErasedOfPerson> {
  const address = email.toLowerCase();
  for (const to of ['passkey', 'hardware-key'] as const)
    await takeBackInvitations(store.once, to, address, store.now());
  // Before the logins end, so that none begins by one of them meanwhile.
  const passkeys = await store.passkeys.listPasskeys(address);
  for (const { id } of passkeys) await store.passkeys.removePasskey(id);
  const meant = await keysMeantBy(store, address);
  for (const { login } of await store.sessions.list({ by: 'email', email: address }))
    await wishLetters(store.once, login.identity, null);
  const ended = [...(await store.sessions.endLogins({ by: 'email', email: address }))];
  // After the logins ended, so that none of them enrols another meanwhile.
  const keys = await listMeant(store, meant);
  for (const { idp, sub, id } of keys) {
    await store.hardwareKeys.removeKey(idp, sub, id);
    // Whoever had the address before, and another one by now: no login goes on with a key that is gone.
    ended.push(...(await store.sessions.endLogins({ by: 'subject', idp, sub })));
  }
  await keepEnds(store, 'person-erased', ended);
  // After the logins: their ends are remembered by address, too.
  const access = await store.access.eraseAccess(address);
  const keptForms = await store.forms.eraseForms(address);
  return {
    logins: ended.length,
    hardwareKeys: keys.length,
    passkeys: passkeys.length,
    keptForms,
    access,
    isBlocked: await store.persons.isBlocked(address),
  };
}
