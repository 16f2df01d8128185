// When a login needs a key, whose is asked for: the identity provider's word, or bouncer's own ceremony.
import type { Identity } from '../../rules/model/facts.ts';
import type { LoginContext } from './login-context.ts';
import type { LoginNeeds } from './login-needs.ts';
import { type LoginRequest, sealRequest } from './login-records.ts';

/** The page for everything about keys, on `auth_url`. */
export const keyPath = '/.bouncer/hardware-key';

/** Where a step-up with an own key goes on, for somebody who is logged in. */
export function keyStepUpUrl(
  { sealer }: LoginContext,
  request: Omit<LoginRequest, 'expiresAtMs'>,
  nowMs: number,
): string {
  const { end, needs } = request;
  return `${keyPath}?request=${sealRequest(sealer, { end, needs }, nowMs)}`;
}

/** Whether an own key may be what is lacking. */
export function mayUseOwnKey({ settings }: Pick<LoginContext, 'settings'>, needs: LoginNeeds): boolean {
  return settings.hardwareKeys !== null && needs.isHardwareKey && needs.keySource !== 'provider';
}

/**
 * Whether an own key is asked for rather than the provider: where only that counts, where this provider cannot be asked for one, and
 * where the person used one before.
 */
export function asksOwnKey(
  { settings, providers }: Pick<LoginContext, 'settings' | 'providers'>,
  needs: LoginNeeds,
  { idp, ownKey }: Pick<Identity, 'idp' | 'ownKey'>,
): boolean {
  if (needs.isOtherAccount || !mayUseOwnKey({ settings }, needs)) return false;
  if (needs.keySource === 'bouncer' || ownKey !== undefined) return true;
  const provider = providers.find(idp)?.settings;
  return provider?.type !== 'oidc' || provider.hardwareKey.acrValues === null;
}

/** What providers know nothing of and take away from nobody: it stays when they say anew who the person is. */
export function ownKeyOf({ ownKey }: Identity): Pick<Identity, 'ownKey'> {
  return ownKey === undefined ? {} : { ownKey };
}
