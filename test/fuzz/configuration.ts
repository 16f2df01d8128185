// Fuzz target: files of settings and rules, damaged in every way: problems are told, nothing is thrown, and a framed file that was
// cut off is noticed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { compileRules, type ExplainableRules } from '../../src/rules/decide/compile-rules.ts';
import type { Facts } from '../../src/rules/model/facts.ts';
import { parseRules } from '../../src/rules/parse/parse-rules.ts';
import { parseSettings } from '../../src/settings/parse-settings.ts';
import { renderProblems } from '../../src/source/render-problems.ts';
import { parseYaml } from '../../src/source/yaml-document.ts';
import { anyCharacter } from '../fixtures/any-character.ts';
import { facts } from '../rules/random-rules.ts';
import { context, targetOf } from '../rules/rules-text.ts';
import { fuzzTarget } from './fuzz-target.ts';

const folder = join(import.meta.dirname, '../../policies');
const examples = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(folder, name), 'utf8'));

const framed = `---
rule_groups:
  staff:
    include: [{ email_domain: one.example }]
    exclude: [{ group: g1 }]
applications:
  - name: wiki
    host: wiki.example.com
    upstream: http://127.0.0.1:1
    policies:
      - name: not from there
        action: deny
        include: [{ country: DE }]
      - name: staff
        action: allow
        include:
          - rule_group: staff
          - email: [a@two.example]
        require:
          - login_method: google
        exclude:
          - group: g2
    paths:
      - path: /admin
        policies:
          - name: admins
            action: allow
            include: [{ group: g3 }]
            exclude: [{ email: b@one.example }]
  - name: open
    hosts: [open.example.com, "*.open.example.com"]
    upstream: [http://127.0.0.1:1, http://127.0.0.1:2]
    policies: [{ name: all, action: bypass, include: [everyone] }]
...
`;
const settingsText = `auth_url: https://auth.example.com
listen: 127.0.0.1:8080
rules: rules.yaml
data_dir: data
trusted_proxies: [127.0.0.1/32]
client_ip_header: X-Forwarded-For
identity_providers:
  - id: google
    type: oidc
    issuer: https://accounts.google.com
    client_id: abc
    client_secret: { env: SECRET }
    scopes: [openid, email]
session: { duration: 24h, idle_timeout: 8h, recheck: 15m }
assertion: { header: X-Bouncer-Jwt-Assertion, lifetime: 5m, algorithm: ES256 }
limits: { header_bytes: 16384, headers_timeout: 15s }
log: { level: info, format: json }
`;
const sources = { env: { SECRET: 'canary' }, baseDir: '/etc', readFile: () => 'canary' };

const insertion = fc.oneof(
  fc.constantFrom(
    '\n',
    '  ',
    '- ',
    ':',
    ': ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '#',
    '&a',
    '*a',
    '!!js',
    '<<: ',
    '? ',
    '|',
    '>',
    '%',
    '---\n',
    '...\n',
    '\t',
    '\u0000',
    '\ufeff',
  ),
  fc.constantFrom(
    '\n    include: []',
    '\n      - everyone',
    ' null',
    ' ~',
    ' true',
    ' 1e999',
    ' 0x10',
    ' .inf',
    '0.0.0.0/0',
    '\n__proto__: 1',
    '\nconstructor: {}',
    'a'.repeat(300),
  ),
  fc.string({ unit: anyCharacter, maxLength: 4 }),
);
const edit = fc.tuple(fc.nat(4000), fc.nat(40), insertion);
const edits = fc.array(edit, { minLength: 1, maxLength: 5 });

function mutated(text: string, changes: readonly (readonly [number, number, string])[]): string {
  let out = text;
  for (const [where, length, added] of changes) {
    const at = where % (out.length + 1);
    out = out.slice(0, at) + added + out.slice(at + (length % 3 === 0 ? length : 0));
  }
  return out;
}

function rulesFrom(text: string | Uint8Array) {
  const document = parseYaml('rules.yaml', text);
  if (!document.ok) return document;
  const set = parseRules([document.value], context);
  return set.ok ? { ok: true as const, value: compileRules(set.value) } : set;
}

const whole = rulesFrom(framed);
if (!whole.ok) throw new Error(JSON.stringify(whole.problems));
/** Nothing in it takes anybody out again: what is missing can only keep people out. */
const wide = `applications:
  - name: wiki
    host: wiki.example.com
    upstream: http://127.0.0.1:1
    policies:
      - name: some
        action: allow
        include:
          - email:
              - a@one.example
              - b@one.example
          - email_domain: two.example
      - name: more
        action: allow
        include:
          - group: [g1, g2]
          - ip:
              - 10.1.0.0/16
              - 192.0.2.7
`;
const wideRules = rulesFrom(wide);
if (!wideRules.ok) throw new Error(JSON.stringify(wideRules.problems));
const wideValue = wideRules.value;

function admits(rules: ExplainableRules, request: Facts): boolean {
  const area = rules.findApplication('wiki.example.com')?.selectArea(targetOf('/'));
  return area !== undefined && area !== 'ambiguous' && area.decide(request).outcome === 'allow';
}

export const configuration = fuzzTarget('configuration', {
  'damaged rules are compiled or told about, with every problem inside the file': fc.property(
    fc.constantFrom(framed, ...examples),
    edits,
    (text, changes) => {
      const content = mutated(text, changes);
      const result = rulesFrom(content);
      if (result.ok) return true;
      const lines = content.split('\n').length;
      return (
        result.problems.length > 0 &&
        result.problems.every(({ line, column }) => line >= 1 && line <= lines + 1 && column >= 1)
      );
    },
  ),
  'damaged settings are taken or told about, and no secret is in what is told': fc.property(
    edits,
    (changes) => {
      const content = mutated(settingsText, changes);
      const document = parseYaml('bouncer.yaml', content);
      const result = document.ok ? parseSettings(document.value, sources) : document;
      if (result.ok) return Object.isFrozen(result.value);
      const told = renderProblems(result.problems, new Map([['bouncer.yaml', content]]), {
        isColored: false,
      });
      return result.problems.length > 0 && !told.includes('canary');
    },
  ),
  'bytes of any kind are no rules': fc.property(
    fc.uint8Array({ maxLength: 200 }),
    (bytes) => !rulesFrom(bytes).ok,
  ),
  'a framed file that was cut off anywhere is refused': fc.property(
    fc.nat(framed.trimEnd().length - 1),
    (at) => !rulesFrom(framed.slice(0, at)).ok || framed.slice(0, at).trim() === '',
  ),
  'a file without narrowing lists that was cut off admits nobody whom the whole one does not': fc.property(
    fc.nat(wide.length - 1),
    facts,
    (at, request) => {
      const cut = rulesFrom(wide.slice(0, at));
      return !cut.ok || !admits(cut.value, request) || admits(wideValue, request);
    },
  ),
});
