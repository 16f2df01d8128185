// What operators do about passkeys from outside of a running process, through the store it shares.
import type { PasskeyProviderSettings } from '../../settings/settings.ts';
import type { StoredPasskey } from '../../store/passkey-store.ts';
import { sealingKeyOf } from '../../store/sealing-key.ts';
import type { Store } from '../../store/store.ts';
import { takeBackInvitations } from '../hardware-keys/invitation-time.ts';
import { passkeyRemovedAct } from '../hardware-keys/operator-acts.ts';
import { createSealer } from '../sealer.ts';
import { makePasskeyInvitation, type PasskeyWish } from './passkey-invitation.ts';

/** The page of passkeys, on `auth_url`. */
const passkeyPath = '/.bouncer/passkey';

/**
 * @returns the address that lets whoever opens it enrol a passkey as this person, once, within a day
 * @throws BouncerError `store_unavailable`
 */
export async function inviteToPasskey(store: Store, authUrl: string, wish: PasskeyWish): Promise<string> {
  const sealer = createSealer(await sealingKeyOf(store.secrets));
  return `${authUrl}${passkeyPath}?invitation=${makePasskeyInvitation(sealer, wish, store.now())}`;
}

/**
 * Removes passkeys, takes back the invitations of an address, and ends all logins of those whose they were, at once. A running process
 * tells the log and the owners.
 *
 * @param whose an address, lower case, or the id of one passkey @param provider `null`: the settings have none any more
 * @throws BouncerError `store_unavailable`
 */
export async function removePasskeys(
  store: Store,
  provider: PasskeyProviderSettings | null,
  whose: { readonly email: string } | { readonly id: string },
): Promise<readonly StoredPasskey[]> {
  const { passkeys, sessions, acts } = store;
  if ('email' in whose) await takeBackInvitations(store.once, 'passkey', whose.email, store.now());
  const found = 'id' in whose ? await passkeys.findPasskey(whose.id) : null;
  const meant = 'email' in whose ? await passkeys.listPasskeys(whose.email) : found === null ? [] : [found];
  const removed: StoredPasskey[] = [];
  for (const passkey of meant) {
    if (await passkeys.removePasskey(passkey.id)) {
      removed.push(passkey);
      await acts.addAct(passkeyRemovedAct(passkey, store.now()));
    }
    if (provider !== null) await sessions.endLogins({ by: 'subject', idp: provider.id, sub: passkey.email });
  }
  return removed;
}
