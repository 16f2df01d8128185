// Rules under which people may share, as the settings' selectors say.
import { compileRules, type ExplainableRules } from '../../src/rules/decide/compile-rules.ts';
import type { RulesContext } from '../../src/rules/model/rules-set.ts';
import { parseRules } from '../../src/rules/parse/parse-rules.ts';
import type { Parsed } from '../../src/source/problem.ts';
import { parseYaml } from '../../src/source/yaml-document.ts';

const context: RulesContext = {
  ...{ providerIds: null, groupProviders: null, keptClaims: null, claimProviders: null },
  ...{ hasTrustedProxies: null, assertionHeader: null, hasCountryHeader: null, ownKeys: null },
  ...{ authUrl: 'https://auth.example.com', baseDir: '/etc/bouncer' },
};

/** @param allow what `share.allow` has @param host of the one application */
export function parseRulesWith(allow: readonly unknown[], host = 'wiki.example.com'): Parsed<unknown> {
  return parse(allow, host);
}

export function compileRulesOf(...allow: readonly unknown[]): ExplainableRules {
  const set = parse(allow, 'wiki.example.com');
  if (!set.ok) throw new Error(JSON.stringify(set.problems));
  return compileRules(set.value);
}

function parse(allow: readonly unknown[], host: string): ReturnType<typeof parseRules> {
  const text = `
rule_groups: { staff: { include: [{ email_domain: example.com }] } }
applications:
  - { name: wiki, host: "${host}", upstream: "http://127.0.0.1:1", policies: [{ name: staff, action: allow, include: [authenticated] }] }
`;
  const document = parseYaml('rules.yaml', Buffer.from(text));
  if (!document.ok) throw new Error('not YAML');
  return parseRules([document.value], {
    ...context,
    share: { file: 'bouncer.yaml', domain: 'share.test', allow },
  });
}
