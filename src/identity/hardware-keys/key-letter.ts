// The letter to the owner of a hardware key or passkey when one was enrolled or removed in their name. It has no link, as who is used
// to links in such letters follows those of others too.
import { describeBrowser } from '../../http/browser-words.ts';
import type { Letter } from '../../mail/letter.ts';

export interface KeyNews {
  readonly email: string;
  readonly label: string;
  /** The visit that it was done in; `null`: an operator did it. */
  readonly from: { readonly ip: string | null; readonly userAgent: string | undefined } | null;
  readonly authUrl: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

const words = {
  hardware_key_enrolled: {
    subject: 'A security key was added to your account',
    title: 'A security key was added to your account.',
    closing: 'That was not you? Tell whoever runs this site at once: somebody else can prove to be you.',
  },
  hardware_key_removed: {
    subject: 'A security key was removed from your account',
    title: 'A security key was removed from your account, and you were logged out everywhere.',
    closing: 'That was not you? Tell whoever runs this site at once.',
  },
  passkey_enrolled: {
    subject: 'A passkey was added to your account',
    title: 'A passkey was added to your account. Whoever has it can log in as you.',
    closing: 'That was not you? Tell whoever runs this site at once.',
  },
  passkey_removed: {
    subject: 'A passkey was removed from your account',
    title: 'A passkey was removed from your account, and you were logged out everywhere.',
    closing: 'That was not you? Tell whoever runs this site at once.',
  },
} as const;

export function keyLetter(event: keyof typeof words, news: KeyNews): Letter {
  const { subject, title, closing } = words[event];
  const site = new URL(news.authUrl).host;
  const at = new Date(news.atMs).toISOString().slice(0, 16).replace('T', ' ');
  return {
    to: news.email,
    subject: `${subject} at ${site}`,
    title,
    code: null,
    text: [],
    facts: [
      { name: 'Site', value: site },
      { name: 'Key', value: news.label },
      { name: 'When', value: `${at} UTC` },
      ...factsOf(news),
    ],
    closing,
  };
}

function factsOf({ from }: KeyNews): Letter['facts'] {
  if (from === null) return [{ name: 'By', value: 'whoever runs this site' }];
  const { ip, userAgent } = from;
  return [
    { name: 'With', value: describeBrowser(userAgent) },
    ...(ip === null ? [] : [{ name: 'Address', value: ip }]),
  ];
}
