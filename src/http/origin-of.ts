// The origin under which a host is reached: every host has the scheme and port of `auth_url`.

/**
 * The origin of a host (RFC 6454 section 6.2).
 *
 * @param settings whatever has the valid `auth_url`
 * @param host canonical
 */
export function originOf(settings: { readonly authUrl: string }, host: string): string {
  const auth = new URL(settings.authUrl);
  return `${auth.protocol}//${host}${auth.port === '' ? '' : `:${auth.port}`}`;
}

/** The host that `auth_url` names, where people log in. */
export function authHostOf(settings: { readonly authUrl: string }): string {
  return new URL(settings.authUrl).hostname;
}

/** The scheme of every host, which is `auth_url`'s. */
export function schemeOf(settings: { readonly authUrl: string }): 'http' | 'https' {
  return settings.authUrl.startsWith('https:') ? 'https' : 'http';
}
