import { describe, expect, test } from 'vitest';
import { appWith, decideOn, factsOf, monday, person, rulesOf } from './rules-text.ts';

function outcome(policies: string, facts = factsOf(), rest = ''): string {
  const decision = decideOn(rulesOf(appWith(policies, rest)), facts);
  const missing = decision.missing.map(({ what }) => what).join('+');
  return [decision.outcome, decision.reason, decision.policy, missing].filter(Boolean).join(' ');
}

const logged = factsOf({ identity: person() });
const withKey = factsOf({
  identity: person({ hardwareKey: { usedAtMs: monday - 3_600_000, aaguid: null } }),
});

describe('the reading of policies', () => {
  const staff = '- { name: staff, action: allow, include: [{ email_domain: example.com }] }';

  test('the first policy that matches decides', () => {
    const first = '- { name: no, action: deny, include: [{ email: mom@example.com }] }';
    expect(outcome(`${first}\n${staff}`, logged)).toBe('deny policy-denied no');
    expect(outcome(`${staff}\n${first}`, logged)).toBe('allow policy-allowed staff');
  });

  test('none matches: deny', () => {
    expect(outcome(staff, factsOf({ identity: person({ email: 'x@example.org' }) }))).toBe(
      'deny no-policy-matched',
    );
  });

  test('who is not logged in is asked to log in when a login could help', () => {
    expect(outcome(staff)).toBe('login login-required staff login');
  });

  test('who can never get in is told so without a login', () => {
    const inside = '- { name: in, action: allow, include: [authenticated], require: [{ ip: 10.0.0.0/8 }] }';
    expect(outcome(inside)).toBe('deny no-policy-matched');
    expect(outcome(`- { name: no, action: deny, include: [{ group: g }] }\n${inside}`)).toBe(
      'deny no-policy-matched',
    );
  });

  test('`allow` for everyone still means somebody who is logged in', () => {
    const all = '- { name: all, action: allow, include: [everyone] }';
    expect(outcome(all)).toBe('login login-required all login');
    expect(outcome(all, logged)).toBe('allow policy-allowed all');
  });

  test('`bypass` needs nobody', () => {
    expect(outcome('- { name: open, action: bypass, include: [everyone] }')).toBe(
      'allow policy-bypassed open',
    );
  });

  test('a deny that is known to match needs no login', () => {
    expect(outcome(`- { name: no, action: deny, include: [{ ip: 192.0.2.0/24 }] }\n${staff}`)).toBe(
      'deny policy-denied no',
    );
  });

  test('a group that requires or excludes follows three-valued logic', () => {
    const rest = `rule_groups:
  staff: { include: [{ email_domain: example.com }], exclude: [{ group: contractors }] }
`;
    const policy = '- { name: staff, action: allow, include: [{ rule_group: staff }] }';
    expect(outcome(policy, factsOf(), rest)).toBe('login login-required staff login');
    expect(outcome(policy, logged, rest)).toBe('allow policy-allowed staff');
    const contractor = factsOf({ identity: person({ groups: ['contractors'] }) });
    expect(outcome(policy, contractor, rest)).toBe('deny no-policy-matched');
  });
});

