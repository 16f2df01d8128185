// The letter that tells a person of a new login, where they want it: whether they do, and what it says. The store keeps the wish under a
// hash, with no address.
import type { Language } from '../http/accept-language.ts';
import { browserKindOf } from '../http/browser-kind.ts';
import { parseTypedAddress } from '../http/email-address.ts';
import type { Letter } from '../mail/letter.ts';
import type { OnceStore } from '../store/once-store.ts';
import { sayBrowser } from '../texts/say-browser.ts';
import { sayWay } from '../texts/say-way.ts';
import { fillText, textsIn } from '../texts/texts.ts';
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
  readonly language: Language;
  readonly authUrl: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

export function loginLetter(told: NewLogin): Letter {
  const { email, label, ip, userAgent, language, authUrl, atMs } = told;
  const texts = textsIn(language);
  const { letters } = texts;
  const { login } = letters;
  const site = new URL(authUrl).host;
  const at = new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
  return {
    to: email,
    language,
    subject: fillText(login.subject, { site }),
    title: login.title,
    code: null,
    text: [login.wasYou, fillText(login.notYou, { site })],
    facts: [
      { name: letters.site, value: site },
      { name: letters.when, value: `${at} UTC` },
      { name: letters.with, value: sayBrowser(browserKindOf(userAgent), texts) },
      { name: letters.by, value: sayWay(label, texts) },
      ...(ip === null ? [] : [{ name: letters.address, value: ip }]),
    ],
    closing: login.closing,
  };
}
