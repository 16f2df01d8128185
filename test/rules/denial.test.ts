// What somebody who is refused may read of why: kinds of things, the policy's label, and no word of the rules beside it.
import { describe, expect, test } from 'vitest';
import type { Denial, MissedWay } from '../../src/rules/model/denial.ts';
import type { Facts } from '../../src/rules/model/facts.ts';
import { factsOf, person, problemsOf, rulesOf, targetOf } from './rules-text.ts';

const rules = (policies: string, rest = '') => `
rule_groups:
  office:
    include: [{ email_domain: acme.example }]
    exclude: [{ group: contractors }]
  watch:
    include: [{ group: night-watch }]
    require: [{ ip: 192.0.2.0/24 }]
applications:
  - name: app
    host: app.example.com
    upstream: http://127.0.0.1:8090
    requests: { from: [{ email_domain: example.com }], approvers: [{ email: lead@example.com }], notify: [it@example.com] }
    ${rest}
    policies:
${policies}
`;

const erin = person({ email: 'erin@example.com', groups: ['contractors'] });

function denial(policies: string, facts: Partial<Facts> = {}, rest = ''): Denial | null {
  const [application] = rulesOf(rules(policies, rest)).applications;
  const area = application?.selectArea(targetOf('/'));
  if (area === undefined || area === 'ambiguous') throw new Error('no area');
  return area.denial(factsOf({ identity: erin, ip: '203.0.113.9', country: 'PT', ...facts }));
}

const ways = (policies: string, facts: Partial<Facts> = {}, rest = ''): readonly MissedWay[] => {
  const found = denial(policies, facts, rest);
  return found?.kind === 'missing' ? found.ways : [];
};

describe('what was missing', () => {
  test.each<[string, string]>([
    ['{ group: staff }', 'group'],
    ['{ email: [ada@example.com, bob@example.com] }', 'address'],
    ['{ email_domain: acme.example }', 'address'],
    ['{ claim: { name: department, equals: it } }', 'claim'],
    ['{ login_method: email }', 'login_method'],
    ['{ auth_method: otp }', 'auth_method'],
    ['{ ip: 10.0.0.0/8 }', 'network'],
    ['{ country: DE }', 'country'],
    ['{ method: [POST] }', 'method'],
    ['{ time: { days: [sun], timezone: UTC } }', 'time'],
    ['granted', 'grant'],
    ['{ service_token: ci }', 'program'],
    ['any_service_token', 'program'],
  ])('is told by its kind: %s', (selector, lack) => {
    expect(ways(`      - { name: p, action: allow, include: [${selector}] }`)).toEqual([{ lacks: [[lack]] }]);
  });

  test('is an address that counts, where there is none; and groups that are known, where they are not', () => {
    const policies =
      '      - { name: p, action: allow, include: [{ email: a@example.com }, { group: staff }] }';
    const unsettled = { email: 'email-missing', groups: 'missing', amr: null, claims: {} } as const;
    expect(ways(policies, { identity: { ...erin, email: null, unsettled } })).toEqual([
      { lacks: [['confirmed_address', 'known_group']] },
    ]);
  });

  test('is of each policy that would let in all that keeps it from it, each kind once', () => {
    expect(
      ways(`
      - { name: a, action: allow, include: [{ group: staff }, { group: leads }], require: [{ ip: 10.0.0.0/8 }, hardware_key] }
      - { name: b, action: allow, include: [authenticated], exclude: [{ group: contractors }] }
      - { name: c, action: bypass, include: [{ ip: 10.0.0.0/8 }] }
      - { name: d, action: allow, include: [{ group: others }], require: [{ ip: 192.0.2.0/24 }] }
      - { name: e, action: allow, include: [{ rule_group: [office, watch] }] }`),
    ).toEqual([
      { lacks: [['group'], ['network']] },
      { lacks: [['group_out']] },
      { lacks: [['network']] },
      { lacks: [['address', 'group_out', 'group', 'network']] },
    ]);
  });

  test('is no token of a program, where there is something for people', () => {
    const program = '      - { name: p, action: allow, include: [any_service_token] }';
    expect(ways(`${program}\n      - { name: q, action: allow, include: [{ group: staff }] }`)).toEqual([
      { lacks: [['group']] },
    ]);
  });

  test('is nothing that a step-up brings, nor what is not enforced', () => {
    expect(
      ways(`
      - { name: a, action: allow, include: [{ group: staff }], require: [hardware_key, { login_age: 1h }] }
      - { name: b, action: allow, mode: report, include: [{ ip: 10.0.0.0/8 }] }`),
    ).toEqual([{ lacks: [['group']] }]);
  });

  test('is what a policy that says no looks at, and what it makes an exception for', () => {
    const rest = '\n      - { name: all, action: allow, include: [authenticated] }';
    expect(ways(`      - { name: no, action: deny, include: [{ group: contractors }] }${rest}`)).toEqual([
      { lacks: [['group_out']] },
    ]);
    expect(
      ways(
        `      - { name: no, action: deny, include: [everyone], exclude: [{ ip: 10.0.0.0/8 }, { group: staff }] }${rest}`,
      ),
    ).toEqual([{ lacks: [['network', 'group']] }]);
    expect(ways(`      - { name: no, action: deny, include: [everyone] }${rest}`)).toEqual([]);
  });

  test('is told to nobody in particular, too', () => {
    expect(
      ways('      - { name: p, action: bypass, include: [{ ip: 10.0.0.0/8 }] }', { identity: null }),
    ).toEqual([{ lacks: [['network']] }]);
  });

  test('is nothing where the rules do not say no', () => {
    expect(denial('      - { name: p, action: allow, include: [authenticated] }')).toBeNull();
    expect(
      denial('      - { name: p, action: allow, include: [authenticated], require: [hardware_key] }'),
    ).toBeNull();
  });

  test('holds no word of the rules but a label', () => {
    const found = JSON.stringify(
      denial(`
      - { name: secret-name, action: allow, include: [{ group: secret-group }, { email: secret@example.com }] }
      - { name: other-name, action: allow, include: [{ ip: 10.9.8.0/24 }, { country: DE }, { claim: { name: department, equals: x } }] }`),
    );
    expect(found).not.toMatch(/secret|name|department|10\.9|DE/);
  });
});

describe('a label', () => {
  test('stands in place of the kinds, of what lets in and of what keeps out', () => {
    expect(
      ways(`
      - { name: p, label: a place in the team, action: allow, include: [{ group: staff }] }
      - { name: q, action: allow, include: [{ ip: 10.0.0.0/8 }] }`),
    ).toEqual([{ label: 'a place in the team' }, { lacks: [['network']] }]);
    expect(
      denial(`
      - { name: no, label: nobody works on Mondays, action: deny, include: [{ time: { days: [mon], timezone: UTC } }] }
      - { name: all, action: allow, include: [authenticated] }`),
    ).toEqual({ kind: 'rule', label: 'nobody works on Mondays' });
  });

  test('has at most 60 characters', () => {
    const text = rules(
      `      - { name: p, label: ${'x'.repeat(61)}, action: allow, include: [{ group: staff }] }`,
    );
    expect(problemsOf(text).map(({ code }) => code)).toEqual(['too-long']);
  });
});
