// Back to where the person was going, and nowhere else.
import { describe, expect, it } from 'vitest';
import { checkReturnAddress } from '../../src/http/return-address.ts';
import { hostileReturns } from './attack-cases.ts';

const origin = 'https://app.bouncer.test';

/** What applications put into their addresses. None of it makes a browser leave the origin. */
const ordinaryLinks = [
  '/?next=https://example.org/a',
  '/login?next=//example.org',
  '/x?next=//evil.test',
  '/x?next=https://evil.test',
  '/files?path=C:/temp',
  '/files?path=C:\\temp'.replaceAll('\\', '%5C'),
  '/a//b',
  '/a//b//',
  '/proxy/https://example.org/a',
  '/web/20240101000000/http://example.org/',
  '/http://evil.test',
  '/http:evil.test',
  '/javascript:alert(1)',
  '/t/12:30:00',
  '/wiki/Help:Contents',
  '/app/kibana#'.slice(0, -1),
  '/d/abc/board?from=now-6h&to=now&var-host=a:9100&var-host=b:9100',
  '/app/discover?_g=(filters:!(),time:(from:now-15m,to:now))&_a=(query:(language:kuery,query:%27%27))',
  '/oauth/authorize?response_type=code&redirect_uri=https://grafana.example.com/login&scope=a+b',
  '/search?q=a=b==c&url=mailto:a@example.org',
  '/share?u=https%3A%2F%2Fexample.org%2F%3Fa%3Db%26c&t=x',
  '/blob/main/src//index.ts?plain=1',
  '/@user/post:1',
  '/graph?g0.expr=rate(http_requests_total{job="api"}[5m])'.replace(/["{}]/g, (c) => encodeURIComponent(c)),
];

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
    ],
    ...[
      '/;//evil.test',
      '/.//evil.test',
      '/%09//evil.test',
      '/caf\u00e9',
      '/a b',
      `/${'a'.repeat(8192)}`,
      '/x?a=/\\evil.test',
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
    ...ordinaryLinks,
    `/${'a'.repeat(8191)}`,
  ])('%s stays', (text) => {
    expect(checkReturnAddress(text, origin)).toBe(text);
  });
});
