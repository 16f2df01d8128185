import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileArea } from '../../src/rules/decide/compile-area.ts';
import { createPolicyCompiler } from '../../src/rules/decide/compile-policy.ts';
import type { RulesContext } from '../../src/rules/model/rules-set.ts';
import { explain } from '../../src/rules/review/explain.ts';
import { lintRules } from '../../src/rules/review/lint-rules.ts';
import { runTests } from '../../src/rules/review/run-tests.ts';
import { facts, policyList, ruleGroups } from './random-rules.ts';
import {
  appWith,
  decideOn,
  factsOf,
  monday,
  person,
  problemsOf,
  rulesOf,
  setOf,
  short,
  targetOf,
} from './rules-text.ts';

const anybody = '- { name: all, action: allow, include: [authenticated] }';
const methods = (words: string, policies = anybody, rest = '') =>
  appWith(policies, `    login_methods: ${words}\n${rest}`);

const outcomeOf = (text: string, idp: string) =>
  decideOn(rulesOf(text), factsOf({ identity: person({ idp }) })).outcome;

describe('an application with login methods', () => {
  test('takes logins made in one of these ways, and asks everybody else to log in', () => {
    expect(outcomeOf(methods('google'), 'google')).toBe('allow');
    expect(outcomeOf(methods('google'), 'email')).toBe('login');
    expect(outcomeOf(methods('[email, google]'), 'email')).toBe('allow');
    expect(outcomeOf(appWith(anybody), 'email')).toBe('allow');
  });

  test('keeps them in the order in which they are written', () => {
    expect(rulesOf(methods('[google, email]')).applications[0]?.loginMethods).toEqual(['google', 'email']);
    expect(rulesOf(methods('[email, google]')).applications[0]?.loginMethods).toEqual(['email', 'google']);
    expect(rulesOf(appWith(anybody)).applications[0]?.loginMethods).toBeNull();
  });

  test('decides about another login exactly as about nobody', () => {
    fc.assert(
      fc.property(ruleGroups, policyList, facts, (groups, policies, one) => {
        const compile = createPolicyCompiler(groups);
        const taken = one.identity === null ? [] : [one.identity.idp];
        const plain = compileArea(null, policies.map(compile), 'enforce');
        const other = compileArea(null, policies.map(compile), 'enforce', { loginMethods: ['another'] });
        const same = compileArea(null, policies.map(compile), 'enforce', {
          loginMethods: [...taken, 'another'],
        });
        expect(other.decide(one)).toEqual(plain.decide({ ...one, identity: null }));
        expect(same.decide(one)).toEqual(plain.decide(one));
      }),
    );
  });

  test('still opens a part to everybody', () => {
    const open = '- { name: open, action: bypass, include: [everyone] }';
    expect(outcomeOf(methods('google', open), 'email')).toBe('allow');
  });

  test('says in an explanation why a login does not count', () => {
    const told = explain(rulesOf(methods('google')), {
      host: 'app.example.com',
      target: targetOf('/'),
      facts: factsOf({ identity: person({ idp: 'email' }) }),
    });
    expect(told.decision?.outcome).toBe('login');
    expect(told.note).toBe(
      'logged in with email, and the application takes logins with `google` alone: it counts as no login here',
    );
  });

  test('takes the person of a test who does not say how they logged in', () => {
    const set = setOf(
      methods(
        'google',
        anybody,
        `tests:
  - { name: any way, url: "https://app.example.com/", as: { email: a@b.example }, expect: allow }
  - { name: this way, url: "https://app.example.com/", as: { login_method: google }, expect: allow }
  - { name: another way, url: "https://app.example.com/", as: { login_method: email }, expect: login }
`,
      ),
    );
    const results = runTests(set, rulesOf(methods('google')), { nowMs: monday, parseTarget: targetOf });
    expect(results.map(({ passed }) => passed)).toEqual([true, true, true]);
  });
});

describe('login methods that make no sense', () => {
  test.each([
    ['[]', 'empty-list'],
    ['""', 'empty-text'],
    ['gogle', 'unknown-provider'],
    ['[google, google]', 'duplicate-method'],
    ['3', 'wrong-type'],
  ])('%s', (words, code) => {
    expect(problemsOf(methods(words)).map(({ code: found }) => found)).toContain(code);
  });

  test('name the place and the way out', () => {
    expect(problemsOf(methods('[email, gogle]')).map(short)).toEqual([
      '7:28 unknown-provider: unknown identity provider `gogle` (did you mean `google`?)',
    ]);
  });

  test('are told about where a policy can then never match', () => {
    const codes = (policies: string) =>
      lintRules(setOf(methods('google', policies)), { nowMs: monday }).map(({ code }) => code);
    expect(codes('- { name: p, action: allow, include: [{ login_method: email }] }')).toContain(
      'never-matches',
    );
    expect(codes('- { name: p, action: allow, include: [{ login_method: google }] }')).not.toContain(
      'never-matches',
    );
    expect(codes('- { name: p, action: bypass, include: [everyone] }')).not.toContain('never-matches');
  });
});

describe('whose groups a policy means', () => {
  const several: Partial<RulesContext> = {
    providerIds: ['corp', 'partner', 'google'],
    groupProviders: ['corp', 'partner'],
  };
  const group = '- { name: p, action: allow, include: [{ group: admins }] }';

  test('is said by an application that takes one of the providers that have them', () => {
    expect(problemsOf(methods('[corp, google]', group), several)).toEqual([]);
  });

  test('is not said by one that takes several of them', () => {
    expect(problemsOf(methods('[corp, partner]', group), several).map(({ code }) => code)).toEqual([
      'group-of-any-provider',
    ]);
  });
});
