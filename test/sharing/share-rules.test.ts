// Who may share, and what may lie beside shares: what the rules and settings say together.
import { expect, test } from 'vitest';
import { isOnSiteOf, siteOf } from '../../src/http/site-of.ts';
import { compileRulesOf, parseRulesWith } from './share-rules-fixture.ts';

const facts = (email: string) =>
  ({
    identity: { sub: 'x', email, name: null, groups: [], claims: {}, idp: 'test', amr: [], acr: null },
    ...{ serviceToken: null, workload: null, ip: null, country: null, method: 'POST', nowMs: 0 },
  }) as never;

test('`share.allow` takes the selectors of rules, their groups included', () => {
  const { sharing } = compileRulesOf({ rule_group: 'staff' }, { email: 'bob@other.test' });
  const outcome = (email: string) => sharing?.area.decide(facts(email)).outcome;
  expect(outcome('ada@example.com')).toBe('allow');
  expect(outcome('bob@other.test')).toBe('allow');
  expect(outcome('eve@other.test')).toBe('deny');
});

test.each([
  [[{ rule_group: 'staf' }], 'unknown rule group `staf`', 'did you mean `staff`?'],
  [[{ email: 'nobody' }], 'share.allow[0].email: `nobody` is not an e-mail address', null],
])('what `share.allow` cannot be is told with its place: %j', (allow, reason, hint) => {
  const parsed = parseRulesWith(allow);
  expect(parsed.ok).toBe(false);
  if (parsed.ok) return;
  expect(parsed.problems[0]?.reason).toContain(reason);
  if (hint !== null) expect(parsed.problems[0]?.hint).toBe(hint);
});

test.each(['share.test', 'wiki.share.test', '*.share.test', 'a.b.share.test'])(
  'no application is of the site of shares: %s',
  (host) => {
    const parsed = parseRulesWith(['authenticated'], host);
    expect(parsed.ok ? [] : parsed.problems.map(({ code }) => code)).toEqual(['share-on-own-site']);
  },
);

test('a site is what browsers take for one, by the public suffix list', () => {
  expect(siteOf('a.b.example.co.uk')).toBe('example.co.uk');
  expect(siteOf('auth.localhost')).toBe('auth.localhost');
  expect(siteOf('127.0.0.1')).toBe('127.0.0.1');
  expect(isOnSiteOf('auth.example.com', 'share.example.com')).toBe(true);
  expect(isOnSiteOf('auth.example.com', 'example-share.com')).toBe(false);
  expect(isOnSiteOf('*.example.com', 'share.example.com')).toBe(true);
  // Those who rent out names below theirs: two of them are two sites, unless one lies below the other.
  expect(isOnSiteOf('me.github.io', 'you.github.io')).toBe(false);
  expect(isOnSiteOf('a.you.github.io', 'you.github.io')).toBe(true);
  expect(isOnSiteOf('auth.localhost', 'share.localhost')).toBe(false);
});
