// docs/providers.md tells of each provider what to click and what to write: every block is one that `bouncer check` has nothing to say
// about, with rules of the kinds that people write, and every section says all that a first login needs.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfiguration } from '../../src/configuration/load-configuration.ts';
import { readPage } from './pages.ts';

const folder = mkdtempSync(join(tmpdir(), 'bouncer-providers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const page = readPage('docs/providers.md');
const steps = page.split('\n## Step by step\n')[1]?.split('\n## ')[0] ?? '';
const sections = steps
  .split('\n### ')
  .slice(1)
  .map((section) => [section.split('\n', 1)[0] ?? '', section] as const);

test('each of those that people have is told', () => {
  expect(sections.map(([name]) => name)).toEqual([
    ...[
      'Google',
      'Microsoft Entra ID',
      'Okta',
      'Keycloak',
      'Authentik',
      'GitLab',
      'Zitadel',
      'Auth0',
      'Pocket ID',
    ],
    ...['Kanidm', 'GitHub'],
  ]);
});

describe.each(sections)('%s', (_, section) => {
  const block = /^```yaml\n([\s\S]*?)^```$/m.exec(section)?.[1] ?? '';
  const id = /^ {2}- id: (\S+)$/m.exec(block)?.[1] ?? '';

  test('names the redirect URI of its own id, and all that people come to ask about', () => {
    expect(section).toContain(`https://auth.example.com/.bouncer/callback/${id}`);
    for (const word of ['Groups', 'E-mail', 'Rechecks', 'Logout', 'Traps'])
      expect(section).toContain(`- **${word}**: `);
  });

  test('is checked without a word', () => {
    expect(block).toMatch(/^identity_providers:\n/);
    const rules = `applications:
  - name: wiki
    host: wiki.example.com
    upstream: http://127.0.0.1:1
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }${id === 'google' ? '' : ', { group: acme }'}] }]
tests:
  - { name: staff, url: "https://wiki.example.com/", as: { email: a@example.com }, expect: allow }
`;
    mkdirSync(join(folder, 'policies'), { recursive: true });
    writeFileSync(join(folder, 'policies/rules.yaml'), rules);
    writeFileSync(join(folder, 'bouncer.yaml'), `auth_url: https://auth.example.com\n${block}`);
    const secrets = [...block.matchAll(/\{ env: (\w+) \}/g)].map(([, name = '']) => [name, 'x']);
    expect(secrets).toHaveLength(1);
    const loaded = loadConfiguration({
      settings: join(folder, 'bouncer.yaml'),
      baseDir: folder,
      env: Object.fromEntries(secrets),
    });
    expect(loaded.ok ? loaded.value.warnings : loaded.problems).toEqual([]);
  });
});
