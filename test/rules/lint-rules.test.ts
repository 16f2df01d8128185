import { describe, expect, test } from 'vitest';
import type { RulesContext } from '../../src/rules/parse/parse-rules.ts';
import { lintRules } from '../../src/rules/review/lint-rules.ts';
import { appWith, monday, setOf } from './rules-text.ts';

const tests = 'tests: [{ name: t, url: "https://app.example.com/", at: 2026-03-02, expect: login }]\n';

/** The codes of the warnings, without that of a missing test. */
function warnings(policies: string, rest = '', own: Partial<RulesContext> = {}): string[] {
  const set = setOf(appWith(policies, `${rest}${tests}`), own);
  return lintRules(set, { nowMs: monday }).map(({ code, severity }) => {
    expect(severity).toBe('warning');
    return code;
  });
}

const staff = '- { name: staff, action: allow, include: [{ email_domain: example.com }] }';

test('ordinary rules have no warning', () => {
  expect(warnings(staff)).toEqual([]);
});

describe('a policy that can never match', () => {
  test.each([
    ['include: [{ email: a@x.example }], exclude: [{ email_domain: x.example }]', 'never-matches'],
    ['include: [{ group: a }, { email: b@x.example }], exclude: [authenticated]', 'never-matches'],
    ['include: [{ email_domain: x.example }], require: [{ email_domain: y.example }]', 'never-matches'],
    ['include: [authenticated], require: [{ group: g }], exclude: [{ group: g }]', 'never-matches'],
    ['include: [authenticated], require: [{ country: PT }, { country: [DE, FR] }]', 'unsatisfiable-require'],
    [
      'include: [authenticated], require: [{ ip: 10.0.0.0/8 }, { ip: 192.0.2.0/24 }]',
      'unsatisfiable-require',
    ],
    ['include: [authenticated], require: [{ method: GET }, { method: POST }]', 'unsatisfiable-require'],
    ['include: [authenticated], require: [{ time: { not_after: 2026-03-01 } }]', 'expired'],
  ])('%s', (lists, code) => {
    expect(warnings(`- { name: p, action: allow, ${lists} }`)).toEqual([code]);
  });

  test.each([
    ['include: [{ email: [a@x.example, b@y.example] }], exclude: [{ email_domain: x.example }]'],
    ['include: [authenticated], require: [{ ip: 10.0.0.0/8 }, { ip: 10.1.0.0/16 }]'],
    ['include: [authenticated], require: [{ group: a }, { group: b }]'],
    ['include: [authenticated], require: [{ time: { not_after: 2026-03-02 } }]'],
    ['include: [{ group: a }, { email: a@x.example }], exclude: [{ email_domain: x.example }]'],
  ])('but not %s', (lists) => {
    expect(warnings(`- { name: p, action: allow, ${lists} }`)).toEqual([]);
  });
});

describe('a policy that an earlier one shadows', () => {
  const later = '- { name: later, action: deny, include: [{ email: a@example.com }] }';

  test.each([
    ['- { name: first, action: deny, include: [everyone] }'],
    [staff],
    ['- { name: first, action: allow, include: [authenticated] }'],
    ['- { name: first, action: bypass, include: [{ email: [a@example.com, b@example.com] }] }'],
  ])('%s', (first) => {
    expect(warnings(`${first}\n${later}`)).toContain('shadowed');
  });

  test.each([
    ['- { name: first, action: allow, include: [{ email_domain: example.com }], require: [hardware_key] }'],
    ['- { name: first, action: allow, include: [{ email_domain: example.com }], exclude: [{ group: g }] }'],
    ['- { name: first, action: allow, include: [{ email: b@example.com }] }'],
    ['- { name: first, action: allow, mode: report, include: [{ email_domain: example.com }] }'],
  ])('but not by %s', (first) => {
    expect(warnings(`${first}\n${later}`)).not.toContain('shadowed');
  });

  test('but a policy for services is not shadowed by one for people', () => {
    const people = '- { name: first, action: allow, include: [authenticated] }';
    expect(warnings(`${people}\n- { name: ci, action: allow, include: [{ service_token: ci }] }`)).toEqual(
      [],
    );
  });
});

test('an application that everyone can open', () => {
  expect(warnings('- { name: p, action: bypass, include: [everyone] }')).toEqual(['open-to-everyone']);
  expect(warnings('- { name: p, action: allow, include: [everyone] }')).toEqual(['open-to-every-account']);
  expect(
    warnings('- { name: p, action: bypass, include: [everyone], require: [{ ip: 10.0.0.0/8 }] }'),
  ).toEqual([]);
  expect(
    warnings(
      staff,
      '    paths: [{ path: /public, policies: [{ name: o, action: bypass, include: [everyone] }] }]\n',
    ),
  ).toEqual([]);
});

test('a path that is more open than the path above it', () => {
  const path = (name: string, policy: string) => `{ path: ${name}, policies: [{ name: o, ${policy} }] }`;
  const strict = path('/admin', 'action: allow, include: [{ group: g }], require: [hardware_key]');
  const open = path('/admin/assets', 'action: bypass, include: [everyone]');
  expect(warnings(staff, `    paths: [${strict}, ${open}]\n`)).toEqual(['path-more-open']);
  expect(warnings(staff, `    paths: [${strict}, ${open.replace('/admin', '/administrator')}]\n`)).toEqual(
    [],
  );
});

test('domains of public mail providers', () => {
  expect(
    warnings('- { name: p, action: allow, include: [{ email_domain: [gmail.com, example.com] }] }'),
  ).toEqual(['public-email-domain']);
});

test('addresses without trusted proxies, countries without a header', () => {
  const policy = '- { name: p, action: allow, include: [{ ip: 10.0.0.0/8 }, { country: PT }] }';
  expect(warnings(policy, '', { hasTrustedProxies: false, hasCountryHeader: false })).toEqual([
    'ip-without-trusted-proxies',
    'country-without-header',
  ]);
  expect(warnings(policy, '', { hasTrustedProxies: null, hasCountryHeader: null })).toEqual([]);
});

test('rule groups that nothing uses, also through each other', () => {
  const groups = 'rule_groups:\n  a: { include: [{ rule_group: b }] }\n  b: { include: [{ group: x }] }\n';
  expect(warnings(staff, groups)).toEqual(['unused-rule-group', 'unused-rule-group']);
  expect(warnings('- { name: p, action: allow, include: [{ rule_group: a }] }', groups)).toEqual([]);
});

test('an application without a test, and a test that depends on when it runs', () => {
  expect(lintRules(setOf(appWith(staff))).map(({ code }) => code)).toEqual(['untested-application']);
  const timed = appWith('- { name: p, action: allow, include: [{ time: { days: mon-fri } }] }');
  const test = tests.replace(' at: 2026-03-02,', '');
  expect(lintRules(setOf(timed + test)).map(({ code }) => code)).toEqual(['test-without-time']);
});

test('applications that share an audience, are report-only, or deny all', () => {
  const other = appWith(staff)
    .replace('name: app', 'name: b\n    audience: app')
    .replace('host: app', 'host: b');
  const both = setOf([appWith(staff, tests), other + tests.replace('//app', '//b')]);
  expect(lintRules(both).map(({ code }) => code)).toEqual(['shared-audience']);
  expect(warnings(staff, '    mode: report\n')).toEqual(['report-only-application']);
  expect(warnings('- { name: p, action: deny, include: [{ group: g }] }')).toEqual(['nobody-gets-in']);
});
