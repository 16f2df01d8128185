// The letter that tells a person of a new login, where they want it: whether they do, and what it says. The store keeps the wish under a
// hash, with no address.
import { describeBrowser } from '../http/browser-words.ts';
import { parseTypedAddress } from '../http/email-address.ts';
import type { Letter } from '../mail/letter.ts';
import type { OnceStore } from '../store/once-store.ts';
import { hashToken } from './opaque-token.ts';

/** A wish is forgotten so long after it was said or last acted on, milliseconds: 400 days. */
const rememberMs = 400 * 86_400_000;

/** One person, as one provider knows them. */
export interface Subject {
  readonly idp: string;
  readonly sub: string;
}

function keyOf({ idp, sub }: Subject): string {
  return `login-letter:${hashToken(JSON.stringify([idp, sub]))}`;
}

/** @throws BouncerError `store_unavailable` */
export async function wantsLetters(once: OnceStore, subject: Subject, nowMs: number): Promise<boolean> {
  return (await once.look(keyOf(subject), nowMs)) !== null;
}

/** @param atMs when it was said; `null`: they want none (any more) @throws BouncerError `store_unavailable` */
export async function wishLetters(once: OnceStore, subject: Subject, atMs: number | null): Promise<void> {
  // A value is put under a fresh key alone.
  await once.take(keyOf(subject), atMs ?? 0);
  if (atMs !== null) await once.put(keyOf(subject), 'yes', atMs + rememberMs);
}

/**
 * Whether mail can reach an address at all. GitHub hands out addresses that take none.
 *
 * @param email as a login has it
 */
export function takesMail(email: string | null): email is string {
  if (email === null || parseTypedAddress(email) === null) return false;
  const domain = email.slice(email.lastIndexOf('@') + 1);
  return domain.includes('.') && !/^[0-9.]+$/.test(domain) && !domain.endsWith('noreply.github.com');
}

/** @property label of the way that it was made by */
export interface NewLogin {
  readonly email: string;
  readonly label: string;
  readonly ip: string | null;
  readonly userAgent: string | undefined;
  readonly authUrl: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

export function loginLetter({ email, label, ip, userAgent, authUrl, atMs }: NewLogin): Letter {
  const site = new URL(authUrl).host;
  const at = new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
  return {
    to: email,
    subject: `A new login at ${site}`,
    title: 'Somebody logged in as you, in a browser that was not told of before.',
    code: null,
    text: [
      'Was it you? Then there is nothing to do.',
      `It was not you? Open ${site} as you always do, look at “Where you are logged in”, and end what you do not know. Then change your password where you log in, and tell whoever runs the site.`,
    ],
    facts: [
      { name: 'Site', value: site },
      { name: 'When', value: `${at} UTC` },
      { name: 'With', value: describeBrowser(userAgent) },
      { name: 'By', value: label },
      ...(ip === null ? [] : [{ name: 'Address', value: ip }]),
    ],
    closing: 'You get this letter because you asked for it, on the page “Where you are logged in”.',
  };
}
