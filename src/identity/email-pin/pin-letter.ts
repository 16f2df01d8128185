// The letter that brings a code. It names the site, the browser that asked and how long the code holds; it has no link, as who is
// used to links in such letters follows those of others too.
import { describeBrowser } from '../../http/browser-words.ts';
import type { Letter } from '../../mail/letter.ts';
import type { CodeAsk } from '../identity-provider.ts';
import { pinTimeMs } from './pin-desk.ts';

/** @param authUrl the origin where the person typed their address */
export function pinLetter(ask: CodeAsk, pin: string, authUrl: string, nowMs: number): Letter {
  const site = new URL(authUrl).host;
  const name = ask.applicationName ?? site;
  const askedAt = new Date(nowMs).toISOString().slice(0, 16).replace('T', ' ');
  return {
    to: ask.email,
    subject: `Your code for ${name}`,
    title: `${pin} is your code to log in to ${name}.`,
    code: pin,
    text: [
      `Type it into the page that asked for it. It holds for ${pinTimeMs / 60_000} minutes and works once.`,
      `Never give it to anybody, not even to somebody who says that they are from ${site}: whoever has it can log in as you.`,
    ],
    facts: [
      { name: 'Site', value: site },
      ...(ask.applicationName === null ? [] : [{ name: 'For', value: ask.applicationName }]),
      { name: 'Asked for', value: `${askedAt} UTC` },
      { name: 'With', value: describeBrowser(ask.userAgent) },
      ...(ask.ip === null ? [] : [{ name: 'Address', value: ask.ip }]),
    ],
    closing: 'You did not ask for it? Then there is nothing to do: without this code nobody gets in.',
  };
}
