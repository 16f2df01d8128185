// Where GitHub is asked: people at one address, programs at another. Pure.

export interface GithubAddresses {
  readonly authorize: string;
  readonly token: string;
  /** The beginning of every address of its REST API, without a `/` at its end. */
  readonly api: string;
}

/**
 * @param url an origin: `https://github.com`, an enterprise's `https://<name>.ghe.com`, or a GitHub Enterprise Server's own
 */
export function githubAddresses(url: string): GithubAddresses {
  const { origin, protocol, host, hostname } = new URL(url);
  const isHosted = hostname === 'github.com' || hostname.endsWith('.ghe.com');
  return {
    authorize: `${origin}/login/oauth/authorize`,
    token: `${origin}/login/oauth/access_token`,
    api: isHosted ? `${protocol}//api.${host}` : `${origin}/api/v3`,
  };
}

/** Where a person sees what an app may see of them, and asks an organisation's owners to approve it. */
export function grantAddress(url: string, clientId: string): string {
  // GitHub Apps have other client ids than OAuth apps, and another page.
  if (clientId.startsWith('Iv')) return `${new URL(url).origin}/settings/apps/authorizations`;
  return `${new URL(url).origin}/settings/connections/applications/${encodeURIComponent(clientId)}`;
}
