import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Claims } from '../../src/identity/oidc/claim-at.ts';
import { identityFromClaims, needsUserInfo } from '../../src/identity/oidc/identity-from-claims.ts';
import { compileArea } from '../../src/rules/decide/compile-area.ts';
import { createPolicyCompiler } from '../../src/rules/decide/compile-policy.ts';
import type { OidcProviderSettings } from '../../src/settings/settings.ts';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { facts, policyList, ruleGroups } from '../rules/random-rules.ts';
import { appWith, decideOn, factsOf, rulesOf } from '../rules/rules-text.ts';
import { providerSettings } from './login-site.ts';

const nowMs = 1_800_000_000_000;

function settingsWith(own: Partial<OidcProviderSettings> = {}): OidcProviderSettings {
  return providerSettings({ id: 'google', issuer: 'https://idp.example', ...own });
}

function identityOf(claims: Claims, own: Partial<OidcProviderSettings> = {}, userInfo: Claims | null = null) {
  return identityFromClaims(settingsWith(own), { sub: 'x', ...claims }, userInfo, nowMs);
}

function groupsOf(claims: Claims, own: Partial<OidcProviderSettings> = {}, userInfo: Claims | null = null) {
  const { groups, unsettled } = identityOf(claims, own, userInfo);
  return [groups, unsettled?.groups];
}

