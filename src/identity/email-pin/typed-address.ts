// The address that a person typed to get a code, as policies know it: one that mail can go to. Nothing in it means anything in a header.
import { parseTypedAddress } from '../../http/email-address.ts';

/** @returns as {@link parseTypedAddress}; `null` also for a domain that is on no mail server of the world, such as a single name */
export function parseMailAddress(text: string): string | null {
  const email = parseTypedAddress(text);
  if (email === null) return null;
  const domain = email.slice(email.lastIndexOf('@') + 1);
  return !domain.includes('.') || /^[0-9.]+$/.test(domain) ? null : email;
}
