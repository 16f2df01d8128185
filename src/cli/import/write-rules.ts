// Imported rules as a file, with a test for every policy: whom it is for, and that nobody gets in who is nobody. The file is loaded before
// it is printed.
import { stringify } from 'yaml';
import { contextWithoutSettings } from '../../configuration/load-rules.ts';
import { parseOpaqueTarget } from '../../http/canonical-path.ts';
import { compileRules } from '../../rules/decide/compile-rules.ts';
import { parseRules } from '../../rules/parse/parse-rules.ts';
import { runTests } from '../../rules/review/run-tests.ts';
import { isRecord } from '../../source/is-record.ts';
import type { Problem } from '../../source/problem.ts';
import { parseYaml } from '../../source/yaml-document.ts';
import type { Imported, ImportedApplication, ImportedPolicy, ImportedSelector } from './imported.ts';

/** What a test says of the request. */
type Request = Readonly<Record<string, unknown>>;

const stranger = { as: { email: 'stranger@elsewhere.invalid' } };

export interface WrittenRules {
  readonly text: string;
  /** Tests that say something else than their policy does alone, because another one is read before. */
  readonly notes: readonly string[];
}

/** The file, or what is wrong with it. */
export function writeRules({ applications }: Imported, nowMs: number): WrittenRules | readonly Problem[] {
  const rules = applications.map((each) => ({
    ...{ name: each.name, host: each.host, upstream: each.upstream, ...each.more, policies: each.policies },
    ...(each.paths.length === 0 ? {} : { paths: each.paths }),
  }));
  const wished = applications.flatMap(testsOf);
  const load = (tests: readonly object[]) => {
    const text = stringify(
      { applications: rules, ...(tests.length === 0 ? {} : { tests }) },
      { lineWidth: 0, aliasDuplicateObjects: false },
    );
    const document = parseYaml('rules.yaml', text);
    const set = document.ok ? parseRules([document.value], contextWithoutSettings('/')) : document;
    return { text, set };
  };
  const { set } = load(wished.map(({ test }) => test));
  if (!set.ok) return set.problems;
  const results = runTests(set.value, compileRules(set.value), { nowMs, parseTarget: parseOpaqueTarget });
  // What another policy decides before is told as it is: the test then says who really gets in.
  const outcomes = wished.map((_, index) => results[index]?.outcome ?? 'deny');
  const notes = wished.flatMap(({ test, isOfPolicy }, index) =>
    isOfPolicy && outcomes[index] !== test.expect
      ? [`the test of \`${test.name}\` says ${outcomes[index]}: something else is decided first`]
      : [],
  );
  return { text: load(wished.map(({ test }, index) => ({ ...test, expect: outcomes[index] }))).text, notes };
}

interface WishedTest {
  readonly test: { readonly name: string; readonly expect: string };
  /** What it expects follows from one policy; otherwise from all of them. */
  readonly isOfPolicy: boolean;
}

function testsOf(application: ImportedApplication): readonly WishedTest[] {
  const parts = [{ path: '', policies: application.policies }, ...application.paths];
  return parts.flatMap(({ path, policies }) => {
    const url = `https://${application.host.replace('*', 'any')}${path === '' ? '/' : path}`;
    const named = (what: string, request: Request, expect: string) => ({
      ...{ name: `${application.name}${path}: ${what}`, url, ...request, expect },
    });
    return [
      ...policies.map((policy) => {
        const expect = policy.action === 'deny' ? 'deny' : 'allow';
        const what = `${policy.name}, ${policy.action}`;
        return { test: named(what, requestFor(policy), expect), isOfPolicy: true };
      }),
      { test: named('a stranger', stranger, 'deny'), isOfPolicy: false },
      { test: named('nobody', {}, 'login'), isOfPolicy: false },
    ];
  });
}

/** Somebody whom a policy is for: its first way in, and all that it requires. */
function requestFor({ include, require = [], action }: ImportedPolicy): Request {
  const person: Record<string, unknown> = {};
  const request: Record<string, unknown> = {};
  for (const selector of [...include.slice(0, 1), ...require]) meet(selector, person, request);
  const isPerson = Object.keys(person).length > 0;
  if (isPerson || (action === 'allow' && request['service_token'] === undefined))
    request['as'] = { email: 'somebody@elsewhere.invalid', ...person };
  return request;
}

function meet(
  selector: ImportedSelector,
  person: Record<string, unknown>,
  request: Record<string, unknown>,
): void {
  if (!isRecord(selector)) {
    if (selector === 'any_service_token') request['service_token'] = 'any';
    return;
  }
  const [[kind, values] = ['', '']] = Object.entries(selector);
  const value = String([values].flat()[0] ?? '');
  if (kind === 'email') person['email'] = value;
  else if (kind === 'email_domain') person['email'] ??= `somebody@${value}`;
  else if (kind === 'group') person['groups'] = [value];
  else if (kind === 'auth_method') person['amr'] = [value];
  else if (kind === 'ip') request['ip'] = value.split('/')[0];
  else if (kind === 'country' || kind === 'method' || kind === 'service_token') request[kind] = value;
}
