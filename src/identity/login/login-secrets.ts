// What a login keeps of its provider, sealed to that login: tokens for logout and for checking again, and which document of the
// provider's brought what. They go nowhere else.

import { isRecord } from '../../source/is-record.ts';
import type { FactSources } from '../identity-provider.ts';
import type { Sealer } from '../sealer.ts';

export interface LoginSecrets {
  readonly idToken: string | null;
  readonly refreshToken: string | null;
  readonly sources: FactSources;
}

/** A longer ID token is not kept for the logout. One with 200 groups, the most that Entra ID sends, has about 12,000 characters. */
const maxIdTokenLength = 16 * 1024;

/** @returns `null` when there is nothing to keep */
export function sealLoginSecrets(sealer: Sealer, loginId: string, secrets: LoginSecrets): string | null {
  const idToken =
    secrets.idToken !== null && secrets.idToken.length <= maxIdTokenLength ? secrets.idToken : null;
  const { refreshToken, sources } = secrets;
  if (idToken === null && refreshToken === null) return null;
  return sealer.seal('login-secrets', { idToken, refreshToken, sources }, [loginId]);
}

/** Nothing is there when nothing was kept or it was sealed under another key. */
export function openLoginSecrets(sealer: Sealer, loginId: string, sealed: string | null): LoginSecrets {
  const value = sealed === null ? undefined : sealer.open('login-secrets', sealed, [loginId]);
  if (!isRecord(value)) return { idToken: null, refreshToken: null, sources: {} };
  const { idToken, refreshToken, sources } = value;
  return {
    idToken: typeof idToken === 'string' ? idToken : null,
    refreshToken: typeof refreshToken === 'string' ? refreshToken : null,
    // Sealed here, and so of the shape that it was given.
    sources: isRecord(sources) ? (sources as FactSources) : {},
  };
}
