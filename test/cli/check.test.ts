// `bouncer check` as a person sees it: each case's transcript is in fixtures/check. `npx vitest run -u` writes them anew.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runCommand, transcript } from './run-command.ts';
import { env, makeSiteFolder, rules, type SiteFolder, settings } from './site-folder.ts';

let folder: SiteFolder | null = null;
afterEach(() => folder?.remove());

interface Case {
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  /** In place of all the above. */
  readonly prepare?: (folder: SiteFolder) => void;
}

const app = (policy: string): string => `applications:
  - name: wiki
    host: wiki.example.com
    upstream: http://127.0.0.1:8090
    policies:
      - name: staff
        action: allow
        ${policy}
tests:
  - { name: ada reads, url: "https://wiki.example.com/", as: { email: ada@example.com }, expect: allow }
`;
const staff = 'include: [{ email_domain: example.com }]';
const latin1 = Buffer.from(app('include: [{ group: "caf\u00e9" }]'), 'latin1');

/** Faults of one rules file. */
const faults: Readonly<Record<string, string | Uint8Array>> = {
  'not a mapping': '- name: wiki\n- host: wiki.example.com\n',
  'an empty file': '',
  tabs: app(staff).replace('    host:', '\thost:'),
  'a key given twice': app(staff).replace('    host:', '    name: other\n    host:'),
  'an alias': app('include: &people [{ email_domain: example.com }]\n        require: *people'),
  'a tag': app('include: [{ group: !!binary aGVsbG8= }]'),
  'a merge key': app('<<: { include: [everyone] }'),
  'two documents': `${app(staff)}---\n${app(staff)}`,
  'a file of more than 10 MB': `# ${'x'.repeat(10 * 1024 * 1024)}\n${app(staff)}`,
  'invalid UTF-8': latin1,
  'UTF-16': Buffer.from(`\uFEFF${app(staff)}`, 'utf16le'),
  'a NUL': app(staff).replace('staff', 'st\0aff'),
  'text that turns around': app(staff).replace('name: staff', 'name: st\u202Eaff'),
  'a regular expression where a text is expected': app('include: [{ email: "/.*@example\\\\.com/" }]'),
  'a CIDR with host bits': app(
    'include: [{ email_domain: example.com }]\n        require: [{ ip: 10.0.0.7/8 }]',
  ),
  'an empty include': app('include: []'),
  'a missing include': app('require: [hardware_key]'),
  'misspelt words': app('inclde: [{ email_domian: example.com }]').replace('action: allow', 'action: permit'),
  'an unknown rule group': app('include: [{ rule_group: stuff }]'),
  'an unknown identity provider': app(`${staff}\n        require: [{ login_method: gogle }]`),
  'a file that was cut off': app('include: [{ email_domain: exam').split('tests:')[0]?.trimEnd() ?? '',
  'no application': 'rule_groups:\n  staff: { include: [{ email_domain: example.com }] }\n',
};

