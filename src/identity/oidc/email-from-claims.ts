// The address that a provider vouches for, and why there is none. One reading for logins and for what `explain` is told.

import { parseEmailAddress } from '../../http/email-address.ts';
import { isEntra, servesStrangers } from '../../http/issuers.ts';
import type { EmailFault } from '../../rules/model/facts.ts';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import { speaksFor } from '../speaks-for.ts';
import type { Claims } from './claim-at.ts';

export interface EmailReading {
  /** As {@link parseEmailAddress} gives it. */
  readonly email: string | null;
  /** `null` exactly where there is an address. */
  readonly fault: EmailFault | null;
}

type EmailSettings = Pick<
  OidcProviderSettings,
  'issuer' | 'emailVerified' | 'emailDomains' | 'othersEmailDomains'
>;

/**
 * Reads the address of one person.
 *
 * @param sources what the provider said. Address and verification come from one of them: never the address of one with the
 *   `true` of the other
 */
export function emailFromClaims(settings: EmailSettings, sources: readonly Claims[]): EmailReading {
  const source =
    sources.find((one) => speaksOfVerification(settings, one)) ?? sources.find((one) => isSaid(one, 'email'));
  if (source === undefined || !isSaid(source, 'email')) return { email: null, fault: 'email-missing' };
  const email = parseEmailAddress(source['email']);
  if (email === null) return { email, fault: 'email-malformed' };
  if (!speaksFor(settings, email)) return { email: null, fault: 'email-outside-provider' };
  return isVerified(settings, source) ? { email, fault: null } : { email: null, fault: 'email-not-verified' };
}

/** A claim that is `null` was not said (OpenID Connect Core section 5.3.2). */
function isSaid(source: Claims, name: string): boolean {
  return Object.hasOwn(source, name) && (source[name] ?? null) !== null;
}

/** Whether this source says that the address is verified, or that it is not: then it is the one that counts. */
export function speaksOfVerification({ issuer }: Pick<EmailSettings, 'issuer'>, source: Claims): boolean {
  return isSaid(source, 'email_verified') || (isEntra(issuer) && isSaid(source, 'xms_edov'));
}

/**
 * Entra ID does not send `email_verified`; its optional claim `xms_edov` says that the owner of the domain stands behind the
 * address. Where every tenant of the world can log in, no other word counts.
 */
function isVerified({ issuer, emailVerified }: EmailSettings, source: Claims): boolean {
  const edov = isEntra(issuer) && Object.hasOwn(source, 'xms_edov') ? (source['xms_edov'] ?? null) : null;
  const isOwned = edov === true || edov === 1 || edov === '1' || edov === 'true';
  if (isEntra(issuer) && servesStrangers(issuer)) return isOwned;
  const claim = Object.hasOwn(source, 'email_verified') ? (source['email_verified'] ?? null) : null;
  const word = claim ?? (edov === null ? null : isOwned);
  // Cognito and Apple send it as a text.
  if (word === true || word === 'true') return true;
  return emailVerified === 'ignored' || (emailVerified === 'if_absent' && word === null);
}
