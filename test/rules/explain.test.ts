import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTarget } from '../../src/http/canonical-path.ts';
import { compileRules } from '../../src/rules/decide/compile-rules.ts';
import { explain } from '../../src/rules/review/explain.ts';
import { renderExplanation } from '../../src/rules/review/render-explanation.ts';
import { parseTestUrl, renderTestFailure, runTests } from '../../src/rules/review/run-tests.ts';
import { facts, policyList, ruleGroups } from './random-rules.ts';
import { appWith, context, factsOf, monday, person, rulesOf, setOf, targetOf } from './rules-text.ts';

const rules = rulesOf(
  appWith(
    `
    - { name: suspended, action: deny, include: [{ group: suspended }] }
    - { name: admins, action: allow, include: [{ rule_group: admins }], require: [{ hardware_key: { max_age: 12h } }] }
    - { name: staff, action: allow, include: [{ email_domain: example.com }], exclude: [{ country: RU }] }`,
    '    paths: [{ path: /open, policies: [{ name: open, action: bypass, include: [everyone] }] }]\nrule_groups: { admins: { include: [{ group: [ops, admins] }] } }\n',
  ),
);

const of = (own: Parameters<typeof factsOf>[0], path = '/') =>
  explain(rules, { host: 'app.example.com', target: targetOf(path), facts: factsOf(own) });

describe('an explanation', () => {
  test('goes policy by policy and selector by selector, and ends with the decision', () => {
    const explanation = of({ identity: person({ groups: ['ops'] }), country: null });
    expect(explanation).toMatchObject({ application: 'app', area: null, refusal: null });
    expect(explanation.policies.map(({ name, role, result }) => `${name} ${role} ${result}`)).toEqual([
      'suspended no-match false',
      'admins stopped unknown',
      'staff not-read false',
    ]);
    expect(explanation.policies[1]?.include[0]).toMatchObject({
      selector: 'rule_group: admins',
      result: 'true',
      groups: [
        { name: 'admins', include: [{ selector: 'group: ops, admins', why: 'the groups contain ops' }] },
      ],
    });
    expect(explanation.decision).toMatchObject({ outcome: 'step_up', policy: 'admins' });
  });

  test('reads well', () => {
    expect(renderExplanation(of({ identity: person({ groups: ['ops'] }) }))).toBe(
      `request      GET app.example.com/
who          mom@example.com, login method google, groups ops
where, when  192.0.2.7, PT, Mon 2026-03-02 09:30 UTC
application  app
policies of  the whole application

1. suspended  deny  does not match
     include, one of
       false   group: suspended  the groups are ops

2. admins  allow  unknown, and stops the reading
     include, one of
       true    rule_group: admins
               rule group admins: true
                 include, one of
                   true    group: ops, admins  the groups contain ops
     require, all of
       unknown hardware_key: max_age 12h  no hardware key was used in this session

3. staff  allow  not read: the reading ended above

STEP UP  needs a hardware key, used in the last 12h: admins  (hardware-key-required)`,
    );
  });

  test('says why there is no decision', () => {
    expect(explain(rules, { host: 'x.example.com', target: targetOf('/'), facts: factsOf() }).refusal).toBe(
      'unknown-host',
    );
    expect(of({}, '/open/..%2fx').refusal).toBe('path-ambiguous');
    const broken = explain(rules, { host: 'app.example.com', target: parseTarget('/%zz'), facts: factsOf() });
    expect(renderExplanation(broken)).toMatch(
      /^REFUSED {2}the request is refused before any policy is read {2}\(path-encoding\)$/m,
    );
  });

  test('says what counted for the safe side, and what a service lacks', () => {
    const nowhere = of({ identity: person(), country: null });
    expect(nowhere.policies[2]?.exclude[0]?.why).toBe(
      'the country is not known: counts as matching, to be safe',
    );
    expect(of({ serviceToken: 'ci' }).policies[2]?.note).toBe(
      'it names no service token, so it lets in people only',
    );
  });

  test('carries no control characters of the request to the terminal', () => {
    const text = renderExplanation(of({ identity: person({ email: null, sub: '\u001B[2Jx\u202E' }) }));
    expect(text).not.toMatch(/[\u001B\u202E]/);
  });

  test('never disagrees with the decision', () => {
    fc.assert(
      fc.property(policyList, ruleGroups, facts, (policies, groups, one) => {
        const [application] = setOf(
          appWith('- { name: p, action: allow, include: [everyone] }'),
        ).applications;
        if (application === undefined) throw new Error('no application');
        const compiled = compileRules({
          applications: [{ ...application, policies }],
          ruleGroups: groups,
          sharing: null,
          tests: [],
          context,
        });
        const explanation = explain(compiled, { host: 'app.example.com', target: targetOf('/'), facts: one });
        const decided = explanation.policies.find(({ role }) => role === 'decided');
        const stopped = explanation.policies.find(({ role }) => role === 'stopped');
        const { outcome, policy } = explanation.decision ?? {};
        if (decided !== undefined)
          expect([outcome === 'deny', policy]).toEqual([decided.action === 'deny', decided.name]);
        if (outcome === 'login' || outcome === 'step_up') expect(policy).toBe(stopped?.name);
        if (decided === undefined && stopped === undefined) expect([outcome, policy]).toEqual(['deny', null]);
        expect(renderExplanation(explanation)).toContain(outcome?.toUpperCase().replace('_', ' '));
      }),
      { numRuns: 500, seed: 3 },
    );
  });
});

