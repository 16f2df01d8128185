import { describe, expect, test } from 'vitest';
import type { RulesContext } from '../../src/rules/model/rules-set.ts';
import { appWith, problemsOf } from './rules-text.ts';

const several: Partial<RulesContext> = {
  providerIds: ['corp', 'partner', 'google'],
  groupProviders: ['corp', 'partner'],
  keptClaims: ['department', 'level'],
  claimProviders: { department: ['corp', 'partner'], level: ['corp'] },
};

const codesOf = (policy: string, rest = '', own: Partial<RulesContext> = several) =>
  problemsOf(appWith(`- { name: p, ${policy} }`, rest), own).map(({ code }) => code);

describe('with several providers that have groups, a policy that looks at them', () => {
  test.each([
    'action: allow, include: [{ group: admins }]',
    'action: bypass, include: [{ group: admins }]',
    'action: deny, include: [{ group: contractors }]',
    'action: allow, include: [everyone], require: [{ group: admins }]',
    'action: allow, include: [{ email_domain: example.com }], exclude: [{ group: contractors }]',
    // One of two ways in is not a bound.
    'action: allow, include: [{ group: admins }, { login_method: corp }]',
    'action: allow, include: [{ group: admins }], exclude: [{ login_method: partner }]',
    'action: allow, include: [{ group: admins }, { rule_group: corp or mom }]',
    'action: allow, include: [{ group: admins }], require: [{ rule_group: corp or mom }]',
    'action: allow, include: [{ group: admins }], mode: report',
  ])('must name the provider: %s', (policy) => {
    const groups =
      'rule_groups: { "corp or mom": { include: [{ login_method: corp }, { email: mom@example.com }] } }\n';
    expect(codesOf(policy, groups)).toEqual(['group-of-any-provider']);
  });

  test.each([
    'action: allow, include: [{ group: admins }], require: [{ login_method: corp }]',
    'action: deny, include: [{ group: contractors }], require: [{ login_method: corp }]',
    'action: allow, include: [{ login_method: corp }], require: [{ group: admins }]',
    'action: allow, include: [{ login_method: [corp, partner] }], exclude: [{ group: contractors }]',
    'action: allow, include: [{ login_method: corp }, { login_method: partner }], require: [{ group: a }]',
    'action: allow, include: [{ group: admins }], require: [{ rule_group: by corp }]',
    'action: allow, include: [{ rule_group: by corp }], exclude: [{ group: contractors }]',
    // Bound where it stands, whoever else the policy lets in.
    'action: allow, include: [{ rule_group: corp admins }, { email: mom@example.com }]',
    'action: allow, include: [authenticated], exclude: [{ rule_group: corp admins }]',
  ])('is right when it does: %s', (policy) => {
    const groups = `rule_groups:
  by corp: { include: [{ login_method: corp }] }
  corp admins: { include: [{ group: admins }], require: [{ rule_group: by corp }] }
`;
    expect(codesOf(policy, groups)).toEqual([]);
  });

  test('that keeps people out is told to name them all: with one alone, others would get in', () => {
    const policy = '- { name: p, action: deny, include: [{ group: contractors }]';
    const allow = '- { name: q, action: allow, include: [authenticated] }';
    expect(problemsOf(appWith(`${policy} }\n${allow}`), several)).toMatchObject([
      {
        hint: 'add `require: [{ login_method: [corp, partner] }]` there: it then keeps out whomever one of them says it of',
      },
    ]);
    const all = `${policy}, require: [{ login_method: [corp, partner] }] }`;
    expect(problemsOf(appWith(`${all}\n${allow}`), several)).toEqual([]);
  });

  test('is told where the selector stands, once, and what to do', () => {
    const text = appWith(
      `
      - { name: one, action: allow, include: [{ rule_group: admins }] }
      - { name: two, action: allow, include: [{ rule_group: admins }] }
      `,
      'rule_groups:\n  admins:\n    include: [{ group: admins }]\n',
    );
    expect(problemsOf(text, several)).toMatchObject([
      {
        line: 10,
        column: 15,
        code: 'group-of-any-provider',
        reason: '`one` takes groups from several identity providers: `corp` and `partner`',
        hint: 'add `require: [{ login_method: corp }]` there, or set `groups_claim: none` for the providers whose groups do not count',
      },
    ]);
  });
});

describe('with several providers that have groups, `requests` that look at them', () => {
  const groups = 'rule_groups: { leads: { include: [{ group: leads }], require: [{ login_method: corp }] } }';
  const withRequests = (requests: string, more = '') =>
    problemsOf(
      appWith('- { name: p, action: allow, include: [granted] }', groups).replace(
        'policies:',
        `${more}\n    requests: { notify: [it@example.com], ${requests} }\n    policies:`,
      ),
      several,
    );
  const codes = (requests: string, more = '') => withRequests(requests, more).map(({ code }) => code);

  test('name the provider: one of the others could make anybody an approver', () => {
    expect(withRequests('from: [authenticated], approvers: [{ group: leads }]')).toMatchObject([
      {
        code: 'group-of-any-provider',
        reason: '`requests` takes groups from several identity providers: `corp` and `partner`',
        hint: 'name a rule group in its place that has `require: [{ login_method: corp }]`, or set `groups_claim: none` for the providers whose groups do not count',
      },
    ]);
    const boss = 'approvers: [{ email: boss@example.com }]';
    expect(codes(`from: [{ group: staff }], ${boss}`)).toEqual(['group-of-any-provider']);
    expect(codes('from: [authenticated], approvers: [{ rule_group: leads }]')).toEqual([]);
  });

  test('are held to `login_methods`, or for who decides to those of their own', () => {
    const methods = 'login_methods: [corp]';
    expect(codes('from: [{ group: staff }], approvers: [{ group: leads }]', methods)).toEqual([]);
    const both = 'from: [authenticated], approvers: [{ group: leads }], approver_login_methods';
    expect(codes(`${both}: [corp, partner]`, methods)).toEqual(['group-of-any-provider']);
    expect(codes(`${both}: partner`)).toEqual([]);
  });
});

test('a claim that several providers keep is looked at likewise', () => {
  const claim = (name: string) => `{ claim: { name: ${name}, equals: it } }`;
  expect(codesOf(`action: allow, include: [${claim('department')}]`)).toEqual(['claim-of-any-provider']);
  expect(codesOf(`action: allow, include: [${claim('level')}]`)).toEqual([]);
  expect(
    codesOf(`action: allow, include: [${claim('department')}], require: [{ login_method: partner }]`),
  ).toEqual([]);
});

test('one provider with groups, and rules without settings, need no name', () => {
  const policy = 'action: allow, include: [{ group: admins }]';
  expect(codesOf(policy, '', { ...several, groupProviders: ['corp'] })).toEqual([]);
  expect(codesOf(policy, '', { ...several, groupProviders: null, claimProviders: null })).toEqual([]);
});
