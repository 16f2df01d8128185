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

test('rules that differ for people who were not asked about are not called the same', () => {
  const after = appWith(
    '- { name: mom, action: allow, include: [{ email: [mom@example.com, bob@example.com] }] }',
    'tests: [{ name: a stranger stays out, url: "https://app.example.com/x", as: { email: x@example.org }, expect: deny }]\n',
  );
  const diff = diffRules(version(before), version(after), [mom], run);
  expect(diff).toMatchObject({ changes: [], differingAreas: ['app.example.com/'], asked: 3 });
  expect(
    renderDiff(diff),
  ).toBe(`no decision changes for whom was asked, but the rules differ: app.example.com/
hint: write a test for whom the change is meant; tests of both sets are asked

3 questions asked of both`);
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
    'gain null app.example.com/open',
    'gain dad@example.com app.example.com/open',
  ]);
  expect(renderDiff(diff)).toBe(`3 gain access
  dad@example.com     app.example.com/  deny → allow (ops)
  (nobody logged in)  app.example.com/open  login → allow (open)
  dad@example.com     app.example.com/open  deny → allow (open)

1 lose access
  mom@example.com  app.example.com/  allow → step_up (keys)

7 questions asked of both`);
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
