// Every text in every language: there, with the same places, its own, and written as that language is.
import { describe, expect, test } from 'vitest';
import { languages } from '../../src/http/accept-language.ts';
import { isExplained, type Reason, refusals } from '../../src/http/refusals.ts';
import { fillText, piecesOf, sayCount, textsIn } from '../../src/texts/texts.ts';
import { everyText } from './every-text.ts';

const english = everyText(textsIn('en'));
const others = languages.filter((language) => language !== 'en');

/** Words that are the same in some languages. */
const same = new Set([
  'Actions',
  'Application',
  'Code',
  'Contact',
  'Cookies',
  'Name',
  'No',
  'Passkey',
  'Site',
  'Terminal',
  'Terminals: {names}',
  '{count} bytes',
  '{count} minute',
  '{count} minutes',
  '{action}: {who}, {what}',
  'Android',
  'ChromeOS',
  'Linux',
  'Windows',
]);

const placesOf = (text: string) => piecesOf(text).filter((_, index) => index % 2 === 1);

describe.each(others)('the texts in %s', (language) => {
  const texts = everyText(textsIn(language));

  test('are all there, and no other', () => {
    // The reasons of pages that do not explain them are for programs alone.
    const isShown = (place: string) =>
      !place.startsWith('reasons.') || isExplained(place.slice('reasons.'.length) as Reason);
    expect([...texts.keys()].sort()).toEqual([...english.keys()].filter(isShown).sort());
    for (const [place, text] of texts) {
      if (english.get(place) === null) expect(text, place).toBeNull();
      else expect(text?.trim() ?? '', place).not.toBe('');
    }
  });

  test('have the places of the English ones', () => {
    for (const [place, text] of texts) {
      const own = new Set(placesOf(text ?? ''));
      expect([...own].sort(), place).toEqual([...new Set(placesOf(english.get(place) ?? ''))].sort());
    }
  });

  test('are not English', () => {
    const untranslated = [...texts].filter(
      ([place, text]) =>
        place !== 'language' && text !== null && text === english.get(place) && !same.has(text),
    );
    expect(untranslated).toEqual([]);
  });

  test('name each page that they quote as it is called', () => {
    const { common, letters } = textsIn(language);
    expect(letters.login.notYou).toContain(common.whereLoggedIn);
    expect(letters.login.closing).toContain(common.whereLoggedIn);
  });
});

describe.each(languages)('the sentences in %s', (language) => {
  const texts = [...everyText(textsIn(language))].flatMap(([place, text]) =>
    text === null || place.startsWith('reasons.') ? [] : [[place, text] as const],
  );

  test('are typeset: no straight quotation marks, no spaces at an end or two in a row, no stray brace', () => {
    const wrong = texts.filter(([, text]) => /["']|^\s|\s$|\s\s|\.\.\.|--/.test(text));
    expect(wrong).toEqual([]);
    const braces = texts.filter(([, text]) =>
      /[{}]/.test(
        piecesOf(text)
          .filter((_, i) => i % 2 === 0)
          .join(''),
      ),
    );
    expect(braces).toEqual([]);
  });

  test('quote as the language does', () => {
    const marks = { en: '“”', pt: '“”', es: '«»', de: '„“', fr: '«»' }[language];
    const wrong = texts.filter(([, text]) => /[“”„«»]/.test(text.replace(new RegExp(`[${marks}]`, 'g'), '')));
    expect(wrong).toEqual([]);
  });

  test('of a page are a title without a stop and whole sentences', () => {
    const { problems, refusals: pages } = textsIn(language);
    for (const [name, { title, text }] of Object.entries({ ...problems, ...pages })) {
      expect(title, name).toMatch(/^\p{Lu}.*[^.]$/u);
      expect(text, name).toMatch(/^\p{Lu}.*\.$/su);
    }
  });

  test('end as sentences where the English ones do', () => {
    const ends = (text: string) => /[.?!]$/.test(text);
    const titles = /title$|Title$|\.question$/;
    const wrong = texts.filter(
      ([place, text]) => !titles.test(place) && ends(text) !== ends(english.get(place) ?? ''),
    );
    expect(wrong).toEqual([]);
  });
});

test('French sets a space that does not break before its high marks and within its quotation marks', () => {
  const wrong = [...everyText(textsIn('fr'))].filter(
    ([, text]) =>
      text !== null &&
      /[^\u00a0][?!;»]|[^\u00a0\d/]:(?!\/)|«[^\u00a0]/.test(text.replaceAll(/\{\w+\}/g, 'x')),
  );
  expect(wrong).toEqual([]);
});

test.each([
  // One thing has one name; a letter is paper, and `obligado` is somebody of whom nothing is known.
  ['de', /Zugang|\bBrief\b/],
  ['fr', /lettre|\bceux\b|prend fin de lui-même/],
  ['es', /\bcarta\b|gestiona\b|obligado|Délo/],
  ['pt', /\bcarta\b|\bgere\b|obrigado a|ligaç|[Pp]orquê/],
] as const)('in %s say what they mean by the words that the other texts have for it', (language, odd) => {
  expect([...everyText(textsIn(language))].filter(([, text]) => odd.test(text ?? ''))).toEqual([]);
});

test('Portuguese keeps to words that Portugal and Brazil have in common', () => {
  const apart =
    /regist[or]|contac?to|ecrã|\btela\b|telemóvel|celular|utilizador|usuário|ficheiro|equip[ae]\b|palavra-passe|separador|\baba\b|partilha|compartilha|\bvocê|deitar fora|carregar no botão/i;
  expect([...everyText(textsIn('pt'))].filter(([, text]) => apart.test(text ?? ''))).toEqual([]);
});

test('Spanish opens its questions', () => {
  const wrong = [...everyText(textsIn('es'))].filter(
    ([, text]) => text !== null && (text.match(/\?/g) ?? []).length !== (text.match(/¿/g) ?? []).length,
  );
  expect(wrong).toEqual([]);
});

test('each reason that a page explains has its words in every language', () => {
  for (const language of languages)
    for (const reason of Object.keys(refusals) as Reason[])
      if (isExplained(reason))
        expect(textsIn(language).reasons[reason], `${language} ${reason}`).not.toBe('');
});

describe('a sentence', () => {
  test('takes its values in the order of its places, each as it is', () => {
    expect(fillText('{b} of {a}, {b}', { a: '$&', b: '{a}' } as never)).toBe('{a} of $&, {a}');
    expect(fillText('{constructor}', {} as never)).toBe('');
  });

  test('is chosen by number', () => {
    const { ago, sessions } = textsIn('de');
    expect(sayCount(ago.hour, 1)).toBe('vor 1 Stunde');
    expect(sayCount(ago.hour, 12)).toBe('vor 12 Stunden');
    expect(sayCount(sessions.ended, 1)).toBe('Eine Sitzung wurde beendet.');
  });
});
