// The letters about access for a time: to those who may give it, and to who asked for it.
import type { Language } from '../../http/accept-language.ts';
import type { Letter } from '../../mail/letter.ts';
import type { StoredGrant, StoredRequest } from '../../store/access-store.ts';
import { sayDuration } from '../../texts/say-duration.ts';
import { fillText, textsIn } from '../../texts/texts.ts';
import type { Texts } from '../../texts/texts-shape.ts';
import { approvalsPath } from './access-paths.ts';

export interface LetterContext {
  readonly authUrl: string;
  /** What people call the application. */
  readonly label: string;
  readonly language: Language;
}

/** What is asked for, in words. */
export function wordsFor(application: string, area: string | null, { access }: Texts): string {
  return area === null ? application : fillText(access.below, { application, path: area });
}

export function requestLetter(
  to: string,
  request: StoredRequest,
  { authUrl, label: application, language }: LetterContext,
): Letter {
  const texts = textsIn(language);
  const { letters } = texts;
  const { access: words } = letters;
  const { email, name, purpose } = request;
  const site = new URL(authUrl).host;
  return {
    to,
    language,
    subject: fillText(words.askSubject, { email, application }),
    title: fillText(words.askTitle, { what: wordsFor(application, request.area, texts) }),
    code: null,
    link: { label: words.link, href: `${authUrl}${approvalsPath}?request=${request.id}` },
    text: [words.doYouKnow, words.doNothing],
    facts: [
      { name: letters.site, value: site },
      { name: words.who, value: name === null ? email : `${name}, ${email}` },
      { name: letters.for, value: sayDuration(request.durationMs, texts) },
      { name: words.why, value: purpose === '' ? words.noPurpose : purpose },
    ],
    closing: fillText(words.askClosing, { site }),
  };
}

/** @param grant `null`: they said no */
export function answerLetter(
  request: StoredRequest,
  grant: StoredGrant | null,
  { authUrl, label: application, language }: LetterContext,
): Letter {
  const texts = textsIn(language);
  const { letters } = texts;
  const { access: words } = letters;
  const site = new URL(authUrl).host;
  const what = wordsFor(application, request.area, texts);
  const isGiven = grant !== null;
  return {
    to: request.email,
    language,
    subject: fillText(isGiven ? words.givenSubject : words.refusedSubject, { application }),
    title: fillText(isGiven ? words.givenTitle : words.refusedTitle, { what }),
    code: null,
    text: [isGiven ? words.given : words.refused],
    facts: [
      { name: letters.site, value: site },
      ...(isGiven ? [{ name: words.until, value: timeWords(grant.endsAtMs) }] : []),
    ],
    closing: fillText(words.answerClosing, { site }),
  };
}

/** `2026-03-02 09:30 UTC`. */
export function timeWords(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
