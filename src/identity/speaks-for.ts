// Which provider's word counts for an address: the one place that compares domains for that.
import type { IdentityProviderSettings } from '../settings/settings.ts';

/** Whether the provider may vouch for an address of this domain. @param email in lower case */
export function speaksFor(
  { emailDomains, othersEmailDomains }: Pick<IdentityProviderSettings, 'emailDomains' | 'othersEmailDomains'>,
  email: string,
): boolean {
  const domain = email.slice(email.lastIndexOf('@') + 1);
  if (othersEmailDomains.includes(domain)) return false;
  return emailDomains === null || emailDomains.includes(domain);
}