describe('groups', () => {
  it.each<[string, Claims, readonly string[]]>([
    ['a list', { groups: ['a', 'b'] }, ['a', 'b']],
    ['an empty list', { groups: [] }, []],
    ['a text', { groups: 'a' }, ['a']],
    ['a text with a blank', { groups: 'Domain Users' }, ['Domain Users']],
    ['a distinguished name', { groups: 'CN=a,OU=g,DC=x' }, ['CN=a,OU=g,DC=x']],
    [
      'a list beside references that are none',
      { groups: ['a'], _claim_names: [], _claim_sources: {} },
      ['a'],
    ],
    ['the keys of an object that are said to hold', { groups: { admin: true } }, ['admin']],
    ['the keys of an object', { groups: { admin: { 2134: 'acme.example' }, user: {} } }, ['admin', 'user']],
    ['an empty object', { groups: {} }, []],
    ['a list with one group twice', { groups: ['a', 'a'] }, ['a']],
  ])('are %s', (_, claims, groups) => {
    expect(groupsOf(claims)).toEqual([groups, null]);
  });

  it.each<[string, Claims, readonly string[], string]>([
    ['absent', {}, [], 'missing'],
    ['null', { groups: null }, [], 'missing'],
    ['a number', { groups: 7 }, [], 'wrong-type'],
    ['true', { groups: true }, [], 'wrong-type'],
    ['an empty text', { groups: '' }, [], 'wrong-type'],
    ['a list of objects', { groups: [{ name: 'a' }] }, [], 'odd-items'],
    ['a list with a null in it', { groups: ['a', null, 'b'] }, ['a', 'b'], 'odd-items'],
    ['a list with a number in it', { groups: [7, 'a'] }, ['a'], 'odd-items'],
    ['a list with a list in it', { groups: ['a', ['b']] }, ['a'], 'odd-items'],
    ['a list with an empty text in it', { groups: ['', 'a'] }, ['a'], 'odd-items'],
    ['a text that may be several', { groups: 'contractors,staff' }, ['contractors,staff'], 'odd-items'],
    [
      'a text that looks like a list',
      { groups: '[contractors, staff]' },
      ['[contractors, staff]'],
      'odd-items',
    ],
    ['a text with a list by lines', { groups: 'a\nb' }, ['a\nb'], 'odd-items'],
    [
      'a text of distinguished names',
      { groups: 'CN=a,DC=x;CN=b,DC=x' },
      ['CN=a,DC=x;CN=b,DC=x'],
      'odd-items',
    ],
    ['a list with gaps, as PHP writes it', { groups: { 0: 'staff', 2: 'contractors' } }, [], 'odd-items'],
    ['a list of objects with gaps', { groups: { 1: { name: 'contractors' } } }, [], 'odd-items'],
    ['keys of which some are denied', { groups: { admin: false, staff: true } }, ['staff'], 'odd-items'],
    ['keys with nothing beside them', { groups: { admin: null } }, [], 'odd-items'],
    ['keys with texts or lists beside them', { groups: { g1: 'a', g2: ['b'] } }, [], 'odd-items'],
    ['references that are a text', { _claim_names: '{"groups":"src1"}' }, [], 'by-reference'],
    ['references that are a list', { _claim_names: ['groups'] }, [], 'by-reference'],
    ['sources to which no name refers', { _claim_sources: { src1: { endpoint: 'x' } } }, [], 'by-reference'],
    ['by reference', { _claim_names: { groups: 'src1' }, _claim_sources: {} }, [], 'by-reference'],
    [
      'by reference beside a list',
      { groups: ['a'], _claim_names: { groups: 'src1' } },
      ['a'],
      'by-reference',
    ],
    ['only said to exist', { hasgroups: true }, [], 'by-reference'],
    ['only said to exist, as a text', { hasgroups: 'true' }, [], 'by-reference'],
    ['a reference without a source', { 'groups:src1': 'https://graph.example' }, [], 'by-reference'],
  ])('that are %s are not settled', (_, claims, groups, fault) => {
    expect(groupsOf(claims)).toEqual([groups, fault]);
  });

  it('are none where the settings say that an absent claim means it, and only then', () => {
    const own = { groupsMissing: 'none' } as const;
    expect(groupsOf({}, own)).toEqual([[], null]);
    expect(groupsOf({ groups: null }, own)).toEqual([[], null]);
    for (const claims of [
      { groups: 7 },
      { groups: [7] },
      { hasgroups: true },
      { _claim_names: { groups: 's' } },
      { _claim_names: ['groups'] },
      { _claim_names: '{"groups":"src1"}' },
      { _claim_sources: { src1: {} } },
    ])
      expect(groupsOf(claims, own)[1]).not.toBeNull();
  });

  it('are not settled where something without claims stands on the way to them', () => {
    const own = { groupsMissing: 'none', groupsClaim: 'realm_access.roles' } as const;
    expect(groupsOf({ realm_access: {} }, own)).toEqual([[], null]);
    expect(groupsOf({ realm_access: null }, own)).toEqual([[], null]);
    for (const way of ['contractors', [{ roles: ['contractors'] }], true, 7])
      expect(groupsOf({ realm_access: way }, own)).toEqual([[], 'wrong-type']);
    expect(groupsOf({ realm_access: [] }, { ...own, groupsClaim: ['realm_access', 'roles'] })).toEqual([
      [],
      'wrong-type',
    ]);
    // UserInfo that says it is not silenced by it.
    expect(groupsOf({ realm_access: 'x' }, own, { sub: 'x', realm_access: { roles: ['a'] } })).toEqual([
      ['a'],
      null,
    ]);
  });

  it('are known to be none at a provider without a groups claim', () => {
    expect(groupsOf({ groups: ['a'], hasgroups: true }, { groupsClaim: null })).toEqual([[], null]);
  });

  it('are found by dots, or step by step where keys have dots', () => {
    const claims = { resource_access: { 'app.example.com': { roles: ['admin'] } }, a: { b: ['c'] } };
    expect(groupsOf(claims, { groupsClaim: 'a.b' })).toEqual([['c'], null]);
    expect(groupsOf(claims, { groupsClaim: ['resource_access', 'app.example.com', 'roles'] })).toEqual([
      ['admin'],
      null,
    ]);
    expect(groupsOf(claims, { groupsClaim: ['a.b'] })).toEqual([[], 'missing']);
    expect(groupsOf({ _claim_names: { a: 's' } }, { groupsClaim: 'a.b' })).toEqual([[], 'by-reference']);
    expect(groupsOf({ _claim_names: { a: 's' } }, { groupsClaim: ['a', 'b'] })).toEqual([[], 'by-reference']);
    // It speaks of the claim `groups`, and of no other.
    expect(groupsOf({ hasgroups: true, roles: ['a'] }, { groupsClaim: 'roles' })).toEqual([['a'], null]);
  });

  it('come from UserInfo where the ID token does not tell all of them', () => {
    const userInfo = { sub: 'x', groups: ['a', 'b'] };
    for (const claims of [{}, { groups: [7] }, { hasgroups: true }]) {
      expect(needsUserInfo(settingsWith(), { email: 'a', email_verified: true, ...claims })).toBe(true);
      expect(groupsOf(claims, {}, userInfo)).toEqual([['a', 'b'], null]);
    }
    expect(needsUserInfo(settingsWith(), { email: 'a', email_verified: true, groups: [] })).toBe(false);
    expect(groupsOf({ groups: ['c', 7] }, {}, { sub: 'x', groups: [7, 'a'] })).toEqual([
      ['c', 'a'],
      'odd-items',
    ]);
  });

  it('count only where the settings let them', () => {
    const own = { groupsOnly: ['acme', 'acme/*'] };
    const claims = { groups: ['acme', 'acme/it', 'acme/it/ops', 'acme2', 'evil/acme/it'] };
    expect(groupsOf(claims, own)).toEqual([['acme', 'acme/it', 'acme/it/ops'], null]);
    expect(groupsOf({ groups: ['acme', 7] }, own)).toEqual([['acme'], 'odd-items']);
  });
});

