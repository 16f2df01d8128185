import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerStep } from '../../src/pages/login-pages.ts';
import { lookOf } from '../../src/pages/page-context.ts';
import { renderRefusal } from '../../src/pages/render-refusal.ts';
import { renderStart } from '../../src/pages/start-page.ts';
import { html, safeHref } from '../../src/ui/html.ts';
import { anyCharacter } from '../fixtures/any-character.ts';
import { applicationOf, contextOf, erin, rulesOf } from '../pages/page-fixtures.ts';

/** Texts that are rich in what breaks out of markup. */
const hostileText = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 30 }),
  fc
    .array(
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '`',
        '&',
        '=',
        '/',
        '<script>',
        '</title>',
        '</style>',
        '-->',
        '"onx="',
        'é',
        '\u202e',
        '\0',
      ),
      { minLength: 1, maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  '#96': '`',
};
const decode = (markup: string) =>
  markup.replace(/&(amp|lt|gt|quot|#39|#96);/g, (_all, name: string) => entities[name] ?? '');

/** The characters that make structure; their number must not depend on any text. */
const structure = (markup: string) => markup.replace(/[^<>"'`]/g, '');

describe('the html tag', () => {
  test('keeps the author’s markup and makes every value text, which reads back as it was', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (text, attribute) => {
        const markup = html`<p title="${attribute}">${text}</p>`.toString();
        const match = /^<p title="([^<>"'`]*)">([^<>"'`]*)<\/p>$/s.exec(markup);
        expect(match).not.toBeNull();
        expect(decode(match?.[1] ?? '')).toBe(attribute);
        expect(decode(match?.[2] ?? '')).toBe(text);
      }),
    );
  });

  test('escapes texts in lists, and leaves nothing behind for null, undefined and false', () => {
    expect(html`${['<', [html`<b>${'&'}</b>`, null, undefined, false, 0]]}`.toString()).toBe(
      '&lt;<b>&amp;</b>0',
    );
  });
});

describe('a link', () => {
  test.each(['/path?a=b#c', 'https://example.com/x', 'http://localhost:8080', '/'])(
    'may lead to %s',
    (address) => {
      expect(safeHref(address)).toBe(address);
    },
  );

  test.each([
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'https:evil.example',
    'https:///evil.example',
    'relative',
    '',
    null,
  ])('may not lead to %j', (address) => {
    expect(safeHref(address)).toBeNull();
  });
});

describe('no text from outside changes the structure of a page', () => {
  test('on a refusal', () => {
    const render = (name: string, email: string, requestId: string) =>
      renderRefusal(
        {
          reason: 'no-policy-matched',
          requestId,
          application: { label: name, contact: 'ops@example.com', deniedText: name },
          denial: { kind: 'rule', label: name },
          opensNothing: false,
          askHref: null,
          email,
          emailFault: null,
          isLoggedIn: true,
          hostAuthUrl: 'https://auth.example.com',
          retryPath: null,
        },
        lookOf(contextOf()),
      );
    const plain = structure(render('x', 'x', 'x'));
    fc.assert(
      fc.property(hostileText, hostileText, hostileText, (name, email, requestId) => {
        expect(structure(render(name, email, requestId))).toBe(plain);
      }),
    );
  });

  test('on the start page', () => {
    const render = (name: string, email: string, application: string) =>
      renderStart(
        contextOf({
          identity: { ...erin, name, email },
          rules: rulesOf([applicationOf(application, ['*.example.com'], 'allow')]),
        }),
      );
    const plain = structure(render('x', 'x', 'x'));
    fc.assert(
      fc.property(hostileText, hostileText, hostileText, (name, email, application) => {
        expect(structure(render(name, email, application))).toBe(plain);
      }),
    );
  });

  test('on the chooser', () => {
    const render = (label: string, applicationName: string) => {
      const answer = answerStep(
        {
          kind: 'choose',
          providers: [{ id: 'a', label, href: '/x', isLast: true, isSilent: false, opens: [label] }],
          applicationName,
          setCookies: [],
        },
        contextOf(),
      );
      return answer.kind === 'page' ? answer.body : '';
    };
    // What opens is told besides where one is going.
    const plain = structure(render('x', 'y'));
    fc.assert(
      fc.property(hostileText, hostileText, (label, applicationName) => {
        fc.pre(label !== applicationName);
        expect(structure(render(label, applicationName))).toBe(plain);
      }),
    );
  });

  test('a problem’s way on is left out when it is not an address', () => {
    const step = { kind: 'problem', problem: 'expired', status: 400, setCookies: [] } as const;
    const bad = answerStep({ ...step, continueUrl: 'javascript:alert(1)' }, contextOf());
    const good = answerStep({ ...step, continueUrl: '/.bouncer/login' }, contextOf());
    expect(bad.kind === 'page' && bad.body).not.toContain('javascript:');
    expect(good.kind === 'page' && good.body).toContain('href="/.bouncer/login"');
  });
});
