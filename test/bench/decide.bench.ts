// What one decision costs, and what loading rules costs, at several sizes; Cedar and Casbin on an equivalent small set in the
// same run. Run it alone on the machine: `node --expose-gc test/bench/decide.bench.ts [--quick]`. Asserts answers, never times.
import { strictEqual } from 'node:assert';
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { newEnforcer, newModelFromString } from 'casbin';
import { parseTarget } from '../../src/http/canonical-path.ts';
import { compileRules, type ExplainableRules } from '../../src/rules/decide/compile-rules.ts';
import type { Facts, Identity } from '../../src/rules/model/facts.ts';
import { parseRules } from '../../src/rules/parse/parse-rules.ts';
import { parseYaml } from '../../src/source/yaml-document.ts';

const isQuick = process.argv.includes('--quick');
const roundMs = isQuick ? 50 : 400;
const rounds = isQuick ? 3 : 9;
const nowMs = Date.UTC(2026, 2, 2, 9, 30);

/** Nanoseconds a call: the median of the rounds, and the best. */
function measure(call: () => unknown): { readonly median: number; readonly best: number } {
  // Long enough for the compiler to be done with it, on a busy machine too.
  for (const end = performance.now() + roundMs * 2; performance.now() < end; ) timeOf(call, 1_000);
  let calls = 1;
  for (;;) {
    const ms = timeOf(call, calls);
    if (ms > roundMs / 4) {
      calls = Math.max(1, Math.round((calls * roundMs) / ms));
      break;
    }
    calls *= 2;
  }
  const samples = Array.from({ length: rounds }, () => (timeOf(call, calls) * 1e6) / calls).sort(
    (a, b) => a - b,
  );
  return { median: samples[rounds >> 1] ?? 0, best: samples[0] ?? 0 };
}

let sink: unknown;

function timeOf(call: () => unknown, calls: number): number {
  const start = performance.now();
  for (let index = 0; index < calls; index++) sink = call();
  return performance.now() - start;
}

