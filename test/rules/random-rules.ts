// Random small rules and requests from a small world, so that selectors meet each other often.
import fc from 'fast-check';
import type { ClaimFault, Facts, Grants, Identity, Unsettled } from '../../src/rules/model/facts.ts';
import { keySources } from '../../src/rules/model/key-source.ts';
import type { Policy, RuleGroup, Selector, SelectorLists } from '../../src/rules/model/rules-set.ts';
import type { Workload } from '../../src/rules/model/workload.ts';
import { parseNetwork } from '../../src/rules/parse/parse-network.ts';
import { referenceAaguid } from './reference-decide.ts';
import { monday } from './rules-text.ts';

const place = { locate: () => ({ file: 'random.yaml', line: 1, column: 1, endColumn: 2 }) };
const hour = 3_600_000;

const emails = ['a@one.example', 'b@one.example', 'a@two.example'];
const domains = ['one.example', 'two.example'];
const groups = ['g1', 'g2', '0f1e2d3c-0000-4000-8000-00000000abcd'];
const networks = ['10.0.0.0/8', '10.1.0.0/16', '192.0.2.0/24', '192.0.2.7/32', '0.0.0.0/0'];

const some = <T>(values: readonly T[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });

function network(text: string) {
  const parsed = parseNetwork(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

/** @param names rule groups that may be used */
export function selector(names: readonly string[]): fc.Arbitrary<Selector> {
  const plain: fc.Arbitrary<Selector>[] = [
    fc
      .constantFrom('everyone', 'authenticated', 'any_service_token', 'granted')
      .map((kind) => ({ place, kind })),
    some(emails).map((values) => ({ place, kind: 'email', values })),
    some(domains).map((values) => ({ place, kind: 'email_domain', values })),
    some(groups).map((values) => ({ place, kind: 'group', values })),
    some(['google', 'email']).map((values) => ({ place, kind: 'login_method', values })),
    some(['pwd', 'mfa']).map((values) => ({ place, kind: 'auth_method', values })),
    some(['PT', 'DE']).map((values) => ({ place, kind: 'country', values })),
    some(['GET', 'POST']).map((values) => ({ place, kind: 'method', values })),
    some(['ci', 'cd']).map((values) => ({ place, kind: 'service_token', values })),
    fc
      .tuple(
        fc.constantFrom('github', 'gitlab'),
        fc.option(some(['acme/app', 'acme/*', '*/app', 'a*m*/*p']), { nil: null }),
        fc.option(some(['7', 'true', '*1']), { nil: null }),
      )
      .map(([issuer, repository, number]) => ({
        place,
        kind: 'workload',
        workloads: [
          {
            issuer,
            claims: [
              ...(repository === null ? [] : [{ path: ['repository'], patterns: repository }]),
              ...(number === null ? [] : [{ path: ['number'], patterns: number }]),
            ],
          },
        ],
      })),
    some(networks).map((texts) => ({ place, kind: 'ip', networks: texts.map(network) })),
    some<string | number | boolean>(['it', 7, true]).map((values) => ({
      place,
      kind: 'claim',
      name: 'department',
      values,
    })),
    fc.constantFrom(hour, 3 * hour).map((maxAgeMs) => ({ place, kind: 'login_age', maxAgeMs })),
    fc
      .record({
        maxAgeMs: fc.constantFrom(null, hour, 3 * hour),
        aaguids: fc.constantFrom<readonly string[] | null>(null, null, [referenceAaguid]),
        source: fc.constantFrom(...keySources),
      })
      .map((limits) => ({ place, kind: 'hardware_key', ...limits })),
    // Twice, because what can be stepped up is where the difficulty lies.
    fc.constant<Selector>({ place, kind: 'hardware_key', maxAgeMs: null, aaguids: null, source: 'any' }),
  ];
  const named: fc.Arbitrary<Selector>[] =
    names.length === 0 ? [] : [some(names).map((list) => ({ place, kind: 'rule_group', names: list }))];
  return fc.oneof(...plain, ...named);
}

function lists(names: readonly string[]): fc.Arbitrary<SelectorLists> {
  const list = (minLength: number) => fc.array(selector(names), { minLength, maxLength: 2 });
  return fc.record({ include: list(1), require: list(0), exclude: list(0) });
}

/** Rule groups; each may use those before it. */
export const ruleGroups: fc.Arbitrary<readonly RuleGroup[]> = fc
  .tuple(lists([]), lists(['r0']), lists(['r0', 'r1']))
  .map((all) => all.map((one, index) => ({ name: `r${index}`, place, ...one })));

export const policyList: fc.Arbitrary<readonly Policy[]> = fc
  .array(fc.tuple(fc.constantFrom('allow', 'allow', 'deny', 'bypass'), lists(['r0', 'r1', 'r2'])), {
    minLength: 1,
    maxLength: 5,
  })
  .map((all) =>
    all.map(([action, one], index) => ({
      name: `p${index}`,
      label: null,
      action,
      mode: 'enforce',
      place,
      ...one,
    })),
  );

const fault = fc.constantFrom<ClaimFault | null>(
  null,
  null,
  'missing',
  'by-reference',
  'odd-items',
  'ids-only',
  'withheld',
);

/** `undefined`: everything is settled. */
const unsettled: fc.Arbitrary<Unsettled | undefined> = fc.option(
  fc.record({
    email: fc.constant(null),
    groups: fault,
    amr: fault,
    claims: fc.constantFrom<Unsettled['claims']>({}, { department: 'missing' }, { other: 'too-large' }),
  }),
  { nil: undefined },
);

const settledIdentity: fc.Arbitrary<Identity> = fc.record({
  sub: fc.constant('u'),
  email: fc.constantFrom(null, ...emails),
  name: fc.constant(null),
  groups: fc.subarray(groups),
  claims: fc.constantFrom<Record<string, unknown>>(
    {},
    { department: 'it' },
    { department: ['hr', 7] },
    { department: true },
    { department: { it: true } },
    { department: ['hr', null] },
  ),
  idp: fc.constantFrom('google', 'email'),
  amr: fc.subarray(['pwd', 'mfa']),
  acr: fc.constant(null),
  authTimeMs: fc.constantFrom(
    null,
    monday + 2 * hour,
    monday + 60_000,
    monday,
    monday - hour,
    monday - 2 * hour,
    monday - 9 * hour,
  ),
  hardwareKey: fc.constantFrom(
    null,
    null,
    { usedAtMs: monday - 2 * hour, aaguid: null },
    { usedAtMs: monday - 60_000, aaguid: referenceAaguid },
    { usedAtMs: null, aaguid: referenceAaguid },
  ),
});

const identity: fc.Arbitrary<Identity> = fc
  .tuple(
    settledIdentity,
    unsettled,
    fc.constantFrom(
      undefined,
      undefined,
      { usedAtMs: monday - 2 * hour, aaguid: null },
      { usedAtMs: monday - 60_000, aaguid: referenceAaguid },
      { usedAtMs: monday + 2 * hour, aaguid: null },
    ),
  )
  .map(([person, open, ownKey]) => ({
    ...person,
    ...(open === undefined ? {} : { unsettled: open }),
    ...(ownKey === undefined ? {} : { ownKey }),
  }));

const workload: fc.Arbitrary<Workload> = fc.record({
  issuer: fc.constantFrom('github', 'gitlab'),
  claims: fc.constantFrom<Workload['claims']>(
    {},
    { repository: 'acme/app', number: 7 },
    { repository: 'acme/app/app', number: true },
    { repository: 'acme-evil/app', number: ['31', 7] },
    { repository: ['x/y', 'acme/other'], number: '17' },
    { repository: 'aacme/app' },
  ),
});

/** Whoever asks is a person, a program or nobody. */
const asker: fc.Arbitrary<Pick<Facts, 'identity' | 'serviceToken' | 'workload'>> = fc.oneof(
  { weight: 5, arbitrary: identity.map((one) => ({ identity: one, serviceToken: null, workload: null })) },
  { weight: 1, arbitrary: fc.constant({ identity: null, serviceToken: null, workload: null }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('ci', 'cd')
      .map((serviceToken) => ({ identity: null, serviceToken, workload: null })),
  },
  { weight: 2, arbitrary: workload.map((one) => ({ identity: null, serviceToken: null, workload: one })) },
);

export const facts: fc.Arbitrary<Facts> = fc
  .tuple(
    asker,
    fc.record({
      ip: fc.constantFrom(null, '10.1.2.3', '10.2.2.3', '192.0.2.7', '192.0.2.8', '203.0.113.1'),
      country: fc.constantFrom(null, 'PT', 'DE', 'FR'),
      method: fc.constantFrom('GET', 'POST', 'PUT'),
      nowMs: fc.constant(monday),
      grants: fc.constantFrom<Grants>(
        'assumed',
        [],
        [],
        [{ application: 'app', area: null, endsAtMs: monday + 1 }],
        [{ application: 'app', area: null, endsAtMs: monday }],
      ),
    }),
  )
  .map(([who, around]) => ({ ...who, ...around }));