describe('step-up', () => {
  const admins =
    '- { name: admins, action: allow, include: [{ email: mom@example.com }], require: [{ hardware_key: { max_age: 12h } }] }';

  test('asks a person who would get in with a key for the key', () => {
    expect(outcome(admins, logged)).toBe('step_up hardware-key-required admins hardware_key');
    expect(outcome(admins, withKey)).toBe('allow policy-allowed admins');
  });

  test('asks nobody for a key in vain', () => {
    const other = factsOf({ identity: person({ email: 'x@example.com' }) });
    expect(outcome(admins, other)).toBe('deny no-policy-matched');
  });

  test('a key that was used too long ago must be used again', () => {
    const old = person({ hardwareKey: { usedAtMs: monday - 13 * 3_600_000, aaguid: null } });
    const decision = decideOn(rulesOf(appWith(admins)), factsOf({ identity: old }));
    expect(decision.missing).toEqual([{ what: 'hardware_key', maxAgeMs: 12 * 3_600_000, source: 'any' }]);
  });

  test('asks for the word that a policy wants, bouncer’s own first where it wants both', () => {
    const missingFor = (...selectors: readonly string[]) => {
      const policy = `- { name: m, action: allow, include: [authenticated], require: [${selectors.join(', ')}] }`;
      return decideOn(rulesOf(appWith(policy)), factsOf({ identity: person({}) })).missing;
    };
    const [own, said, any] = [
      '{ hardware_key: { source: bouncer } }',
      '{ hardware_key: { source: provider } }',
      'hardware_key',
    ];
    const key = { what: 'hardware_key', maxAgeMs: null };
    expect(missingFor(own)).toEqual([{ ...key, source: 'bouncer' }]);
    expect(missingFor(said, any)).toEqual([{ ...key, source: 'provider' }]);
    expect(missingFor(said, own)).toEqual([{ ...key, source: 'bouncer' }]);
    expect(missingFor(any)).toEqual([{ ...key, source: 'any' }]);
  });

  test('says with the login how fresh the policy wants it, so that it is asked for once', () => {
    const decision = decideOn(rulesOf(appWith(admins)), factsOf({ identity: null }));
    expect(decision.missing).toEqual([{ what: 'login', maxAgeMs: 12 * 3_600_000 }]);
    const plain = '- { name: a, action: allow, include: [authenticated], require: [hardware_key] }';
    expect(decideOn(rulesOf(appWith(plain)), factsOf({ identity: null })).missing).toEqual([
      { what: 'login' },
    ]);
  });

  test('asks for a fresh login, and for both when both are needed', () => {
    const fresh = '- { name: f, action: allow, include: [authenticated], require: [{ login_age: 10s }] }';
    expect(outcome(fresh, logged)).toBe('step_up fresh-login-required f fresh_login');
    const both =
      '- { name: b, action: allow, include: [authenticated], require: [{ login_age: 10s }, hardware_key] }';
    expect(outcome(both, logged)).toBe('step_up hardware-key-required b hardware_key+fresh_login');
  });

  test('asks for the login alone where either would do', () => {
    const either = '- { name: e, action: allow, include: [hardware_key, { login_age: 10s }] }';
    expect(outcome(either, logged)).toBe('step_up fresh-login-required e fresh_login');
  });

  test('is not offered when a deny waits behind it', () => {
    const trap =
      '- { name: t, action: deny, include: [hardware_key] }\n- { name: a, action: allow, include: [authenticated] }';
    expect(outcome(trap, logged)).toBe('deny policy-denied t');
  });

  test('is offered when having the key ends a deny', () => {
    const gate =
      '- { name: g, action: deny, include: [everyone], exclude: [hardware_key] }\n- { name: a, action: allow, include: [authenticated] }';
    expect(outcome(gate, logged)).toBe('step_up hardware-key-required g hardware_key');
    expect(outcome(gate, withKey)).toBe('allow policy-allowed a');
  });

  test('a key of another make does not count, but another key may', () => {
    const make = 'cb69481e-8ff7-4039-93ec-0a2729a154a8';
    const policy = `- { name: m, action: allow, include: [{ hardware_key: { aaguid: ${make} } }] }`;
    const used = (aaguid: string | null) =>
      factsOf({ identity: person({ hardwareKey: { usedAtMs: monday, aaguid } }) });
    expect(outcome(policy, used(make))).toBe('allow policy-allowed m');
    expect(outcome(policy, used(null))).toBe('step_up hardware-key-required m hardware_key');
  });
});

describe('service tokens', () => {
  const people = '- { name: people, action: allow, include: [everyone] }';
  const ci = '- { name: ci, action: allow, include: [{ service_token: ci }] }';
  const token = factsOf({ serviceToken: 'ci' });

  test('an `allow` policy admits a service only by naming it', () => {
    expect(outcome(people, token)).toBe('deny no-policy-matched');
    expect(outcome(`${people}\n${ci}`, token)).toBe('allow policy-allowed ci');
    expect(outcome(ci, factsOf({ serviceToken: 'other' }))).toBe('deny no-policy-matched');
    expect(outcome('- { name: any, action: allow, include: [any_service_token] }', token)).toBe(
      'allow policy-allowed any',
    );
  });

  test('a service is never asked to log in', () => {
    expect(outcome('- { name: p, action: allow, include: [{ email: mom@example.com }] }', token)).toBe(
      'deny no-policy-matched',
    );
  });

  test('nobody without a token is let in by a policy for services', () => {
    expect(outcome(ci)).toBe('deny no-policy-matched');
    expect(outcome(ci, logged)).toBe('deny no-policy-matched');
  });
});

