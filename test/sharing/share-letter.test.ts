// The letter of a share: who shares, where it is, and not a word of theirs.
import { expect, test } from 'vitest';
import { languages } from '../../src/http/accept-language.ts';
import { renderLetter } from '../../src/mail/letter.ts';
import { shareLetter } from '../../src/sharing/share-letter.ts';

const parts = {
  ...{ to: 'mom@family.test', by: 'alice@example.com', authUrl: 'https://auth.example.com' },
  ...{ url: 'https://river-olive-quartz-fox.example-share.com/', expiresAtMs: Date.UTC(2026, 0, 5, 9) },
};

const brand = { name: 'Acme', color: null };

test.each(languages)(
  'in %s it names who shares, the address, where to log in, and until when',
  (language) => {
    const { subject, text, html } = renderLetter(shareLetter({ ...parts, language }), brand);
    expect(subject).toContain('alice@example.com');
    for (const said of [text, html])
      for (const word of [parts.by, parts.to, parts.url, 'auth.example.com', '2026-01-05 09:00 UTC'])
        expect(said).toContain(word);
    // Nothing in it leads anywhere by a click.
    expect(html).not.toContain('<a ');
    expect(text).not.toMatch(/[{}]/);
  },
);

test('who has no address is somebody with an account there', () => {
  const { subject } = shareLetter({ ...parts, by: null, language: 'en' });
  expect(subject).toBe('Somebody with an account at auth.example.com shares a page with you');
});
