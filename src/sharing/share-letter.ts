// The letter to somebody for whom something is shared. It names who shares by the address that their provider vouches for, and holds no
// word of theirs: bouncer sends nobody's mail.
import type { Letter } from '../mail/letter.ts';

export interface ShareLetterParts {
  readonly to: string;
  /** Whoever shares; `null`: they have no address. */
  readonly by: string | null;
  readonly url: string;
  readonly authUrl: string;
  readonly expiresAtMs: number;
}

export function shareLetter({ to, by, url, authUrl, expiresAtMs }: ShareLetterParts): Letter {
  const site = new URL(authUrl).host;
  const until = new Date(expiresAtMs).toISOString().slice(0, 16).replace('T', ' ');
  const who = by ?? `Somebody with an account at ${site}`;
  return {
    to,
    language: 'en',
    subject: `${who} shares a page with you`,
    title: `${who} shares a page with you, from their own computer.`,
    code: null,
    text: [
      `Its address is below: open it in your browser, and log in as ${to}. Nobody but the people whom ${by ?? 'they'} named can see it.`,
      `The page is made by whoever shares it, and not by ${site}. It will never ask for a password of ${site}: if it does, leave it.`,
    ],
    facts: [
      { name: 'Address', value: url },
      { name: 'You log in at', value: site },
      { name: 'Until', value: `${until} UTC, or sooner` },
    ],
    closing: `You do not know ${by ?? 'who that is'}? Then there is nothing to do, and nothing to open.`,
  };
}
