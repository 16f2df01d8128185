// Where the operator's logo is: an address that changes with the file.
import type { Settings } from '../settings/settings.ts';

export const logoPath = '/.bouncer/logo';

/** For the pages' policy; `null`: there is no logo. */
export function logoAddress({ authUrl, branding }: Pick<Settings, 'authUrl' | 'branding'>): string | null {
  return branding.logo === null ? null : `${authUrl}${logoPath}`;
}

/** For the pages themselves. */
export function logoHref(settings: Pick<Settings, 'authUrl' | 'branding'>): string | null {
  const { logo } = settings.branding;
  return logo === null ? null : `${settings.authUrl}${logoPath}?v=${logo.version}`;
}

/** @param query as sent, untrusted */
export function logoVersionIn(query: string): string | null {
  return /^\?v=([\w-]{16})$/.exec(query)?.[1] ?? null;
}
