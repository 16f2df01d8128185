// The letter that brings a code. It names the site, the browser that asked and how long the code holds; it has no link, as who is
// used to links in such letters follows those of others too.
import { browserKindOf } from '../../http/browser-kind.ts';
import type { Letter } from '../../mail/letter.ts';
import { sayBrowser } from '../../texts/say-browser.ts';
import { fillText, textsIn } from '../../texts/texts.ts';
import type { CodeAsk } from '../identity-provider.ts';
import { pinTimeMs } from './pin-desk.ts';
import { pinLengths } from './typed-digits.ts';

/** @param authUrl the origin where the person typed their address */
export function pinLetter(ask: CodeAsk, pin: string, authUrl: string, nowMs: number): Letter {
  const site = new URL(authUrl).host;
  const name = ask.applicationName ?? site;
  const texts = textsIn(ask.language);
  const { letters } = texts;
  const { code } = letters;
  const askedAt = new Date(nowMs).toISOString().slice(0, 16).replace('T', ' ');
  const isLong = pin.length > pinLengths.usual;
  const shown = isLong ? `${pin.slice(0, pin.length / 2)} ${pin.slice(pin.length / 2)}` : pin;
  return {
    to: ask.email,
    language: ask.language,
    subject: fillText(code.subject, { name }),
    title: fillText(code.title, { pin: shown, name }),
    code: shown,
    text: [
      ...(isLong ? [code.longer] : []),
      fillText(code.typeIt, { minutes: pinTimeMs / 60_000 }),
      fillText(code.never, { site }),
    ],
    facts: [
      { name: letters.site, value: site },
      ...(ask.applicationName === null ? [] : [{ name: letters.for, value: ask.applicationName }]),
      { name: letters.askedFor, value: `${askedAt} UTC` },
      { name: letters.with, value: sayBrowser(browserKindOf(ask.userAgent), texts) },
      ...(ask.ip === null ? [] : [{ name: letters.address, value: ask.ip }]),
    ],
    closing: code.closing,
  };
}
