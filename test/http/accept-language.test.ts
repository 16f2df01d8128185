import { describe, expect, test } from 'vitest';
import { preferredLanguage } from '../../src/http/accept-language.ts';

const wanted = (...values: readonly string[]) =>
  preferredLanguage(['Host', 'a.example', ...values.flatMap((value) => ['Accept-Language', value])]);

describe('the language of a client', () => {
  test.each([
    ['pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7', 'pt'],
    ['de-CH', 'de'],
    ['es-419', 'es'],
    ['zh-Hant-TW, fr-CA;q=0.8, en;q=0.5', 'fr'],
    ['FR', 'fr'],
    ['en-GB,en;q=0.9,de;q=0.95', 'en'],
    ['en;q=0.5, de;q=0.7', 'de'],
    ['\tde ; q=0.5\t,\tes\t;\tq=0.6 ', 'es'],
    ['de;Q=0.2, fr;q=0.1', 'de'],
  ])('is what it wants most of ours: %s', (value, language) => {
    expect(wanted(value)).toBe(language);
  });

  test('is what stands first among those of one weight', () => {
    expect(wanted('fr, de')).toBe('fr');
    expect(wanted('es;q=0.5, pt;q=0.5')).toBe('es');
  });

  test('is the best of several ranges of one language', () => {
    expect(wanted('pt;q=0.3, en;q=0.5, pt-BR;q=0.9')).toBe('pt');
    expect(wanted('de-AT;q=0, de;q=0.9, en;q=0.8')).toBe('de');
  });

  test('is never one that it rules out', () => {
    expect(wanted('de;q=0, *')).toBe('en');
    expect(wanted('en;q=0, *;q=0.5')).toBe('pt');
    expect(wanted('en;q=0, fr;q=0.000, de;q=0.001')).toBe('de');
  });

  test('with * is the first that no other range names', () => {
    expect(wanted('*')).toBe('en');
    expect(wanted('fr;q=0.2, *;q=0.4')).toBe('en');
    expect(wanted('en;q=0.1, pt;q=0.1, *;q=0.4')).toBe('es');
  });

  test('is read from all fields as one list', () => {
    expect(wanted('ja', 'de')).toBe('de');
    expect(wanted('fr;q=0.4', 'de;q=0.6')).toBe('de');
  });

  test.each([
    undefined,
    '',
    ',',
    'ja, ko;q=0.9',
    'de;q=0',
    '*;q=0',
    'de;q=1.5, es;q=2',
    'de;q=0.1234',
    'de;q=.5',
    'de;q=-1',
    'de;level=1',
    'de;q=0.5;q=0.6',
    'de_DE',
    'de-',
    '-de',
    'deutsch-allzulanges',
    'd\u00e9',
    'i-de',
    'x-de',
    'de fr',
    '"de"',
    '__proto__',
    'constructor',
  ])('is English for %j', (value) => {
    expect(value === undefined ? preferredLanguage([]) : wanted(value)).toBe('en');
  });

  test('loses nothing of a list by an item that is none', () => {
    expect(wanted('de;q=9, \u0000, es;q=0.4, ;;;, fr;q=0.6')).toBe('fr');
  });

  test('is English where the list is too long to be a browser’s, in one field or in many', () => {
    const filler = 'ja,'.repeat(200);
    expect(wanted(`de,${filler}`)).toBe('en');
    expect(wanted('de', ...Array.from({ length: 200 }, () => 'ja'))).toBe('en');
    expect(wanted(`de,${'ja,'.repeat(100)}`)).toBe('de');
  });

  test('comes from that very field', () => {
    expect(preferredLanguage(['Accept-Languages', 'de', 'X-Accept-Language', 'fr', 'Accept', 'es'])).toBe(
      'en',
    );
    expect(preferredLanguage(['aCCEPT-lANGUAGE', 'de'])).toBe('de');
  });
});
