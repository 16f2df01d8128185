// Back to where the person was going, and nowhere else.
import { describe, expect, it } from 'vitest';
import { checkReturnAddress } from '../../src/http/return-address.ts';
import { hostileReturns } from './attack-cases.ts';

const origin = 'https://app.bouncer.test';

describe('checkReturnAddress', () => {
  it.each(hostileReturns)('%s: %j becomes the root', (_, text) => {
    expect(checkReturnAddress(text, origin)).toBe('/');
  });

  it.each([
    null,
    ...[
      '',
      ' /a',
      'a',
      '?a',
      '/a#b',
      '/a\\b',
      '/%5cevil',
      '/%2f%2fevil',
      '/%252f%252fevil',
      '/a/../b',
      '/a/./b',
      '/%2e/b',
      '/a//b',
    ],
    ...[
      '/;//evil.test',
      '/.//evil.test',
      '/%09//evil.test',
      '/caf\u00e9',
      '/a b',
      `/${'a'.repeat(5000)}`,
      '/x?next=//evil.test',
    ],
    ...[
      '/x?next=https://evil.test',
      '/x?a=/\\evil.test',
      '/http://evil.test',
      '/http:evil.test',
      '/javascript:alert(1)',
      '/%',
    ],
  ])('%j becomes the root', (text) => {
    expect(checkReturnAddress(text, origin)).toBe('/');
  });

  it.each([
    ...[
      '/',
      '/wiki',
      '/wiki/Special:Login?returnto=Main%2FPage',
      '/a?b=c&d=%20e',
      '/a%2Fb',
      '/a;v=1',
      '/My%20Docs/Caf%C3%A9.pdf',
      '/~u/',
    ],
    ...[
      '/oauth/authorize?client_id=x&redirect_uri=https%3A%2F%2Fgrafana.example.com%2Flogin',
      '/search?q=a//b&t=12:30',
      "/it's(ok)*!",
    ],
  ])('%s stays', (text) => {
    expect(checkReturnAddress(text, origin)).toBe(text);
  });
});
