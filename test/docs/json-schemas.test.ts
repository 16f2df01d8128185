// The JSON Schemas that editors use: valid themselves, and of one mind with bouncer about the examples and about mistakes.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const ajv = new Ajv2020({
  allErrors: true,
  allowUnionTypes: true,
  strictTypes: false,
  strictRequired: false,
});
addFormats.default(ajv);
const validators = {
  settings: ajv.compile(JSON.parse(read('docs/schema/settings.json'))),
  rules: ajv.compile(JSON.parse(read('docs/schema/rules.json'))),
};
type Which = keyof typeof validators;
type WholeFile = readonly [label: string, which: Which, text: string];

function faults(which: Which, text: string): readonly string[] {
  const validate = validators[which];
  validate(parse(text));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const documents = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith('.md'),
);

/** Whole files among the YAML blocks of a document: settings have providers, rules an upstream. */
function wholeFiles(name: string): readonly WholeFile[] {
  const blocks = [...read(name).matchAll(/^( *)```yaml\n(.*?)^ *```/gms)];
  return blocks.flatMap(([, indent = '', text = ''], index): WholeFile[] => {
    const plain = text.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    const label = `${name}, YAML block ${index + 1}`;
    if (/^auth_url:/m.test(plain) && /^identity_providers:/m.test(plain)) return [[label, 'settings', plain]];
    return /^applications:/m.test(plain) && /^ +upstream:/m.test(plain) ? [[label, 'rules', plain]] : [];
  });
}

describe('the JSON Schemas in docs/schema', () => {
  const policies = readdirSync(join(root, 'policies')).map((name) => `policies/${name}`);

  it.each(policies)('take %s, which names the schema for editors in its first line', (name) => {
    expect(faults('rules', read(name))).toEqual([]);
    expect(read(name).split('\n')[0]).toBe('# yaml-language-server: $schema=../docs/schema/rules.json');
  });

  const whole = documents.flatMap(wholeFiles);
  it('are tried with the examples of the documentation', () => {
    expect(new Set(whole.map(([, which]) => which))).toEqual(new Set(['settings', 'rules']));
    expect(whole.length).toBeGreaterThan(3);
  });
  it.each(whole)('take %s (%s)', (_, which, text) => {
    expect(faults(which, text)).toEqual([]);
  });

  const good = `applications:
  - name: wiki
    host: wiki.example.com
    upstream: http://127.0.0.1:8090
    policies: [{ name: staff, action: allow, include: [{ group: staff }] }]
`;
  it.each([
    ['an unknown key', good.replace('action', 'acton')],
    ['an unknown selector', good.replace('group:', 'grup:')],
    ['an unknown action', good.replace('allow', 'permit')],
    ['an empty list', good.replace('[{ group: staff }]', '[]')],
    ['a missing upstream', good.replace(/ +upstream.*\n/, '')],
    ['a list in place of a mapping', '- name: wiki'],
  ])('refuse %s', (_, text) => {
    expect(faults('rules', good)).toEqual([]);
    expect(faults('rules', text)).not.toEqual([]);
  });

  it('describe every key of the first level', () => {
    for (const name of ['settings', 'rules']) {
      const schema = JSON.parse(read(`docs/schema/${name}.json`));
      for (const [key, value] of Object.entries<Record<string, unknown>>(schema.properties))
        expect([key, typeof value['description']]).toEqual([key, 'string']);
    }
  });
});
