import { expect, test } from 'vitest';
import { parseTarget } from '../../src/http/canonical-path.ts';
import { compileRules } from '../../src/rules/decide/compile-rules.ts';
import { diffRules } from '../../src/rules/review/diff-rules.ts';
import { renderDiff } from '../../src/rules/review/render-diff.ts';
import { appWith, monday, person, setOf } from './rules-text.ts';

const version = (text: string) => {
  const set = setOf(text);
  return { set, rules: compileRules(set) };
};

const run = { nowMs: monday, parseTarget };
const mom = person();
const dad = person({ sub: 'u2', email: 'dad@example.com', groups: ['ops'] });

const before = appWith(
  '- { name: mom, action: allow, include: [{ email: mom@example.com }] }',
  'tests: [{ name: a stranger stays out, url: "https://app.example.com/x", as: { email: x@example.org }, expect: deny }]\n',
);

test('two equal sets differ in nothing, and people need not be asked', () => {
  const diff = diffRules(version(before), version(before), [mom, dad], run);
  expect(diff).toMatchObject({ changes: [], addedApplications: [], removedApplications: [], asked: 1 });
  expect(renderDiff(diff)).toContain('no decision changes');
});

test('whom only the rules name is asked about, and rules that differ for somebody else are not called the same', () => {
  const added = before.replace(
    '[{ email: mom@example.com }]',
    '[{ email: [mom@example.com, bob@example.com] }]',
  );
  const named = diffRules(version(before), version(added), [mom], run);
  expect(named.changes.map(({ kind, who }) => `${kind} ${who}`)).toEqual(['gain bob@example.com']);
  const locked = before.replace(
    'mom@example.com }]',
    'mom@example.com }], exclude: [{ time: { from: "23:00", to: "23:30" } }]',
  );
  const diff = diffRules(version(before), version(locked), [mom], run);
  expect(diff).toMatchObject({ changes: [], differingAreas: ['app.example.com/'] });
  expect(
    renderDiff(diff),
  ).toBe(`no decision changes for whom was asked, but the rules differ: app.example.com/
hint: write a test for whom the change is meant; tests of both sets are asked

4 questions asked of both: about nobody, 1 who is logged in, 1 whom the rules name, the tests`);
});

test('who may share is asked about too: by the settings, who are of a group of the rules', () => {
  const share = { file: 'bouncer.yaml', domain: 'example-share.com', allow: [{ rule_group: 'sharers' }] };
  const own = { hasTunnels: true, share };
  const withSharers = (email: string) => {
    const set = setOf(`rule_groups: { sharers: { include: [{ email: ${email} }] } }\n${before}`, own);
    return { set, rules: compileRules(set) };
  };
  const diff = diffRules(withSharers('mom@example.com'), withSharers('dad@example.com'), [mom], run);
  expect(diff.changes.map(({ kind, who, target }) => `${kind} ${who} ${target}`)).toEqual([
    'loss mom@example.com sharing below example-share.com',
    'gain dad@example.com sharing below example-share.com',
  ]);
  expect(diff).toMatchObject({ addedApplications: [], removedApplications: [] });
  expect(
    diffRules(withSharers('mom@example.com'), withSharers('mom@example.com'), [mom], run).changes,
  ).toEqual([]);
});

test('mom for dad: mom loses and dad gains, with nobody logged in and no tests', () => {
  const [, alone = ''] = /^([\s\S]*?)tests:/.exec(before) ?? [];
  const diff = diffRules(version(alone), version(alone.replace('mom@', 'dad@')), [], run);
  expect(diff.changes.map(({ kind, who }) => `${kind} ${who}`)).toEqual([
    'loss mom@example.com',
    'gain dad@example.com',
  ]);
  expect(renderDiff(diffRules(version(alone), version(alone), [], run))).toBe(
    'nothing was compared: the rules read the same, and have no tests\n\nno question was asked',
  );
});

test.each([
  [
    'a domain',
    'include: [{ email_domain: a.example }]',
    'include: [{ email_domain: [a.example, b.example] }]',
    ['gain anybody at b.example'],
  ],
  [
    'a group',
    'include: [{ group: ops }]',
    'include: [{ group: dev }]',
    ['loss anybody in ops', 'gain anybody in dev'],
  ],
  [
    'a claim',
    'include: [{ claim: { name: level, equals: 3 } }]',
    'include: [{ claim: { name: level, equals: [3, 4] } }]',
    ['gain anybody with level = 4'],
  ],
  [
    'a group at a domain',
    'include: [{ group: ops }], require: [{ email_domain: a.example }]',
    'include: [{ group: ops }], require: [{ email_domain: [a.example, b.example] }]',
    ['gain anybody in ops at b.example'],
  ],
  ['everybody', 'include: [{ group: ops }]', 'include: [authenticated]', ['gain anybody with a login']],
  [
    'a token',
    'include: [{ service_token: ci }]',
    'include: [{ service_token: cd }]',
    ['loss the token ci', 'gain the token cd'],
  ],
  [
    'a workload',
    'include: [{ workload: github }]',
    'include: [{ workload: { issuer: github, claims: { repository: acme/* } } }]',
    ['loss the workload github'],
  ],
  [
    'a provider',
    'include: [authenticated], require: [{ login_method: a }]',
    'include: [authenticated], require: [{ login_method: b }]',
    ['loss anybody with a login by a', 'gain anybody with a login by b'],
  ],
])('%s that only one set names is asked about, and told once', (_, old, now, expected) => {
  const rules = (lists: string): string => appWith(`- { name: p, action: allow, ${lists} }`);
  const own = { keptClaims: ['level'], providerIds: ['a', 'b'], groupProviders: ['a'] };
  const of = (text: string) => {
    const set = setOf(rules(text), own);
    return { set, rules: compileRules(set) };
  };
  const diff = diffRules(of(old), of(now), [], run);
  expect(diff.changes.map(({ kind, who }) => `${kind} ${who}`)).toEqual(expected);
});

