// The letter to somebody for whom something is shared. It names who shares by the address that their provider vouches for, and holds no
// word of theirs: bouncer sends nobody's mail.
import type { Language } from '../http/accept-language.ts';
import type { Letter } from '../mail/letter.ts';
import { fillText, textsIn } from '../texts/texts.ts';

export interface ShareLetterParts {
  readonly to: string;
  /** Whoever shares; `null`: they have no address. */
  readonly by: string | null;
  /** That of whoever shares: nothing is known of the reader. */
  readonly language: Language;
  readonly url: string;
  readonly authUrl: string;
  readonly expiresAtMs: number;
}

export function shareLetter({ to, by, language, url, authUrl, expiresAtMs }: ShareLetterParts): Letter {
  const { letters } = textsIn(language);
  const { share } = letters;
  const site = new URL(authUrl).host;
  const until = new Date(expiresAtMs).toISOString().slice(0, 16).replace('T', ' ');
  const who = by ?? fillText(share.somebody, { site });
  return {
    ...{ to, language, code: null },
    subject: fillText(share.subject, { who }),
    title: fillText(share.title, { who }),
    text: [fillText(share.open, { who, email: to }), fillText(share.warning, { site })],
    facts: [
      { name: letters.address, value: url },
      { name: share.logInAt, value: site },
      { name: share.until, value: `${until} UTC` },
    ],
    closing: fillText(share.closing, { who }),
  };
}