async function memory(): Promise<number> {
  for (let turn = 0; turn < 2; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

const context = {
  providerIds: ['google'],
  groupProviders: ['google'],
  claimProviders: null,
  keptClaims: [],
  hasTrustedProxies: true,
  assertionHeader: 'X-Bouncer-Jwt-Assertion',
  hasCountryHeader: true,
  ownKeys: null,
  authUrl: 'https://auth.example.com',
  baseDir: '/etc/bouncer',
};

interface Loaded {
  readonly rules: ExplainableRules;
  readonly yamlMs: number;
  readonly parseMs: number;
  readonly compileMs: number;
  readonly bytes: number;
}

async function load(text: string): Promise<Loaded> {
  const before = await memory();
  const loaded = loadAll(text);
  return { ...loaded, bytes: (await memory()) - before };
}

/** A function of its own, so that only the compiled rules are left when memory is read. */
function loadAll(text: string): Omit<Loaded, 'bytes'> {
  const start = performance.now();
  const document = parseYaml('bench.yaml', text);
  if (!document.ok) throw new Error(JSON.stringify(document.problems[0]));
  const yamlMs = performance.now() - start;
  const set = parseRules([document.value], context);
  if (!set.ok) throw new Error(JSON.stringify(set.problems[0]));
  const parseMs = performance.now() - start - yamlMs;
  const rules = compileRules(set.value);
  return { rules, yamlMs, parseMs, compileMs: performance.now() - start - yamlMs - parseMs };
}

const application = (name: string, policies: string) =>
  `  - name: ${name}\n    host: ${name}.example.com\n    upstream: http://127.0.0.1:8090\n    policies:\n${policies}`;
const staff = `      - { name: suspended, action: deny, include: [{ group: suspended }] }
      - { name: staff, action: allow, include: [{ email_domain: example.com }], exclude: [{ group: contractors }] }
      - { name: admins, action: allow, include: [{ group: admins }] }
`;
const many = (count: number) =>
  `applications:\n${Array.from({ length: count }, (_, index) => application(`app${index}`, staff)).join('')}`;

const mom: Identity = {
  sub: 'u1',
  email: 'mom@example.com',
  name: 'Mom',
  groups: ['family', 'photos', 'staff'],
  claims: {},
  idp: 'google',
  amr: ['pwd'],
  acr: null,
  authTimeMs: nowMs - 60_000,
  hardwareKey: null,
};
const base: Facts = {
  identity: mom,
  serviceToken: null,
  workload: null,
  ip: '203.0.113.77',
  country: 'PT',
  method: 'GET',
  nowMs,
};

function report(label: string, { median, best }: { median: number; best: number }): void {
  console.log(`${label.padEnd(52)} ${median.toFixed(0).padStart(9)} ns  (best ${best.toFixed(0)})`);
}

function reportLoad(label: string, { yamlMs, parseMs, compileMs, bytes }: Loaded): void {
  const parts = `YAML ${yamlMs.toFixed(0)} + check ${parseMs.toFixed(0)} + compile ${compileMs.toFixed(0)} ms`;
  const kept = globalThis.gc === undefined ? '' : `, ${(bytes / 1e6).toFixed(1)} MB kept`;
  console.log(`${`load: ${label}`.padEnd(52)} ${parts}${kept}`);
}

/** Host, area and decision of one request, as the gateway asks for them. */
function requestOn(rules: ExplainableRules, host: string, facts: Facts, expected: string): () => unknown {
  const target = parseTarget('/projects/7/issues');
  if ('problem' in target) throw new Error(target.problem);
  const call = () => {
    const area = rules.findApplication(host)?.selectArea(target);
    return area === undefined || area === 'ambiguous' ? null : area.decide(facts);
  };
  strictEqual(call()?.outcome, expected);
  return call;
}

console.log(`Node ${process.version}, ${rounds} rounds of ${roundMs} ms\n`);
for (const count of [10, 1_000, 10_000]) {
  const loaded = await load(many(count));
  const label = `${count} applications, ${count * 3} policies`;
  report(
    `host + area + decide: ${label}`,
    measure(requestOn(loaded.rules, `app${count - 1}.example.com`, base, 'allow')),
  );
  reportLoad(label, loaded);
}

const addresses = Array.from({ length: 100_000 }, (_, index) => `person${index}@d${index % 977}.example`);
const group = await load(
  `rule_groups:\n  all:\n    include:\n      - email: [${addresses.join(', ')}]\napplications:\n${application('app', '      - { name: p, action: allow, include: [{ rule_group: all }] }\n')}`,
);
const last = { ...base, identity: { ...mom, email: addresses.at(-1) ?? '' } };
report(
  'decide: a rule group of 100,000 addresses, last one',
  measure(requestOn(group.rules, 'app.example.com', last, 'allow')),
);
report(
  'decide: … and somebody who is not in it',
  measure(requestOn(group.rules, 'app.example.com', base, 'deny')),
);
reportLoad('100,000 addresses', group);

const cidrs = Array.from(
  { length: 10_000 },
  (_, index) => `${1 + (index >> 8)}.${index & 255}.${(index * 7) & 255}.0/24`,
);
const networks = await load(
  `applications:\n${application('app', `      - { name: p, action: allow, include: [authenticated], require: [{ ip: [${cidrs.join(', ')}] }] }\n`)}`,
);
const inside = { ...base, ip: (cidrs[5_000] ?? '').replace('0/24', '9') };
report(
  'decide: 10,000 CIDRs, inside',
  measure(requestOn(networks.rules, 'app.example.com', inside, 'allow')),
);
report('decide: 10,000 CIDRs, outside', measure(requestOn(networks.rules, 'app.example.com', base, 'deny')));
reportLoad('10,000 CIDRs', networks);

console.log('\nThe same three policies for 10 applications, one request');
const small = (await load(many(10))).rules;
report('bouncer', measure(requestOn(small, 'app9.example.com', base, 'allow')));

const cedar = preparsePolicySet('bench', {
  staticPolicies: Array.from(
    { length: 10 },
    (_, index) => `
permit(principal, action == Action::"open", resource == App::"app${index}")
  when { principal.domain == "example.com" } unless { principal.groups.contains("contractors") };
permit(principal, action == Action::"open", resource == App::"app${index}") when { principal.groups.contains("admins") };
forbid(principal, action == Action::"open", resource == App::"app${index}") when { principal.groups.contains("suspended") };`,
  ).join('\n'),
});
strictEqual(cedar.type, 'success');
const askCedar = () =>
  statefulIsAuthorized({
    principal: { type: 'User', id: 'u1' },
    action: { type: 'Action', id: 'open' },
    resource: { type: 'App', id: 'app9' },
    context: {},
    preparsedPolicySetId: 'bench',
    entities: [
      {
        uid: { type: 'User', id: 'u1' },
        attrs: { domain: 'example.com', groups: [...mom.groups] },
        parents: [],
      },
    ],
  });
const cedarAnswer = askCedar();
strictEqual(cedarAnswer.type === 'success' && cedarAnswer.response.decision, 'allow');
report('@cedar-policy/cedar-wasm, policies parsed before', measure(askCedar));

const enforcer = await newEnforcer(
  newModelFromString(`
[request_definition]
r = sub, obj, act
[policy_definition]
p = domain, group, without, obj, act, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.obj == p.obj && r.act == p.act && (p.domain == '*' || r.sub.domain == p.domain) && (p.group == '*' || r.sub.has(p.group)) && (p.without == '-' || !r.sub.has(p.without))
`),
);
for (let index = 0; index < 10; index++) {
  await enforcer.addPolicies([
    ['*', 'suspended', '-', `app${index}`, 'open', 'deny'],
    ['example.com', '*', 'contractors', `app${index}`, 'open', 'allow'],
    ['*', 'admins', '-', `app${index}`, 'open', 'allow'],
  ]);
}
const subject = { domain: 'example.com', has: (name: string) => mom.groups.includes(name) };
const askCasbin = () => enforcer.enforceSync(subject, 'app9', 'open');
strictEqual(askCasbin(), true);
report('casbin, enforceSync', measure(askCasbin));
strictEqual(sink === undefined, false);