test('both ends of a network and what lies below a path are asked about', () => {
  const from = (network: string) => appWith(`- { name: p, action: bypass, include: [{ ip: ${network} }] }`);
  const half = diffRules(version(from('10.0.0.0/8')), version(from('10.0.0.0/9')), [], run);
  expect(half.changes.map(({ kind, who, target }) => `${kind} ${who} ${target}`)).toEqual([
    'loss null app.example.com/ from 10.255.255.255, the end of 10.0.0.0/8',
    'loss anybody with a login app.example.com/ from 10.255.255.255, the end of 10.0.0.0/8',
  ]);
  const staff = '- { name: staff, action: allow, include: [{ group: staff }] }';
  const open = (path: string) =>
    appWith(
      staff,
      `    paths: [{ path: ${path}, policies: [{ name: open, action: bypass, include: [everyone] }] }]\n`,
    );
  const moved = diffRules(version(open('/a')), version(open('/a/b')), [], run);
  expect(moved.changes.map(({ kind, who, target }) => `${kind} ${who} ${target}`)).toEqual([
    'loss null app.example.com/a',
    'loss anybody with a login app.example.com/a',
  ]);
});

test('says who gains, who loses, and who is answered in another way', () => {
  const after = appWith(
    `
    - { name: keys, action: allow, include: [{ email: mom@example.com }], require: [hardware_key] }
    - { name: ops, action: allow, include: [{ group: ops }] }`,
    '    paths: [{ path: /open, policies: [{ name: open, action: bypass, include: [everyone] }] }]\n',
  );
  const diff = diffRules(version(before), version(after), [mom, dad], run);
  expect(diff.changes.map(({ kind, who, target }) => `${kind} ${who} ${target}`)).toEqual([
    'loss mom@example.com app.example.com/',
    'gain dad@example.com app.example.com/',
    'gain anybody in ops app.example.com/',
    'gain null app.example.com/open',
    'gain dad@example.com app.example.com/open',
    'gain anybody with a login app.example.com/open',
  ]);
  expect(renderDiff(diff)).toBe(`5 gain access
  dad@example.com       app.example.com/  deny → allow (ops)
  anybody in ops        app.example.com/  deny → allow (ops)
  (nobody logged in)    app.example.com/open  login → allow (open)
  dad@example.com       app.example.com/open  deny → allow (open)
  anybody with a login  app.example.com/open  deny → allow (open)

1 lose access
  mom@example.com  app.example.com/  allow → step_up (keys)

16 questions asked of both: about nobody, 2 who are logged in, 2 whom the rules name, the tests`);
});

test('a change inside of a rule group is found, and applications that come and go are told', () => {
  const group = (members: string) =>
    appWith(
      '- { name: g, action: allow, include: [{ rule_group: g }] }',
      `rule_groups: { g: { include: [{ email: [${members}] }] } }\n`,
    );
  const wider = diffRules(
    version(group('mom@example.com')),
    version(group('mom@example.com, dad@example.com')),
    [mom, dad],
    run,
  );
  expect(wider.changes.map(({ kind, who }) => `${kind} ${who}`)).toEqual(['gain dad@example.com']);
  const renamed = before
    .replace('name: app', 'name: other')
    .replaceAll('app.example.com', '"*.b.example.com"')
    .replace('"https://"*.b.example.com"/x"', '"https://x.b.example.com/x"');
  const moved = diffRules(version(before), version(renamed), [mom], run);
  expect(moved).toMatchObject({ addedApplications: ['other'], removedApplications: ['app'] });
  expect(moved.changes.map(({ kind, who, target }) => `${kind} ${who} ${target}`)).toContain(
    'gain mom@example.com *.b.example.com/',
  );
});

test('a rule about addresses hides no change: people are asked from an ordinary address, and from the networks that rules name', () => {
  const guarded = (allowed: string, blocked: string) =>
    appWith(`
    - { name: blocked, action: deny, include: [{ ip: ${blocked} }] }
    - { name: people, action: allow, include: [{ email: [${allowed}] }] }`);
  const wider = diffRules(
    version(guarded('mom@example.com', '203.0.113.0/24')),
    version(guarded('mom@example.com, dad@example.com', '203.0.113.0/24')),
    [mom, dad],
    run,
  );
  expect(wider.changes.map(({ kind, who, target }) => `${kind} ${who} ${target}`)).toEqual([
    'gain dad@example.com app.example.com/',
  ]);
  const moved = diffRules(
    version(guarded('mom@example.com', '203.0.113.0/24')),
    version(guarded('mom@example.com', '"2001:db8:7::/48"')),
    [mom],
    run,
  );
  expect(moved.changes.map(({ kind, who, target }) => `${kind} ${who} ${target}`)).toEqual([
    'other null app.example.com/ from 203.0.113.0/24',
    'other null app.example.com/ from 2001:db8:7::/48',
    'gain mom@example.com app.example.com/ from 203.0.113.0/24',
    'loss mom@example.com app.example.com/ from 2001:db8:7::/48',
  ]);
});
