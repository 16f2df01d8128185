import { describe, expect, test } from 'vitest';
import { answerStep } from '../../src/pages/login-pages.ts';
import { pageHeaders } from '../../src/pages/page-headers.ts';
import { contextOf, settings } from './page-fixtures.ts';

function answerTo(action: string, fields: Readonly<Record<string, string>> = {}) {
  const answer = answerStep(
    { kind: 'send-form', action, fields, setCookies: ['a=b'] },
    contextOf({ method: 'POST' }),
  );
  if (answer.kind !== 'page') throw new Error(`not a page: ${answer.kind}`);
  return answer;
}

describe('a form that is sent on to a provider', () => {
  test('carries every field as it is, whatever it holds, and ends the session here', () => {
    const { body, setCookies } = answerTo('https://idp.example.com/end?p=1&q=2', {
      'a"b': '"><script>alert(1)</script>',
    });
    expect(body).toContain('action="https://idp.example.com/end?p=1&amp;q=2"');
    expect(body).toContain('name="a&quot;b" value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
    expect(body.match(/<script>/g)).toHaveLength(1);
    expect(setCookies).toEqual(['a=b']);
  });

  test('may go to that provider, and runs no script but the line that sends it', () => {
    const policy = answerTo('https://idp.example.com/end').headers?.['Content-Security-Policy'] ?? '';
    const directive = (name: string): string | undefined =>
      policy.split(';').find((each) => each.startsWith(`${name} `));
    expect(directive('form-action')).toMatch(/ https:\/\/idp\.example\.com https:$/);
    expect(directive('script-src')).toMatch(/^script-src 'sha256-[\w+/]{43}='$/);
    expect(directive('default-src')).toBe("default-src 'none'");
    expect(directive('frame-ancestors')).toBe("frame-ancestors 'none'");
    expect(pageHeaders(settings)['Content-Security-Policy']).not.toContain('script-src');
    expect(pageHeaders(settings)['Content-Security-Policy']).not.toMatch(/ https:[; ]/);
  });

  test('tells the provider where it comes from, and nothing more', () => {
    expect(answerTo('https://idp.example.com/end').headers?.['Referrer-Policy']).toBe('strict-origin');
  });
});
