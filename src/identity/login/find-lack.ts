// What of the needs of a login the provider's answer does not confirm, in words for the operator.
import type { Identity } from '../../rules/model/facts.ts';
import type { IdentityProviderSettings } from '../../settings/settings.ts';
import { listed, seenValue } from '../said-by-provider.ts';
import type { LoginNeeds } from './login-needs.ts';
import type { LoginProblem } from './login-step.ts';

/** A login that is not what it was to be. */
export interface Lack {
  readonly problem: LoginProblem;
  readonly cause: string;
  readonly hint: string;
}

/**
 * Only what the provider says now counts, not what the session had.
 *
 * @param settings the provider's; `null` when they are gone @returns `null` when everything is confirmed
 */
export function findLack(
  { hardwareKey, authTimeMs, amr, acr, idp }: Identity,
  settings: IdentityProviderSettings | null,
  needs: LoginNeeds,
  nowMs: number,
): Lack | null {
  if (needs.isHardwareKey && hardwareKey === null) {
    if (settings?.type === 'email_pin')
      return {
        problem: 'hardware-key-not-confirmed',
        cause: 'the person logged in by a code in a mail, which proves no hardware key',
        hint: 'who needs a key logs in another way: see `login_method` in the rules',
      };
    if (settings?.type === 'github')
      return {
        problem: 'hardware-key-not-confirmed',
        cause: 'GitHub does not say how people log in there, so a hardware key is never confirmed',
        hint: 'who needs a key logs in another way: see `login_method` in the rules',
      };
    if (settings?.type === 'passkey')
      return {
        problem: 'hardware-key-not-confirmed',
        cause:
          'the person logged in by a passkey, which may be on all of their devices and is no hardware key',
        hint: 'who needs a key enrols one beside it: see `hardware_keys` in the settings',
      };
    const wanted = settings?.hardwareKey;
    const said = amr.length === 0 ? 'no `amr`' : `\`amr\` ${listed(amr)}`;
    return {
      problem: 'hardware-key-not-confirmed',
      cause: `the provider said ${said} and ${acr === null ? 'no `acr`' : `\`acr\` ${seenValue(acr)}`}, and ${listed(wanted?.amr ?? [])} among \`amr\`, or ${listed(wanted?.acr ?? [])} as \`acr\`, is wanted`,
      hint: `if it says a used key by another word, add that to \`hardware_key\` of \`${idp}\`; if it asked for no key, see \`acr_values\` there`,
    };
  }
  const { maxAgeSeconds } = needs;
  if (maxAgeSeconds === null) return null;
  const ageSeconds = authTimeMs === null ? null : Math.round((nowMs - authTimeMs) / 1000);
  if (authTimeMs !== null && nowMs - authTimeMs <= maxAgeSeconds * 1000) return null;
  return {
    problem: 'fresh-login-not-confirmed',
    cause: `${ageSeconds === null ? 'the provider sent no `auth_time`' : `\`auth_time\` is ${ageSeconds} s ago`}, and at most ${maxAgeSeconds} s is wanted`,
    hint: `let \`${idp}\` honour \`max_age\` and send \`auth_time\`; is its clock right?`,
  };
}
