import { describe, expect, test } from 'vitest';
import type { RulesContext } from '../../src/rules/model/rules-set.ts';
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

describe('a path that drops what everybody above it must meet', () => {
  const groups =
    'rule_groups:\n  team:\n    include: [{ email_domain: example.com }]\n    exclude: [{ group: contractors }]\n  locked:\n    include: [{ email_domain: example.com }]\n    require: [hardware_key]\n';
  const found = (above: string, below: string, paths = ''): readonly string[] => {
    const path = `{ path: /admin, policies: [${below}] }`;
    const set = setOf(`${groups}${appWith(above, `    paths: [${path}${paths}]\n${tests}`)}`);
    return lintRules(set, { nowMs: monday })
      .filter(({ code }) => code === 'path-drops-requirement')
      .map(({ reason, hint }) => `${reason}; ${hint}`);
  };
  const team = '- { name: team, action: allow, include: [{ rule_group: team }] }';
  const admins = (more: string) => `{ name: admins, action: allow, include: [{ group: admins }]${more} }`;

  test('says what is dropped, and what to write', () => {
    expect(found(team, admins(', require: [hardware_key]'))).toEqual([
      '`app` keeps `group: contractors` out, and `/admin` below it does not; a path has policies of its own, those above it are not asked: add `require: [{ rule_group: team }]`',
    ]);
    expect(
      found('- { name: a, action: allow, include: [{ group: a }], require: [hardware_key] }', admins('')),
    ).toEqual([
      '`app` asks everybody for `hardware_key`, and `/admin` below it does not; a path has policies of its own, those above it are not asked: `require` it here too',
    ]);
  });

  test.each([
    [
      'an exclusion of the policy itself',
      '- { name: a, action: allow, include: [{ group: a }], exclude: [{ group: c }] }',
      admins(''),
    ],
    [
      'a denial above all',
      `- { name: d, action: deny, include: [{ ip: 203.0.113.0/24 }] }\n${team}`,
      admins(', require: [{ rule_group: team }]'),
    ],
    [
      'what every way in asks for',
      '- { name: a, action: allow, include: [{ group: a }], require: [hardware_key] }\n- { name: b, action: allow, include: [{ rule_group: locked }] }',
      admins(''),
    ],
    [
      'a younger key',
      '- { name: a, action: allow, include: [{ group: a }], require: [{ hardware_key: { max_age: 1h } }] }',
      admins(', require: [{ hardware_key: { max_age: 2h } }]'),
    ],
  ])('%s', (_, above, below) => {
    expect(found(above, below)).toHaveLength(1);
  });

  test('by the path right above it, and not by the application', () => {
    const inner = `, { path: /admin/keys, policies: [{ name: keys, action: allow, include: [{ group: keys }] }] }`;
    const admin = admins(', require: [hardware_key, { rule_group: team }]');
    expect(found(team, admin, inner)).toEqual([
      expect.stringContaining('`/admin` asks everybody for `hardware_key`, and `/admin/keys`'),
    ]);
  });

  test.each([
    ['the group is required', team, admins(', require: [{ rule_group: team }]')],
    [
      'the group is included',
      team,
      '{ name: t, action: allow, include: [{ rule_group: team }], require: [hardware_key] }',
    ],
    ['the exclusion stands there too', team, admins(', exclude: [{ group: [contractors, guests] }]')],
    [
      'a denial stands there too',
      team,
      `{ name: d, action: deny, include: [{ group: contractors }] }, ${admins('')}`,
    ],
    [
      'it names those whom the others keep out',
      team,
      '{ name: c, action: allow, include: [{ group: contractors }] }',
    ],
    ['it lets everybody in', team, '{ name: all, action: bypass, include: [everyone] }'],
    ['it is for everybody with a login', team, '{ name: all, action: allow, include: [authenticated] }'],
    ['it is for programs', team, '{ name: ci, action: allow, include: [{ service_token: ci }] }'],
    [
      'programs alone are kept out, and it is for people',
      `- { name: d, action: deny, include: [any_service_token] }\n- { name: a, action: allow, include: [{ group: a }] }`,
      admins(''),
    ],
    ['it only reports', team, admins(', mode: report')],
    [
      'only some ways in ask for it',
      `${team}\n- { name: b, action: allow, include: [{ group: b }] }`,
      admins(''),
    ],
    [
      'a stricter key is asked for',
      '- { name: a, action: allow, include: [{ group: a }], require: [hardware_key] }',
      admins(', require: [{ hardware_key: { max_age: 2h } }]'),
    ],
    [
      'a group asks for it',
      '- { name: a, action: allow, include: [{ group: a }], require: [hardware_key] }',
      admins(', require: [{ rule_group: locked }]'),
    ],
  ])('but not where %s', (_, above, below) => {
    expect(found(above, below)).toEqual([]);
  });
});

