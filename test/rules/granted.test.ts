// Access for a time in the rules: what `granted` means where, who may ask and who may give, and what of it is hardly meant.
import { describe, expect, test } from 'vitest';
import { isWorthAsking } from '../../src/rules/decide/is-worth-asking.ts';
import type { Grants, Identity } from '../../src/rules/model/facts.ts';
import { diffRules } from '../../src/rules/review/diff-rules.ts';
import { explain } from '../../src/rules/review/explain.ts';
import { lintRules } from '../../src/rules/review/lint-rules.ts';
import { runTests } from '../../src/rules/review/run-tests.ts';
import {
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

const requests = `requests: { from: [{ email_domain: example.com }], approvers: [{ email: lead@example.com }, { group: leads }], notify: [It@Example.com], max_duration: 8h }`;

const rules = (own = requests, rest = '') => `
applications:
  - name: app
    host: app.example.com
    upstream: http://127.0.0.1:8090
    ${own}
    policies:
      - { name: never, action: deny, include: [{ group: outcasts }] }
      - { name: staff, action: allow, include: [{ group: staff }] }
      - { name: for a time, action: allow, include: [granted] }
    paths:
      - path: /admin
        policies:
          - { name: admins for a time, action: allow, include: [granted], require: [hardware_key] }
      - path: /closed
        policies:
          - { name: nobody, action: allow, include: [{ email: nobody@example.com }] }
  - name: other
    host: other.example.com
    upstream: http://127.0.0.1:8091
    ${requests}
    policies:
      - { name: for a time, action: allow, include: [granted] }
${rest}`;

const later = monday + 1_000;
const grantFor = (application: string, area: string | null, endsAtMs = later): Grants => [
  { application, area, endsAtMs },
];
const erin = person({ email: 'erin@example.com' });

function outcome(grants: Grants | undefined, path = '/', own = requests, identity = erin): string {
  const facts = factsOf({ identity, ...(grants === undefined ? {} : { grants }) });
  return decideOn(rulesOf(rules(own)), facts, `https://app.example.com${path}`).outcome;
}

describe('a grant', () => {
  test('opens its application until it ends, and no longer', () => {
    expect(outcome(undefined)).toBe('deny');
    expect(outcome([])).toBe('deny');
    expect(outcome(grantFor('app', null))).toBe('allow');
    expect(outcome(grantFor('app', null, monday + 1))).toBe('allow');
    expect(outcome(grantFor('app', null, monday))).toBe('deny');
  });

  test('opens no other application and no other area', () => {
    expect(outcome(grantFor('other', null))).toBe('deny');
    expect(outcome(grantFor('app', '/admin'))).toBe('deny');
    expect(outcome(grantFor('app', null), '/admin')).toBe('deny');
    expect(outcome(grantFor('app', '/closed'), '/closed')).toBe('deny');
  });

  test('waives nothing else', () => {
    expect(outcome(grantFor('app', '/admin'), '/admin')).toBe('step_up');
    expect(outcome(grantFor('app', null), '/', requests, person({ groups: ['outcasts'] }))).toBe('deny');
  });

  test('is void where the rules have no `requests`', () => {
    expect(outcome(grantFor('app', null), '/', '')).toBe('deny');
    expect(outcome('assumed', '/', '')).toBe('deny');
  });

  test('is nothing that a login could settle, and asks nobody who is logged in for one', () => {
    expect(decideOn(rulesOf(rules()), factsOf({})).outcome).toBe('login');
    expect(decideOn(rulesOf(rules()), factsOf({ serviceToken: 'ci', grants: 'assumed' })).outcome).toBe(
      'deny',
    );
  });

  test('says when the decision has to be made again', () => {
    const [app] = rulesOf(rules()).applications;
    const [whole, admin] = app?.areas ?? [];
    const grants = [
      grantFor('app', null, monday + 5_000),
      grantFor('app', null, monday + 3_000),
    ].flat() as Grants;
    expect(whole?.grantEndsAtMs(grants, monday)).toBe(monday + 3_000);
    expect(whole?.grantEndsAtMs(grants, monday + 3_000)).toBe(monday + 5_000);
    expect(admin?.grantEndsAtMs(grants, monday)).toBe(Number.POSITIVE_INFINITY);
    expect(whole?.grantEndsAtMs(undefined, monday)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('who may ask', () => {
  const worth = (own: Parameters<typeof factsOf>[0], path = '/') => {
    const app = rulesOf(rules()).findApplication('app.example.com');
    const area = app?.selectArea(targetOf(path));
    if (app === null || area === undefined || area === 'ambiguous') throw new Error(path);
    return isWorthAsking(app, area, factsOf(own));
  };

  test('is refused, named by `from`, and would get in', () => {
    expect(worth({ identity: erin })).toBe(true);
    expect(worth({ identity: erin }, '/admin')).toBe(true);
    expect(worth({ identity: person({ email: 'eve@evil.test' }) })).toBe(false);
    expect(worth({ identity: person({ email: null }) })).toBe(false);
    expect(worth({ identity: person({ email: 'erin@example.com', groups: ['staff'] }) })).toBe(false);
    expect(worth({ identity: person({ email: 'erin@example.com', groups: ['outcasts'] }) })).toBe(false);
    expect(worth({ identity: erin }, '/closed')).toBe(false);
    expect(worth({ identity: erin, grants: grantFor('app', null) })).toBe(false);
    expect(worth({})).toBe(false);
  });

  test('and who may give it, is told by the rules', () => {
    const wanted = rulesOf(rules()).applications[0]?.requests;
    expect(wanted?.told).toEqual(['it@example.com', 'lead@example.com']);
    expect(wanted?.maxDurationMs).toBe(8 * 3_600_000);
    expect(wanted?.mayApprove(factsOf({ identity: person({ email: 'lead@example.com' }) }))).toBe(true);
    expect(
      wanted?.mayApprove(factsOf({ identity: person({ email: 'x@y.example', groups: ['leads'] }) })),
    ).toBe(true);
    expect(wanted?.mayApprove(factsOf({ identity: erin }))).toBe(false);
    // By another provider, whose word on addresses does not count, it may be who asks.
    const nameless = person({ email: null, groups: ['leads'] });
    expect(wanted?.mayApprove(factsOf({ identity: nameless }))).toBe(false);
    expect(wanted?.mayApprove(factsOf({}))).toBe(false);
    expect(wanted?.mayApprove(factsOf({ serviceToken: 'ci' }))).toBe(false);
  });

  test('is given by logins that the application takes, or those that are named for it', () => {
    const approvers = (own: string, methods = '') => {
      const text = rules(
        `requests: { from: [authenticated], approvers: [{ email: lead@example.com }]${own} }\n    ${methods}`,
      );
      const wanted = rulesOf(text).applications[0]?.requests;
      return ['google', 'email'].map((idp) => {
        const facts = factsOf({ identity: person({ email: 'lead@example.com', idp }) });
        return [wanted?.mayApprove(facts), wanted?.mayApproveOtherwise(facts)];
      });
    };
    const [may, couldOtherwise] = [
      [true, false],
      [false, true],
    ];
    expect(approvers('')).toEqual([may, may]);
    expect(approvers('', 'login_methods: google')).toEqual([may, couldOtherwise]);
    expect(approvers(', approver_login_methods: email', 'login_methods: google')).toEqual([
      couldOtherwise,
      may,
    ]);
    expect(approvers(', approver_login_methods: [email, google]', 'login_methods: google')).toEqual([
      may,
      may,
    ]);
    const nobody = rulesOf(rules()).applications[0]?.requests;
    for (const facts of [factsOf({}), factsOf({ identity: erin }), factsOf({ serviceToken: 'ci' })])
      expect(nobody?.mayApproveOtherwise(facts)).toBe(false);
    expect(
      problemsOf(rules(requests.replace('max_duration', 'approver_login_methods: nope, max_duration'))).map(
        ({ code }) => code,
      ),
    ).toEqual(['unknown-provider']);
  });

  test('is given after a step-up where `approvers` ask for one, and by nobody whom that does not help', () => {
    const group = `rule_groups:
  careful:
    include: [{ email: lead@example.com }]
    require: [hardware_key, { login_age: 1h }]
`;
    const own = `requests: { from: [authenticated], approvers: [{ rule_group: careful }], notify: [a@b.example] }`;
    const wanted = rulesOf(`${group}${rules(own)}`).applications[0]?.requests;
    const lead = (more: Partial<Identity> = {}) =>
      factsOf({ identity: person({ email: 'lead@example.com', authTimeMs: null, ...more }) });
    expect(wanted?.mayApprove(lead())).toBe(false);
    expect(wanted?.approvalNeeds(lead()).map(({ what }) => what)).toEqual(['hardware_key', 'fresh_login']);
    const after = lead({ authTimeMs: monday, hardwareKey: { usedAtMs: monday, aaguid: null } });
    expect(wanted?.mayApprove(after)).toBe(true);
    for (const facts of [after, lead({ email: null }), factsOf({ identity: erin }), factsOf({})])
      expect(wanted?.approvalNeeds(facts)).toEqual([]);
  });

  test('are asked for what the rules say of them, as everybody is', () => {
    const own = `requests: { from: [authenticated], approvers: [{ email_domain: example.com }], notify: [a@b.example] }`;
    expect(rulesOf(rules(own)).asksAbout.has('email_domain')).toBe(true);
  });

  test('can log in by a code, though no policy names them', () => {
    const compiled = rulesOf(rules());
    for (const email of ['erin@example.com', 'lead@example.com'])
      expect(compiled.namesAddress(email)).toBe(true);
    expect(compiled.namesAddress('eve@evil.test')).toBe(false);
  });
});

describe('bad input', () => {
  const from = 'from: [authenticated]';
  test.each([
    [`{ ${from}, approvers: [{ group: leads }] }`, 'nobody-notified'],
    [`{ ${from}, approvers: [{ rule_group: leads }] }`, 'nobody-notified'],
    [`{ ${from}, approvers: [{ rule_group: nope }], notify: [a@b.example] }`, 'unknown-rule-group'],
    [`{ ${from}, approvers: [{ email: a@b.example }], notify: [nobody] }`, 'bad-email'],
    [`{ ${from}, approvers: [{ email: a@b.example }], max_duration: 91d }`, 'too-long'],
    [`{ ${from}, approvers: [{ email: a@b.example }], max_duration: soon }`, 'bad-duration'],
    [`{ ${from}, approvers: [{ email: a@b.example }], purpose: maybe }`, 'unknown-value'],
    [`{ ${from}, approvers: [granted], notify: [a@b.example] }`, 'granted-in-requests'],
    [`{ ${from}, approvers: [] }`, 'empty-list'],
    [`{ ${from} }`, 'missing-key'],
    [`{ ${from}, approvers: [{ email: a@b.example }], until: 8h }`, 'unknown-key'],
  ])('requests: %s', (words, code) => {
    const groups = 'rule_groups: { leads: { include: [{ email_domain: example.com }] } }';
    const found = problemsOf(`${groups}\n${rules(`requests: ${words}`)}`);
    expect(found.map((problem) => problem.code)).toContain(code);
    const [first] = found;
    expect(short(first ?? never())).toMatch(/^\d+:\d+ /);
  });

  test('access is not given on a host where scripts of an application run', () => {
    const own = { authUrl: 'https://other.example.com' };
    expect(problemsOf(rules(), own).map(({ code }) => code)).toEqual(['approvals-not-apart']);
    expect(problemsOf(rules().replaceAll(requests, ''), own)).toEqual([]);
  });

  test.each([
    ['itself', 'helpers: { include: [granted, { email: lead@example.com }] }'],
    [
      'by another one',
      'helpers: { include: [{ rule_group: given }] }, given: { include: [authenticated], require: [granted] }',
    ],
    ['to leave people out', 'helpers: { include: [authenticated], exclude: [granted] }'],
  ])('grants make nobody an approver, nor let them ask, by a rule group that names them %s', (_, group) => {
    const groups = `rule_groups: { ${group} }`;
    for (const words of [
      `requests: { ${from}, approvers: [{ rule_group: helpers }], notify: [it@example.com] }`,
      'requests: { from: [{ rule_group: helpers }], approvers: [{ email: lead@example.com }] }',
    ]) {
      const [found, ...more] = problemsOf(`${groups}\n${rules().replace(requests, words)}`);
      expect(found?.code).toBe('granted-in-requests');
      expect(more).toEqual([]);
    }
  });

  test('approvers that a rule group names by address can be told', () => {
    const groups = 'rule_groups: { leads: { include: [{ email: lead@example.com }] } }';
    const words = `requests: { ${from}, approvers: [{ rule_group: leads }] }`;
    expect(problemsOf(`${groups}\n${rules(words)}`)).toEqual([]);
    expect(rulesOf(`${groups}\n${rules(words)}`).applications[0]?.requests?.told).toEqual([
      'lead@example.com',
    ]);
  });

  test('is warned of where it is hardly meant', () => {
    const codes = (text: string, own = {}) =>
      lintRules(setOf(text, own), { nowMs: monday })
        .map(({ code }) => code)
        .filter((code) => !['untested-application', 'path-drops-requirement'].includes(code));
    expect(codes(rules())).toEqual([]);
    expect(codes(rules(''))).toEqual(['granted-without-requests']);
    expect(codes(rules().replaceAll('include: [granted]', 'include: [{ group: g }]'))).toEqual([
      'requests-without-granted',
      'requests-without-granted',
    ]);
    expect(codes(rules(), { canMail: false })).toEqual(['requests-without-mail', 'requests-without-mail']);
  });
});

function never(): never {
  throw new Error('no problem');
}

describe('the reviews of rules', () => {
  const run = { nowMs: monday, parseTarget: targetOf };

  test('a test says that somebody was granted access', () => {
    const tests = `tests:
  - { name: without, url: "https://app.example.com/", as: { email: erin@example.com }, expect: deny }
  - { name: with, url: "https://app.example.com/", as: { email: erin@example.com }, granted: true, expect: allow }
  - { name: with key, url: "https://app.example.com/admin", as: { email: erin@example.com }, granted: true, expect: step_up }
  - { name: closed, url: "https://app.example.com/closed", as: { email: erin@example.com }, granted: true, expect: deny }
`;
    const set = setOf(rules(requests, tests));
    const results = runTests(set, rulesOf(rules(requests, tests)), run);
    expect(results.map(({ test: { name }, passed }) => [name, passed])).toEqual([
      ['without', true],
      ['with', true],
      ['with key', true],
      ['closed', true],
    ]);
    const nobody = 'tests: [{ name: t, url: "https://app.example.com/", granted: true, expect: deny }]';
    expect(problemsOf(rules(requests, nobody)).map(({ code }) => code)).toEqual(['unused-option']);
  });

  test('an explanation says until when, or that there is none', () => {
    const why = (grants?: Grants) =>
      explain(rulesOf(rules()), {
        host: 'app.example.com',
        target: targetOf('/'),
        facts: factsOf({ identity: erin, ...(grants === undefined ? {} : { grants }) }),
      }).policies[2]?.include[0]?.why;
    expect(why()).toBe('no access was granted here for a time');
    expect(why(grantFor('other', null))).toBe('no access was granted here for a time');
    expect(why(grantFor('app', null))).toBe('access was granted until Mon 2026-03-02 09:30 UTC');
    expect(why(grantFor('app', null, monday))).toBe(
      'access was granted and ended at Mon 2026-03-02 09:30 UTC',
    );
    expect(why('assumed')).toBe('access was granted for a time');
  });

  test('a comparison asks about who has a grant', () => {
    const version = (text: string) => ({ set: setOf(text), rules: rulesOf(text) });
    const { changes } = diffRules(version(rules('')), version(rules()), [], run);
    expect(changes.map(({ kind, who, target }) => [kind, who, target])).toContainEqual([
      ...['gain', 'anybody with a login, with a grant', 'app.example.com/'],
    ]);
    expect(changes.every(({ who }) => who?.includes('with a grant'))).toBe(true);
  });
});
