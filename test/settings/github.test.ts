// An entry of `type: github` in the settings.
import { describe, expect, it } from 'vitest';
import { rulesContext } from '../../src/configuration/load-rules.ts';
import { parseSettings } from '../../src/settings/parse-settings.ts';
import { parseYaml } from '../../src/source/yaml-document.ts';

function parse(more: string) {
  const text = `auth_url: https://auth.example.com
identity_providers:
  - id: github
    type: github
    client_id: Ov23
${more.replaceAll(/^/gm, '    ')}
`;
  const document = parseYaml('bouncer.yaml', text);
  const sources = { env: { SECRET: 'canary' }, baseDir: '/etc/bouncer', readFile: () => 'none' };
  return document.ok ? parseSettings(document.value, sources) : document;
}

const problems = (more: string): string[] => {
  const parsed = parse(more);
  const all = parsed.ok ? parsed.warnings : parsed.problems;
  expect(JSON.stringify(all)).not.toContain('canary');
  return all.map(({ line, column, code }) => `${line}:${column} ${code}`);
};

describe('GitHub in the settings', () => {
  it('needs a client and its secret, and has the rest filled in', () => {
    const parsed = parse('client_secret: { env: SECRET }');
    expect(parsed.ok && parsed.value.identityProviders).toEqual([
      {
        ...{ id: 'github', type: 'github', label: 'GitHub', url: 'https://github.com' },
        ...{ clientId: 'Ov23', clientSecret: 'canary', ca: null, organizations: [] },
        ...{ emailDomains: null, othersEmailDomains: [] },
      },
    ]);
  });

  it('may be an enterprise at an address of its own', () => {
    const parsed = parse(
      'client_secret: a\nurl: https://GitHub.Example.com/\nlabel: Work\norganizations: [Acme]\nemail_domains: [Example.com]',
    );
    expect(parsed.ok && parsed.value.identityProviders[0]).toMatchObject({
      ...{ url: 'https://github.example.com', label: 'Work', organizations: [{ name: 'Acme', id: null }] },
      emailDomains: ['example.com'],
    });
  });

  it('has groups for rules only with organisations', () => {
    const without = parse('client_secret: a');
    const withSome = parse('client_secret: a\norganizations: [acme]');
    expect(without.ok && rulesContext(without.value).groupProviders).toEqual([]);
    expect(withSome.ok && rulesContext(withSome.value)).toMatchObject({
      groupProviders: ['github'],
      countedGroups: ['acme', 'acme/*'],
      addressSpeakers: { named: [], ofTheRest: ['github'] },
    });
  });

  it('may say the number of an organisation, beside others', () => {
    const parsed = parse('client_secret: a\norganizations: [acme, { name: Partner, id: 583231 }]');
    expect(parsed.ok && parsed.value.identityProviders[0]).toMatchObject({
      organizations: [
        { name: 'acme', id: null },
        { name: 'Partner', id: '583231' },
      ],
    });
    expect(parsed.ok && rulesContext(parsed.value).countedGroups).toEqual([
      ...['acme', 'acme/*', 'Partner', 'Partner/*'],
    ]);
  });

  it.each([
    ['', '3:5 missing-key'],
    ['client_secret: a\norganizations: [acme, { name: Acme, id: 1 }]', '7:27 duplicate-organization'],
    ['client_secret: a\nurl: http://github.example.com', '7:10 not-https'],
    ['client_secret: a\nurl: https://github.example.com/login', '7:10 not-an-origin'],
    ['client_secret: a\nissuer: https://github.com', '7:5 unknown-key'],
    ['client_secret: a\nscopes: [repo]', '7:5 unknown-key'],
    ['client_secret: a\norganizations: []', '7:20 empty-list'],
    ['client_secret: a\norganizations: [acme/ops]', '7:21 bad-organization'],
    ['client_secret: a\norganizations: ["a b"]', '7:21 bad-organization'],
    ['client_secret: a\norganizations: [acme, Acme]', '7:27 duplicate-organization'],
    ['client_secret: a\norganizations: acme', '7:20 wrong-type'],
    ['client_secret: { env: MISSING }', '6:27 variable-not-set'],
    ['client_secret: a\nca_file: ca.pem', '7:14 not-pem'],
  ])('%j is told: %s', (more, problem) => {
    expect(problems(more)).toContain(problem);
  });
});
