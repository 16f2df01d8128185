// Rules from text, and requests from a few words, for the tests of this folder. Uses the real parts only.
import { canonicalHostOf } from '../../src/http/canonical-host.ts';
import { parseTarget } from '../../src/http/canonical-path.ts';
import type { RequestTarget } from '../../src/http/request-target.ts';
import { compileRules, type ExplainableRules } from '../../src/rules/decide/compile-rules.ts';
import type { Decision } from '../../src/rules/model/decision.ts';
import type { Facts, Identity } from '../../src/rules/model/facts.ts';
import type { RulesContext, RulesSet } from '../../src/rules/model/rules-set.ts';
import { parseRules } from '../../src/rules/parse/parse-rules.ts';
import type { Parsed, Problem } from '../../src/source/problem.ts';
import { parseYaml } from '../../src/source/yaml-document.ts';

export const context: RulesContext = {
  providerIds: ['google', 'email'],
  groupProviders: ['google'],
  keptClaims: ['department', 'level', 'teams'],
  issuerNames: ['github', 'gitlab'],
  claimProviders: { department: ['google'], level: ['google'], teams: ['google'] },
  hasTrustedProxies: true,
  assertionHeader: 'X-Bouncer-Jwt-Assertion',
  hasCountryHeader: true,
  ownKeys: null,
  authUrl: 'https://auth.example.com',
  baseDir: '/etc/bouncer/policies',
};

/** Monday, 2 March 2026, 09:30 UTC. */
export const monday = Date.UTC(2026, 2, 2, 9, 30);

export function parseText(
  text: string | readonly string[],
  own: Partial<RulesContext> = {},
): Parsed<RulesSet> {
  const documents = [text].flat().map((content, index) => {
    const parsed = parseYaml(index === 0 ? 'rules.yaml' : `rules-${index + 1}.yaml`, content);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return parsed.value;
  });
  return parseRules(documents, { ...context, ...own });
}

export function setOf(text: string | readonly string[], own: Partial<RulesContext> = {}): RulesSet {
  const parsed = parseText(text, own);
  if (!parsed.ok) throw new Error(parsed.problems.map(short).join('\n'));
  return parsed.value;
}

export function rulesOf(text: string | readonly string[], own: Partial<RulesContext> = {}): ExplainableRules {
  return compileRules(setOf(text, own));
}

export function problemsOf(
  text: string | readonly string[],
  own: Partial<RulesContext> = {},
): readonly Problem[] {
  const parsed = parseText(text, own);
  return parsed.ok ? [] : parsed.problems;
}

/** `line:column code` */
export function short({ line, column, code, reason, hint }: Problem): string {
  return `${line}:${column} ${code}: ${reason}${hint === undefined ? '' : ` (${hint})`}`;
}

/** One application at app.example.com with these policies (YAML, any indentation of a list). */
export function appWith(policies: string, rest = ''): string {
  const lines = policies.split('\n').filter((line) => line.trim() !== '');
  const margin = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  const indented = lines.map((line) => `      ${line.slice(margin)}`).join('\n');
  return `applications:\n  - name: app\n    host: app.example.com\n    upstream: http://127.0.0.1:1\n    policies:\n${indented}\n${rest}`;
}

export function person(own: Partial<Identity> = {}): Identity {
  return {
    sub: 'u1',
    email: 'mom@example.com',
    name: 'Mom',
    groups: [],
    claims: {},
    idp: 'google',
    amr: ['pwd'],
    acr: null,
    authTimeMs: monday - 60_000,
    hardwareKey: null,
    ...own,
  };
}

export function factsOf(own: Partial<Facts> = {}): Facts {
  return {
    identity: null,
    serviceToken: null,
    workload: null,
    ip: '192.0.2.7',
    country: 'PT',
    method: 'GET',
    nowMs: monday,
    ...own,
  };
}

export function targetOf(path: string): RequestTarget {
  const target = parseTarget(path);
  if ('problem' in target) throw new Error(`${path}: ${target.problem}`);
  return target;
}

export function decideOn(rules: ExplainableRules, facts: Facts, url = 'https://app.example.com/'): Decision {
  const { hostname, pathname } = new URL(url);
  const host = canonicalHostOf(hostname);
  const area = host === null ? null : rules.findApplication(host)?.selectArea(targetOf(pathname));
  if (area === null || area === undefined || area === 'ambiguous') throw new Error(`no area for ${url}`);
  return area.decide(facts);
}
