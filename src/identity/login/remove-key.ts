// The removal of a hardware key by its owner, from the page of keys.
import type { HardwareKeySettings } from '../../settings/settings.ts';
import type { StoredHardwareKey } from '../../store/hardware-key-store.ts';
import { applicationsThatAsk } from '../hardware-keys/key-operations.ts';
import { isEnrolledFor } from '../hardware-keys/look-at-keys.ts';
import { makeNow } from '../hardware-keys/prove-make.ts';
import type { Session } from '../sessions/session.ts';
import { claimRemoval } from './claim-removal.ts';
import { hasFreshKey } from './key-permission.ts';
import { keyPath } from './key-step-up.ts';
import { fail, type Turn, tellOwner } from './key-turn.ts';
import { clearSessionCookie, type LoginContext } from './login-context.ts';
import type { LoginStep } from './login-step.ts';

/** What stands around a person's keys when one is judged. */
interface Around {
  readonly settings: HardwareKeySettings;
  readonly session: Session;
  /** All of the person's. */
  readonly keys: readonly StoredHardwareKey[];
}

/** Whether it is the only one that answers, while an application asks this person for one: nobody locks themselves out by a click. */
export function isNeeded(
  { rules, store }: Pick<LoginContext, 'rules' | 'store'>,
  { settings, session, keys }: Around,
  key: StoredHardwareKey,
): boolean {
  const answers = (one: StoredHardwareKey): boolean =>
    isEnrolledFor(one, settings.rpId) && makeNow(one, settings.trust).badStatus === null;
  if (!answers(key) || keys.some((one) => one.id !== key.id && answers(one))) return false;
  const { ownKey: _, ...identity } = session.identity;
  return applicationsThatAsk(rules, identity, store.now()).length > 0;
}

/** Needs a key that was used just now: who found an open browser must not take the owner's keys away. Ends all logins of the person. */
export async function removeKey(parts: LoginContext, turn: Turn, id: string): Promise<LoginStep> {
  const { session, settings } = turn;
  const { idp, sub } = session.identity;
  const { hardwareKeys, sessions } = parts.store;
  if (!hasFreshKey(session, parts.store.now())) return fail(parts, turn, 'key-needed-first');
  const back = { kind: 'redirect', location: keyPath, setCookies: [] } as const;
  const look = async (): Promise<StoredHardwareKey | LoginStep> => {
    const keys = await hardwareKeys.keysOf(idp, sub);
    const key = keys.find((one) => one.id === id);
    if (key === undefined) return back;
    return isNeeded(parts, { settings, session, keys }, key) ? fail(parts, turn, 'last-key') : key;
  };
  const key = await claimRemoval(parts, ['hardware-key', idp, sub], look);
  if (key === null) return back;
  if ('kind' in key) return key;
  if (!(await hardwareKeys.removeKey(idp, sub, id))) return back;
  await sessions.endLogins({ by: 'subject', idp, sub });
  tellOwner(parts, turn, 'hardware_key_removed', key);
  return { kind: 'key-removed', setCookies: [clearSessionCookie(parts.settings)] };
}
