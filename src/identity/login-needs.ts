// What a login has to bring beyond a name: a hardware key, a fresh login. How that travels in URLs, and whether it is met.
import type { Missing } from '../rules/decision.ts';
import type { Identity } from '../rules/facts.ts';
import type { LoginUrl } from './login-step.ts';

export interface LoginNeeds {
  readonly isHardwareKey: boolean;
  /** How old the login, and the key's use where one is needed, may be at most. Whole seconds; `null`: any age. */
  readonly maxAgeSeconds: number | null;
}

/** Whether anything is needed at all. */
export function hasNeeds(needs: LoginNeeds): boolean {
  return needs.isHardwareKey || needs.maxAgeSeconds !== null;
}

/** The query parameters that say it; the strictest age of all that is missing. */
function parametersOf(missing: readonly Missing[]): string {
  let isHardwareKey = false;
  let maxAgeMs: number | null = null;
  for (const item of missing) {
    if (item.what === 'login') continue;
    if (item.what === 'hardware_key') isHardwareKey = true;
    if (item.maxAgeMs !== null) maxAgeMs = Math.min(maxAgeMs ?? item.maxAgeMs, item.maxAgeMs);
  }
  return (
    (isHardwareKey ? '&step_up=hardware_key' : '') +
    (maxAgeMs === null ? '' : `&max_age=${Math.max(0, Math.floor(maxAgeMs / 1000))}`)
  );
}

/** See {@link LoginUrl}. */
export const loginUrl: LoginUrl = (returnTo, missing) =>
  `/.bouncer/login?return_to=${encodeURIComponent(returnTo)}${parametersOf(missing)}`;

/** Reads `step_up` and `max_age`; `null` when they make no sense. */
export function readNeeds(query: ReadonlyMap<string, string>): LoginNeeds | null {
  const stepUp = query.get('step_up');
  const maxAge = query.get('max_age');
  if (stepUp !== undefined && stepUp !== 'hardware_key') return null;
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge)) return null;
  return { isHardwareKey: stepUp !== undefined, maxAgeSeconds: maxAge === undefined ? null : Number(maxAge) };
}

/** Whether an identity has what is needed, counted as policies count: without any tolerance, so that no login is sent round in circles. */
export function meetsNeeds(identity: Identity, needs: LoginNeeds, nowMs: number): boolean {
  const oldestMs =
    needs.maxAgeSeconds === null ? Number.NEGATIVE_INFINITY : nowMs - needs.maxAgeSeconds * 1000;
  if (!needs.isHardwareKey) return identity.authTimeMs >= oldestMs;
  return identity.hardwareKey !== null && identity.hardwareKey.usedAtMs >= oldestMs;
}
