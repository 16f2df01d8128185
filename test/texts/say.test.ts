import { describe, expect, test } from 'vitest';
import { browserKindOf } from '../../src/http/browser-kind.ts';
import { defaultLabels } from '../../src/settings/to-provider-settings.ts';
import { sayBrowser } from '../../src/texts/say-browser.ts';
import { sayWay } from '../../src/texts/say-way.ts';
import { textsIn } from '../../src/texts/texts.ts';

const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1';

describe('a browser', () => {
  test.each([
    ['en', 'Safari on an iPhone', 'a browser'],
    ['pt', 'Safari no iPhone', 'um navegador'],
    ['es', 'Safari en un iPhone', 'un navegador'],
    ['de', 'Safari auf einem iPhone', 'ein Browser'],
    ['fr', 'Safari sur un iPhone', 'un navigateur'],
  ] as const)('in %s is called %s, or %s', (language, known, unknown) => {
    expect(sayBrowser(browserKindOf(safari), textsIn(language))).toBe(known);
    expect(sayBrowser(browserKindOf(undefined), textsIn(language))).toBe(unknown);
  });

  test('shows nothing of what the client sent', () => {
    expect(sayBrowser(browserKindOf('<b>evil</b> Linux'), textsIn('en'))).toBe('a browser on Linux');
  });
});

describe('a way to log in', () => {
  test('is called as the settings say, and in the reader’s language where they say nothing', () => {
    expect(sayWay(defaultLabels.email_pin, textsIn('de'))).toBe('Code per E-Mail');
    expect(sayWay(defaultLabels.passkey, textsIn('fr'))).toBe('Clé d’accès');
    expect(sayWay('Google', textsIn('de'))).toBe('Google');
  });
});