describe('people of whom providers say it', () => {
  const texts = (policy: string, own: Partial<RulesContext>, rest = '') =>
    lintRules(setOf(appWith(`- { name: p, ${policy} }`, `${rest}${tests}`), own), { nowMs: monday }).map(
      ({ line, code, reason }) => `${line} ${code}: ${reason}`,
    );

  test('groups that no provider lets count, each once', () => {
    const policy =
      'action: allow, include: [{ group: [acme/dev, acme, others] }], exclude: [{ group: contractors }, { rule_group: g }]';
    const groups = 'rule_groups: { g: { include: [{ group: guests }] } }\n';
    const never = (name: string) =>
      `group-never-counts: nobody is ever in the group \`${name}\`: \`groups.only\` of the identity providers leaves it out`;
    expect(texts(policy, { countedGroups: ['acme', 'acme/*'] }, groups)).toEqual([
      `6 ${never('others')}`,
      `6 ${never('contractors')}`,
      `7 ${never('guests')}`,
    ]);
    expect(texts(policy, { countedGroups: ['*'] }, groups)).toEqual([]);
    expect(texts(policy, {}, groups)).toEqual([]);
    expect(texts('action: allow, include: [{ group: a }]', { countedGroups: [] })).toEqual([
      '6 group-never-counts: nobody is ever in the group `a`: no identity provider knows groups',
    ]);
  });

  const both = { addressSpeakers: { named: ['example.org'], ofTheRest: ['google', 'email'] } };
  const told = [
    '6 address-of-any-provider: addresses are taken from `google` and `email` alike: who controls one of them can log in as anybody of the other',
  ];

  test.each([
    ['action: allow, include: [{ email: mom@example.com }, { email: dad@example.com }]', told],
    ['action: allow, include: [{ email_domain: example.com }]', told],
    ['action: allow, include: [authenticated], exclude: [{ email: [a@example.org, b@example.com] }]', told],
    ['action: allow, include: [{ email: mom@example.org }, { email_domain: example.org }]', []],
    ['action: allow, include: [{ email: mom@example.com }], require: [{ login_method: google }]', []],
    ['action: allow, include: [{ email: a@b.com }], require: [{ login_method: [google, email] }]', told],
    ['action: allow, include: [{ group: staff }]', []],
  ])('addresses that several may claim: %s', (policy, expected) => {
    expect(texts(policy, both)).toEqual(expected);
    expect(texts(policy, { addressSpeakers: { named: [], ofTheRest: ['google'] } })).toEqual([]);
    expect(texts(policy, {})).toEqual([]);
  });

  const keyless = (isOn: boolean) => ({
    keylessProviders: ['email'],
    ownKeys: { isOn, provesMakes: false, makes: new Map<string, readonly string[]>() },
  });

  test.each<[string, string, boolean, readonly string[]]>([
    ['a key', 'hardware_key', false, ['key-of-no-provider']],
    ['a key, where one is enrolled beside it', 'hardware_key', true, []],
    [
      'a key that the provider tells of',
      '{ hardware_key: { source: provider } }',
      true,
      ['key-of-no-provider'],
    ],
    ['a word of a key', '{ auth_method: hwk }', true, ['key-of-no-provider']],
    ['another word', '{ auth_method: otp }', true, []],
  ])('%s asked of logins that never tell of one', (_what, selector, isOn, expected) => {
    const policy = (ways: string) =>
      `- { name: p, action: allow, include: [authenticated], require: [{ login_method: ${ways} }, ${selector}] }`;
    expect(warnings(policy('email'), '', keyless(isOn))).toEqual(expected);
    expect(warnings(policy('[email, google]'), '', keyless(isOn))).toEqual([]);
  });

  test('addresses at an application that takes one way to log in', () => {
    const policy = '- { name: p, action: allow, include: [{ email: a@b.com }] }';
    expect(warnings(policy, '    login_methods: [google]\n', both)).toEqual([]);
    expect(warnings(policy, '    login_methods: [google, email]\n', both)).toEqual([
      'address-of-any-provider',
    ]);
  });
});