describe('tests in the rules', () => {
  const run = { nowMs: monday, parseTarget };
  const text = appWith(
    '- { name: p, action: allow, include: [{ email: mom@example.com }], require: [{ hardware_key: { max_age: 1h } }] }',
    `    paths: [{ path: /open, policies: [{ name: open, action: bypass, include: [everyone] }] }]
tests:
  - { name: with a key, url: "https://app.example.com/", as: { email: MOM@example.com }, amr: [hwk], expect: allow }
  - { name: with an old key, url: "https://app.example.com/", as: { email: mom@example.com, hardware_key_age: 2h }, expect: step_up }
  - { name: nobody, url: "https://app.example.com/x?y", expect: login }
  - { name: another, url: "https://app.example.com/", as: { email: x@example.com }, expect: deny }
  - { name: a trick, url: "https://app.example.com/open/../x", expect: deny }
  - { name: wrong, url: "https://app.example.com/open/ä", expect: deny }
`,
  );

  test('pass or fail by what the rules decide', () => {
    const set = setOf(text);
    const results = runTests(set, compileRules(set), run);
    expect(results.map(({ passed, outcome }) => `${passed} ${outcome}`)).toEqual([
      'true allow',
      'true step_up',
      'true login',
      'true deny',
      'true deny',
      'false allow',
    ]);
  });

  test('a failure shows its place, the expectation, the answer and the way there', () => {
    const set = setOf(text);
    const failed = runTests(set, compileRules(set), run).at(-1);
    if (failed === undefined) throw new Error('no result');
    expect(renderTestFailure(failed)).toMatch(
      /^rules\.yaml:14:\d+: test `wrong` failed: expected deny, got allow\n {4}request {6}GET app\.example\.com\/open\/%C3%A4\n[\s\S]*\n {4}ALLOW {2}by the policy: open {2}\(policy-bypassed\)$/,
    );
  });

  test('the path of a URL is taken as it is written', () => {
    const read = (url: string) => {
      const { host, target } = parseTestUrl(url, parseTarget);
      return [host, 'problem' in target ? target.problem : target.path];
    };
    expect(read('https://App.Example.com:8443/a/../b?c#d')).toEqual(['app.example.com', '/a/../b']);
    expect(read('http://app.example.com')).toEqual(['app.example.com', '/']);
    expect(read('http://app.example.com?x')).toEqual(['app.example.com', '/']);
  });
});
