// Settings for a try on one machine: what it refuses, and what it needs no mail server for.
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/settings/parse-settings.ts';
import type { SettingsUse } from '../../src/settings/resolve-references.ts';
import { parseYaml } from '../../src/source/yaml-document.ts';

const local = `auth_url: http://auth.localhost:8080
listen: 127.0.0.1:8080
rules: policies
data_dir: data
identity_providers:
  - { id: email, type: email_pin }
`;

function parse(yaml: string, use: SettingsUse) {
  const document = parseYaml('bouncer.yaml', yaml);
  const sources = {
    env: {},
    baseDir: '/etc/bouncer',
    use,
    readFile: () => {
      throw Object.assign(new Error('none'), { code: 'ENOENT' });
    },
  };
  return document.ok ? parseSettings(document.value, sources) : document;
}

const codesOf = (yaml: string, use: SettingsUse): readonly string[] => {
  const parsed = parse(yaml, use);
  return (parsed.ok ? parsed.warnings : parsed.problems).map(
    ({ code, line, column }) => `${code} ${line}:${column}`,
  );
};

describe('a try', () => {
  it('needs no mail server: mail is shown', () => {
    const parsed = parse(local, 'try');
    expect(parsed).toMatchObject({ ok: true, warnings: [], value: { showsMail: true, smtp: null } });
  });

  it('is nothing that settings can ask for', () => {
    const smtp = 'smtp: { url: "smtp://127.0.0.1", from: "a@example.com" }\n';
    expect(parse(local + smtp, 'serve')).toMatchObject({ ok: true, value: { showsMail: false } });
    expect(parse(local + smtp, 'look')).toMatchObject({ ok: true, value: { showsMail: false } });
    expect(codesOf(`${local}showsMail: true\n`, 'serve')).toContain('unknown-key 7:1');
  });

  it.each([
    ['http://auth.localhost:8080', 'https://auth.example.com', 'not-for-one-machine 1:11'],
    ['http://auth.localhost:8080', 'https://auth.localhost.example.com', 'not-for-one-machine 1:11'],
    ['listen: 127.0.0.1:8080', 'listen: 0.0.0.0:8080', 'not-for-one-machine 2:9'],
    ['listen: 127.0.0.1:8080', 'listen: "[::]:8080"', 'not-for-one-machine 2:9'],
    ['listen: 127.0.0.1:8080', 'listen: example.com:8080', 'not-for-one-machine 2:9'],
    ['listen: 127.0.0.1:8080', 'listen: unix:/run/bouncer.sock', 'not-for-one-machine 2:9'],
    ['rules:', 'also_listen: ["127.0.0.1:8081", "192.0.2.1:8081"]\nrules:', 'not-for-one-machine 3:33'],
    [
      'rules:',
      'trusted_proxies: [10.0.0.5]\nproxy_protocol: { listen: "192.0.2.1:8443" }\nrules:',
      'not-for-one-machine 4:27',
    ],
  ])('refuses what others could reach: %s as %s', (from, to, problem) => {
    expect(codesOf(local.replace(from, to), 'try')).toContain(problem);
    expect(parse(local.replace(from, to), 'try').ok).toBe(false);
  });

  it.each([
    ['http://auth.localhost:8080', 'http://127.0.0.1:8080'],
    ['http://auth.localhost:8080', 'https://localhost'],
    ['listen: 127.0.0.1:8080', 'listen: "[::1]:8080"'],
    ['listen: 127.0.0.1:8080\n', ''],
  ])('takes what is on this machine: %s as %s', (from, to) => {
    expect(parse(local.replace(from, to), 'try')).toMatchObject({ ok: true, value: { showsMail: true } });
  });
});

describe('codes by mail without a mail server', () => {
  it('are refused where bouncer is run in earnest, with the way out', () => {
    const parsed = parse(local, 'serve');
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([
      { code: 'no-mail-server', hint: expect.stringContaining('`bouncer serve --dev`') },
    ]);
    const open = parse(local.replace('http://auth.localhost:8080', 'https://auth.example.com'), 'serve');
    expect(open.ok ? [] : open.problems).toMatchObject([
      { code: 'no-mail-server', hint: expect.stringMatching(/^add `smtp:/) },
    ]);
  });

  it('are looked at as good on this machine alone', () => {
    expect(codesOf(local, 'look')).toEqual([]);
    expect(codesOf(local.replace('127.0.0.1:8080', '0.0.0.0:8080'), 'look')).toEqual(['no-mail-server 6:24']);
  });
});