describe('a kept claim', () => {
  const own = { claims: ['values', 'flag'], optionalClaims: ['flag'] };
  const openOf = (claims: Claims) => ({ ...identityOf(claims, own).unsettled?.claims });

  it('that is absent is not settled, unless the settings say what its absence means', () => {
    expect(openOf({})).toEqual({ values: 'missing' });
    expect(openOf({ values: null, flag: null })).toEqual({ values: 'missing' });
    expect(openOf({ values: 'a' })).toEqual({});
    expect(openOf({ values: 'a', _claim_names: { flag: 'src1' } })).toEqual({ flag: 'by-reference' });
  });

  it('that the settings let be absent is not settled where something stands on the way to it', () => {
    const nested = { claims: ['work.kind'], optionalClaims: ['work.kind'] };
    const nestedOpenOf = (claims: Claims) => ({ ...identityOf(claims, nested).unsettled?.claims });
    for (const absent of [{}, { work: {} }, { work: null }]) expect(nestedOpenOf(absent)).toEqual({});
    for (const work of ['contractor', [{ kind: 'contractor' }], true])
      expect(nestedOpenOf({ work })).toEqual({ 'work.kind': 'wrong-type' });
    expect(nestedOpenOf({ _claim_names: ['work'] })).toEqual({ 'work.kind': 'by-reference' });
  });

  it('that the ID token says to be null is asked of UserInfo', () => {
    const said = { email: 'a@one.example', email_verified: true, groups: [], values: 'x' };
    expect(needsUserInfo(settingsWith(own), { ...said, flag: 'y' })).toBe(false);
    for (const name of ['flag', 'values', 'email', 'email_verified'])
      expect([name, needsUserInfo(settingsWith(own), { ...said, flag: 'y', [name]: null })]).toEqual([
        name,
        true,
      ]);
  });

  it('that is too large or too deep to keep is not settled, at 4096 characters exactly', () => {
    const fitting = 'x'.repeat(4094);
    expect(identityOf({ values: fitting }, own).claims['values']).toBe(fitting);
    expect(openOf({ values: fitting })).toEqual({});
    expect(identityOf({ values: `${fitting}x` }, own).claims).toEqual({});
    expect(openOf({ values: `${fitting}x` })).toEqual({ values: 'too-large' });
    const deep = JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`) as unknown;
    expect(openOf({ values: deep })).toEqual({ values: 'too-large' });
  });

  it('excludes whom it excludes with 11 values and with 1,000', () => {
    const rules = rulesOf(
      appWith(
        '- { name: p, action: allow, include: [authenticated], exclude: [{ claim: { name: teams, equals: t7 } }] }',
      ),
    );
    const teamsOf = (count: number) => ({ teams: Array.from({ length: count }, (_, index) => `t${index}`) });
    const outcomeOf = (claims: Claims) =>
      decideOn(rules, factsOf({ identity: identityOf(claims, { claims: ['teams'] }) })).outcome;
    expect([7, 11, 201, 1_000].map((count) => outcomeOf(teamsOf(count)))).toEqual([
      'allow',
      'deny',
      'deny',
      'deny',
    ]);
  });
});

describe('a provider that says less', () => {
  const own = { claims: ['department'], optionalClaims: [] };
  const names = ['email', 'email_verified', 'groups', 'department', 'amr'] as const;
  const full = fc.record({
    email: fc.constantFrom('a@one.example', 'b@one.example', 'a@two.example'),
    email_verified: fc.constant(true),
    groups: fc.subarray(['g1', 'g2', 'g3']),
    department: fc.oneof(
      fc.constantFrom<string | number | boolean>('it', 'hr', 7, true),
      fc.subarray<string | number>(['it', 'hr', 7]),
    ),
    amr: fc.subarray(['pwd', 'mfa']),
  });
  type Full = typeof full extends fc.Arbitrary<infer T> ? T : never;

  /** Ways in which a claim says less than it could. Its name, what it would say → what is said in its place. */
  const lessOf: Readonly<Record<string, (name: string, value: unknown) => Claims>> = {
    removed: () => ({}),
    null: (name) => ({ [name]: null }),
    'by reference': (name) => ({ _claim_names: { [name]: 'src1' } }),
    'beside a reference': (name, value) => ({
      [name]: Array.isArray(value) ? value.slice(1) : value,
      _claim_names: { [name]: 'src1' },
    }),
    'a list of objects': (name, value) => ({ [name]: [value].flat().map((item) => ({ name: item })) }),
    'one item of another type': (name, value) => ({
      [name]: Array.isArray(value) ? [...value.slice(1), null] : [null],
    }),
    'a list with gaps': (name, value) => ({
      [name]: Object.fromEntries([value].flat().map((item, index) => [2 * index, item])),
    }),
    'a list in a list': (name, value) => ({ [name]: [[value].flat()] }),
    'too large': (name, value) => ({ [name]: { value, more: 'x'.repeat(5_000) } }),
  };

  // The keys of an object are its groups: too large is not the word for it.
  const isOther = (name: string, how: string) => !(name === 'groups' && how === 'too large');

  it('never lets anybody in, whatever the claim and the rules', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(
        policyList,
        ruleGroups,
        facts,
        full,
        fc.constantFrom(...names),
        fc.constantFrom(...Object.keys(lessOf)),
        (policies, groups, one, said: Full, name, how) => {
          if (!isOther(name, how)) return;
          const area = compileArea(null, policies.map(createPolicyCompiler(groups)), 'enforce', {
            grantsFor: 'app',
          });
          const { [name]: value, ...rest } = said;
          const outcomeOf = (claims: Claims) =>
            area.decide({ ...one, identity: identityOf(claims, own), nowMs }).outcome;
          const before = outcomeOf(said);
          const after = outcomeOf({ ...rest, ...lessOf[how]?.(name, value) });
          if (before === 'deny') expect(after).toBe('deny');
          if (before !== after) seen.set(`${name} ${how}`, (seen.get(`${name} ${how}`) ?? 0) + 1);
        },
      ),
      { numRuns: inWholeRun(20_000, 8_000), seed: 20_261_126 },
    );
    // Each way matters: it changed what some of the random people were answered.
    for (const name of names)
      for (const how of Object.keys(lessOf))
        if (isOther(name, how) && how !== 'beside a reference')
          expect([name, how, (seen.get(`${name} ${how}`) ?? 0) > 0]).toEqual([name, how, true]);
  });
});
