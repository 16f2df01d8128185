// What the address of an identity provider tells about it, for the few whose words mean something else than others'.

const entraHosts = new Set(
  'login.microsoftonline.com login.microsoft.com login.windows.net sts.windows.net login.microsoftonline.us login.partner.microsoftonline.cn login.chinacloudapi.cn'.split(
    ' ',
  ),
);

/** The paths under which Entra ID serves all tenants, or personal accounts; the last is the tenant of the latter. */
const entraForAll = new Set([
  ...['common', 'organizations', 'consumers'],
  '9188040d-6c67-4c5b-b112-36a304b66dad',
]);

/** Where anybody can make an account. */
const publicHosts = new Set(
  'accounts.google.com login.live.com appleid.apple.com gitlab.com www.facebook.com www.linkedin.com id.twitch.tv api.login.yahoo.com www.paypal.com'.split(
    ' ',
  ),
);

function urlOf(issuer: string): URL | null {
  return URL.canParse(issuer) ? new URL(issuer) : null;
}

/** Whether the issuer is Microsoft's Entra ID, of any cloud. */
export function isEntra(issuer: string): boolean {
  return entraHosts.has(urlOf(issuer)?.hostname ?? '');
}

/**
 * Whether Entra ID says another issuer there than the settings would have: below these names its metadata and tokens have that of
 * each person's tenant, so that nobody can log in. Personal accounts have a tenant of their own.
 */
export function isOfNoTenant(issuer: string): boolean {
  const name = urlOf(issuer)?.pathname.split('/')[1]?.toLowerCase() ?? '';
  return isEntra(issuer) && ['common', 'organizations', 'consumers'].includes(name);
}

/** What to write in place of such an issuer. */
export const tenantHint =
  'write the id of your tenant in its place; for personal accounts alone it is `9188040d-6c67-4c5b-b112-36a304b66dad`';

/** Whether people whom nobody here knows can log in there: an address or a group that it does not verify is anybody's. */
export function servesStrangers(issuer: string): boolean {
  const url = urlOf(issuer);
  if (url === null) return false;
  if (publicHosts.has(url.hostname)) return true;
  return entraHosts.has(url.hostname) && entraForAll.has(url.pathname.split('/')[1]?.toLowerCase() ?? '');
}