describe('what no login can bring counts for the safe side', () => {
  const nowhere = factsOf({ identity: person(), ip: null, country: null });

  test('an unknown address or country is outside of what is allowed', () => {
    expect(outcome('- { name: a, action: allow, include: [{ ip: 0.0.0.0/0 }] }', nowhere)).toBe(
      'deny no-policy-matched',
    );
    expect(outcome('- { name: a, action: allow, include: [{ country: PT }] }', nowhere)).toBe(
      'deny no-policy-matched',
    );
  });

  test('and inside of what is denied or excluded', () => {
    const all = '- { name: all, action: allow, include: [authenticated] }';
    const excluded = '- { name: a, action: allow, include: [authenticated], exclude: [{ country: RU }] }';
    expect(outcome(excluded, nowhere)).toBe('deny no-policy-matched');
    expect(outcome(`- { name: d, action: deny, include: [{ ip: 10.0.0.0/8 }] }\n${all}`, nowhere)).toBe(
      'deny policy-denied d',
    );
  });

  test('so does an address of a person that nobody verified', () => {
    const unverified = factsOf({ identity: person({ email: null, groups: ['staff'] }) });
    const policy =
      '- { name: a, action: allow, include: [{ group: staff }], exclude: [{ email: fired@example.com }] }';
    expect(outcome(policy, unverified)).toBe('deny no-policy-matched');
    expect(outcome(policy, factsOf({ identity: person({ groups: ['staff'] }) }))).toBe(
      'allow policy-allowed a',
    );
  });
});

describe('an error inside a decision', () => {
  test('is a deny that brings along what was thrown', () => {
    const rules = rulesOf(
      appWith('- { name: a, action: allow, include: [{ claim: { name: department, equals: it } }] }'),
    );
    const hostile = person({
      claims: Object.defineProperty({}, 'department', {
        get() {
          throw new Error('nonsense');
        },
      }),
    });
    expect(decideOn(rules, factsOf({ identity: hostile }))).toMatchObject({
      outcome: 'deny',
      reason: 'decision-error',
      fault: new Error('nonsense'),
    });
  });
});

describe('report-only', () => {
  const staff = '- { name: staff, action: allow, include: [authenticated] }';

  test('a policy in report mode decides nothing and says what it would have decided', () => {
    const trial = '- { name: trial, action: deny, mode: report, include: [{ email: mom@example.com }] }';
    const decision = decideOn(rulesOf(appWith(`${trial}\n${staff}`)), logged);
    expect(decision).toMatchObject({ outcome: 'allow', policy: 'staff' });
    expect(decision.reports).toEqual([{ policy: 'trial', outcome: 'deny', reason: 'policy-denied' }]);
  });

  test('a policy that is not reached or does not match reports nothing', () => {
    const trial = '- { name: trial, action: deny, mode: report, include: [{ email: x@example.com }] }';
    expect(decideOn(rulesOf(appWith(`${trial}\n${staff}`)), logged).reports).toEqual([]);
    const late = '- { name: trial, action: deny, mode: report, include: [everyone] }';
    expect(decideOn(rulesOf(appWith(`${staff}\n${late}`)), logged).reports).toEqual([]);
  });

  test('an application in report mode lets nobody in', () => {
    const rules = rulesOf(appWith(staff, '    mode: report\n'));
    const decision = decideOn(rules, logged);
    expect(decision).toMatchObject({ outcome: 'deny', reason: 'no-policy-matched', policy: null });
    expect(decision.reports).toEqual([{ policy: 'staff', outcome: 'allow', reason: 'policy-allowed' }]);
  });
});

test('an ordinary decision is shared, and frozen to its leaves', () => {
  const rules = rulesOf(appWith('- { name: all, action: allow, include: [everyone] }'));
  const decision = decideOn(rules, logged);
  expect(decideOn(rules, logged)).toBe(decision);
  expect(
    Object.isFrozen(decision) && Object.isFrozen(decision.missing) && Object.isFrozen(decision.reports),
  ).toBe(true);
});