const cases: Readonly<Record<string, Case>> = {
  green: { code: 0 },
  warnings: {
    code: 0,
    files: {
      'policies/wiki.yaml': `${app('include: [everyone]').replace('allow\n        include', 'bypass\n        include')}rule_groups:\n  unused: { include: [{ email_domain: gmail.com }] }\n`,
    },
  },
  'warnings with --strict': {
    code: 3,
    args: ['--strict'],
    files: { 'policies/wiki.yaml': app('include: [{ email_domain: [example.com, gmail.com] }]') },
  },
  'a policy that can never match': {
    code: 0,
    files: {
      'policies/wiki.yaml': app(
        `${staff}\n      - { name: ada, action: deny, include: [{ email: ada@example.com }] }`,
      ),
    },
  },
  'a test that fails, with the way that led there': {
    code: 2,
    files: { 'policies/wiki.yaml': rules.replace('expect: deny', 'expect: allow') },
  },
  'json, green': { code: 0, args: ['--json'] },
  'json, with problems': {
    code: 3,
    args: ['--json'],
    files: { 'policies/wiki.yaml': app('include: [{ rule_group: stuff }]') },
  },
  'json, with a test that fails': {
    code: 2,
    args: ['--json'],
    files: { 'policies/wiki.yaml': app(staff).replace('expect: allow', 'expect: login') },
  },
  'a secret that is not at hand': { code: 0, env: {} },
  'a secret where the name of a variable belongs': {
    code: 0,
    files: { 'bouncer.yaml': settings.replace('GOOGLE_CLIENT_SECRET', 'GOCSPX-canary0123456789abcd') },
  },
  'a secret where the name of a file belongs': {
    code: 0,
    files: {
      'bouncer.yaml': settings.replace('env: GOOGLE_CLIENT_SECRET', 'file: 0sXcanaryQ8Zk1pLmn2R7vTcanary'),
    },
  },
  'a provider that gives a refresh token': {
    code: 0,
    files: {
      'bouncer.yaml': settings.replace(
        '    client_secret:',
        '    authorization_parameters: { access_type: offline, prompt: consent }\n    client_secret:',
      ),
    },
  },
  'settings that are not valid': {
    code: 3,
    files: { 'bouncer.yaml': settings.replace('rules:', 'ruels:').replace('https://auth', 'http://auth') },
  },
  'rules alone, where there are no settings': {
    code: 0,
    args: ['policies'],
    prepare: ({ path }) => rmSync(join(path, 'bouncer.yaml')),
  },
  'no settings and nothing named': { code: 3, prepare: ({ path }) => rmSync(join(path, 'bouncer.yaml')) },
  'settings that were named and are not there': { code: 3, args: ['-c', 'boucner.yaml'] },
  'settings and rules that are both wrong': {
    code: 3,
    args: ['policies'],
    files: {
      'bouncer.yaml': settings.replace('rules:', 'ruels:'),
      'policies/wiki.yaml': app('include: [{ rule_group: stuff }]'),
    },
  },
  'a folder with no rules': {
    code: 3,
    prepare: ({ path }) => {
      rmSync(join(path, 'policies/wiki.yaml'));
      writeFileSync(join(path, 'policies/README.md'), 'to come');
    },
  },
  'rules that are not there': { code: 3, args: ['polices'] },
  'a folder in place of a file': { code: 3, prepare: ({ path }) => mkdirSync(join(path, 'policies/b.yaml')) },
  'two files that have the same application': {
    code: 3,
    files: { 'policies/a.yaml': app(staff) },
  },
  'an option that does not exist': { code: 64, args: ['--stict'] },
};

describe('check', () => {
  it.each([
    ...Object.entries(faults).map(([name, text]): [string, Case] => [
      name,
      { code: 3, files: { 'policies/wiki.yaml': text } },
    ]),
    ...Object.entries(cases),
  ])('%s', async (name, { files, args = [], code, prepare, ...rest }) => {
    folder = makeSiteFolder(files);
    prepare?.(folder);
    const line = ['check', ...args];
    const run = await runCommand(line, { cwd: folder.path, env: rest.env ?? env });
    expect(run.code).toBe(code);
    expect(run.stdout + run.stderr).not.toContain('canary');
    expect(run.stdout + run.stderr).not.toContain('\u001B');
    await expect(transcript(line, run, folder.path)).toMatchFileSnapshot(
      `fixtures/check/${name.replaceAll(/[^\w]+/g, '-')}.txt`,
    );
  });

  it('is green for the examples of this repository, as it is', async () => {
    const root = resolve(import.meta.dirname, '../..');
    const run = await runCommand(['check', 'policies/'], { cwd: root });
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^ok: \d+ rules files, \d+ applications, \d+ tests passed\n$/);
  });

  it('prints colours on a terminal, and none with NO_COLOR', async () => {
    folder = makeSiteFolder({ 'policies/wiki.yaml': app('include: [{ rule_group: stuff }]') });
    const inColor = await runCommand(['check'], { cwd: folder.path, env, isTTY: true });
    expect(inColor.stderr).toContain('\u001B[');
    const plain = await runCommand(['check'], {
      cwd: folder.path,
      env: { ...env, NO_COLOR: '1' },
      isTTY: true,
    });
    expect(plain.stderr).not.toContain('\u001B');
  });
});
