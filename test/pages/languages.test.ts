// Every page in every language: all of its words come from the texts, and every text of the language is its own.
import { describe, expect, test } from 'vitest';
import { languages } from '../../src/http/accept-language.ts';
import { textsIn } from '../../src/texts/texts.ts';
import { everyText, twiceAsLong } from '../texts/every-text.ts';
import { everyPage } from './every-page.ts';
import { servePages } from './page-fixtures.ts';

/** What a reader sees or hears of a document: its text, the title, and the words in attributes. */
function wordsIn(page: string): readonly string[] {
  const body = page.replaceAll(/<(style|script)\b[^>]*>.*?<\/\1>/gs, '');
  const heard = [...body.matchAll(/ (?:aria-label|title|placeholder|alt)="([^"]*)"/g)].map(
    ([, text = '']) => text,
  );
  return [...heard, ...body.replaceAll(/<[^>]*>/g, '\n').split('\n')]
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

/** What the fixtures of the pages put in: names, addresses, commands, figures. The words of nobody here. */
const values =
  /(?:POST|GET) \/\S+|\/admin|dad@example\.com|ticket 4711|x{20,}|שלום, בבקשה: 12 \(abc\)|UTC|The quarterly report: [^.]*\.|\d\d:\d\d UTC|\d{1,2} (?:May|June|August|September) 20\d\d|erin@example\.com|a-long-name-of-somebody@|x{60}|of…|mom@(?:family\.example|family)|payroll@example\.com|a\.very\.long\.name\.of\.somebody@a-domain-that-is-rather-long\.family\.example|help\.example\.com\/access|Erin Engineer|Family photos|Payroll is for the people of the office in Lisbon\. New here\? Your manager can ask for access\.|Payroll|Previews|Secret project|Wiki|Films|Music|Books|Maps|Example Corp|Google|GitHub|acme|partner|[\w*-]+(?:\.[\w-]+)*\.example(?:\.com)?|blue, on my keys|YubiKey 5 Series with NFC|erins-laptop|Ada’s laptop|build-box|Calendar(?: on the phone)?|bouncer login|bouncer|bnc_p_x+|code_not_sent|r7k2-93h|tracker_(?:of_a_long_name_)*\d*…?|Firefox|Safari|dav|files|packages|KB|MB|[\d.:a-f]{7,}|\bUS\b|\b[A-Z]\b/g;

describe.each(languages)('the pages in %s', (language) => {
  const texts = textsIn(language);
  const pages = everyPage(texts);
  const english = [...everyText(textsIn('en')).values()].filter((text) => text !== null && text.length > 20);

  test('say which language they are in', () => {
    for (const [name, page] of pages) expect(page, name).toContain(`<html lang="${language}">`);
  });

  test('leave no place of a sentence open', () => {
    for (const [name, page] of pages)
      expect(
        wordsIn(page).filter((text) => /\{\w+\}|undefined|\[object/.test(text)),
        name,
      ).toEqual([]);
  });

  test('have no sentence in English, but for those in English', () => {
    if (language === 'en') {
      expect(english.length).toBeGreaterThan(0);
      return;
    }
    const found = [...pages].flatMap(([name, page]) => {
      const words = wordsIn(page).join('\n');
      return english.filter((text) => words.includes(text ?? '')).map((text) => [name, text]);
    });
    expect(found).toEqual([]);
  });
});

test('every word of a page comes from the texts, but for names and values', () => {
  const found: Record<string, readonly string[]> = {};
  for (const [name, page] of everyPage(twiceAsLong(textsIn('en')))) {
    const foreign = wordsIn(page)
      .map((text) => text.replaceAll(/⟦[^⟧]*⟧/g, ' ').replaceAll(values, ' '))
      .filter((text) => /\p{L}/u.test(text));
    if (foreign.length > 0) found[name] = foreign;
  }
  expect(found).toEqual({});
});

test('every text stands on a page or in a letter: none is left over', () => {
  const shown = [...everyPage(twiceAsLong(textsIn('en'))).values()].join('\n');
  const unused = [...everyText(twiceAsLong(textsIn('en')))].filter(
    ([place, text]) =>
      text !== null &&
      !/^(?:language|letters|reasons|emailFaults|browser|ways|ago|stepUp\.within|tokens\.days|access\.(?:minutes|hours|days))\b/.test(
        place,
      ) &&
      text
        .split(/\{\w+\}/)
        .map((piece) => piece.trim())
        .filter((piece) => piece !== '')
        .some((piece) => !shown.includes(escaped(piece))),
  );
  expect(unused.map(([place]) => place)).toEqual([]);
});

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}

describe('an answer of bouncer’s own', () => {
  const ask = async (path: string, headers: Readonly<Record<string, string>>) => {
    const { url, close } = await servePages({});
    try {
      const response = await fetch(`${url}${path}`, { headers, redirect: 'manual' });
      return { response, text: await response.text() };
    } finally {
      await close();
    }
  };

  test('is a page in the language that the browser asks for, and says so to caches', async () => {
    const { response, text } = await ask('/.bouncer/', { 'accept-language': 'pt-BR,pt;q=0.9,en;q=0.5' });
    expect(response.headers.get('content-language')).toBe('pt');
    expect(response.headers.get('vary')).toBe('Accept-Language');
    expect(text).toContain('<html lang="pt">');
    expect(text).toContain('Boas-vindas');
  });

  test('is in English for a program that wants JSON, whatever it speaks', async () => {
    const { response, text } = await ask('/.bouncer/nothing', {
      accept: 'application/json',
      'accept-language': 'de',
    });
    expect(JSON.parse(text)).toMatchObject({ error: 'not_found', reason: 'no-such-page' });
    expect(response.headers.get('content-language')).toBeNull();
    expect(response.headers.get('vary')).toBeNull();
  });

  test('is refused in the same language', async () => {
    const { response, text } = await ask('/.bouncer/nothing', { 'accept-language': 'fr-CA' });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-language')).toBe('fr');
    expect(text).toContain('Cette page n’existe pas');
  });
});
