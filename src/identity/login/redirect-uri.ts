// The address that each provider sends people back to: one for each, so that no provider can answer for another.

/** What to register with the provider `id`. @param authUrl the origin of `auth_url` */
export function redirectUriOf(authUrl: string, id: string): string {
  return `${authUrl}/.bouncer/callback/${id}`;
}
