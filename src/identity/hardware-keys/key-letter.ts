// The letter to the owner of a hardware key or passkey when one was enrolled or removed in their name. It has no link, as who is used
// to links in such letters follows those of others too.
import type { Language } from '../../http/accept-language.ts';
import { browserKindOf } from '../../http/browser-kind.ts';
import type { Letter } from '../../mail/letter.ts';
import { sayBrowser } from '../../texts/say-browser.ts';
import { fillText, textsIn } from '../../texts/texts.ts';
import type { Texts } from '../../texts/texts-shape.ts';

export interface KeyNews {
  readonly email: string;
  readonly label: string;
  /** The visit that it was done in; `null`: an operator did it. */
  readonly from: {
    readonly ip: string | null;
    readonly userAgent: string | undefined;
    readonly language: Language;
  } | null;
  readonly authUrl: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** What operators do is told in English: nobody knows what the owner reads. */
export function keyLetter(event: keyof Texts['letters']['keys'], news: KeyNews): Letter {
  const texts = textsIn(news.from?.language ?? 'en');
  const { letters, language } = texts;
  const { subject, title, closing } = letters.keys[event];
  const site = new URL(news.authUrl).host;
  const at = new Date(news.atMs).toISOString().slice(0, 16).replace('T', ' ');
  return {
    to: news.email,
    language,
    subject: fillText(subject, { site }),
    title,
    code: null,
    text: [],
    facts: [
      { name: letters.site, value: site },
      { name: letters.key, value: news.label },
      { name: letters.when, value: `${at} UTC` },
      ...factsOf(news, texts),
    ],
    closing,
  };
}

function factsOf({ from }: KeyNews, texts: Texts): Letter['facts'] {
  const { letters } = texts;
  if (from === null) return [{ name: letters.doneBy, value: letters.operator }];
  return [
    { name: letters.with, value: sayBrowser(browserKindOf(from.userAgent), texts) },
    ...(from.ip === null ? [] : [{ name: letters.address, value: from.ip }]),
  ];
}
