// What it means in a rules test that nothing is said of groups: the person is in none, as ever. Only `groups: unsettled` leaves them open.
import { expect, test } from 'vitest';
import { compileRules } from '../../src/rules/decide/compile-rules.ts';
import { runTests } from '../../src/rules/review/run-tests.ts';
import { appWith, monday, setOf, targetOf } from './rules-text.ts';

const policies = `- name: staff
  action: allow
  include: [{ email_domain: example.com }]
  exclude: [{ group: contractors }, { claim: { name: department, equals: ext } }]
- { name: admins, action: allow, include: [{ group: admins }] }`;

/** What is said of the person, and what comes of it. The first ones are as rules tests were before anything could be open. */
const people: readonly (readonly [string, string])[] = [
  ['{ email: a@example.com }', 'allow'],
  ['{ email: a@example.com, groups: [staff] }', 'allow'],
  ['{ email: a@example.com, groups: [contractors] }', 'deny'],
  ['{ email: a@example.com, claims: { department: ext } }', 'deny'],
  ['{ email: a@example.com, claims: { department: it } }', 'allow'],
  ['{ email: a@elsewhere.example }', 'deny'],
  ['{ email: a@elsewhere.example, groups: [admins] }', 'allow'],
  ['{ email: a@example.com, groups: unsettled }', 'deny'],
  ['{ email: a@elsewhere.example, groups: unsettled }', 'deny'],
];

test.each(people)('of %s: %s', (as, expected) => {
  const text = appWith(
    policies,
    `tests: [{ name: t, url: "https://app.example.com/", as: ${as}, expect: ${expected} }]\n`,
  );
  const set = setOf(text);
  const [result] = runTests(set, compileRules(set), { nowMs: monday, parseTarget: targetOf });
  expect([result?.outcome, result?.passed]).toEqual([expected, true]);
});
