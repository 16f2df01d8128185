// The other commands as a person sees them: transcripts in fixtures/commands. `npx vitest run … -u` writes them anew.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createToken, hashToken } from '../../src/identity/opaque-token.ts';
import type { StoredLogin } from '../../src/store/session-store.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { runCommand, transcript } from './run-command.ts';
import { env, makeSiteFolder, rules, type SiteFolder, settings } from './site-folder.ts';

let folder: SiteFolder;
beforeEach(() => {
  folder = makeSiteFolder({
    'old/wiki.yaml': rules,
    'new/wiki.yaml': rules
      .replace('exclude: [{ group: contractors }]', 'exclude: [{ email: ada@example.com }]')
      .replace(/tests:.*/s, ''),
    'broken/wiki.yaml': 'applications: []\n',
  });
});
afterEach(() => folder.remove());

/** Two people who are logged in. */
async function addSessions(): Promise<void> {
  const store = createStore(`${folder.path}/data`);
  const nowMs = Date.now();
  for (const [id, email, groups, host] of [
    ['ada-login', 'ada@example.com', ['admins'], 'wiki.example.com'],
    ['carl-login', 'carl@example.com', ['contractors'], 'auth.example.com'],
  ] as const) {
    const login: StoredLogin = {
      id,
      identity: {
        ...{
          sub: `sub-${id}`,
          email,
          name: null,
          groups,
          claims: {},
          idp: 'google',
          amr: ['pwd'],
          acr: null,
        },
        authTimeMs: nowMs,
        hardwareKey: null,
      },
      ...{ providerSid: null, secrets: null, isRefreshable: false, revision: 1 },
      ...{ mustAskPerson: false, providerDigest: null },
      ...{ createdAtMs: nowMs, expiresAtMs: nowMs + 3_600_000, lastSeenMs: nowMs, checkedAtMs: nowMs },
    };
    await store.sessions.createLogin(
      login,
      { hash: hashToken(createToken()), host, createdAtMs: nowMs },
      null,
    );
  }
  await store.close();
}

interface Case {
  readonly args: readonly string[];
  readonly code: number;
  readonly hasSessions?: boolean;
  readonly files?: Readonly<Record<string, string>>;
}

const cases: Readonly<Record<string, Case>> = {
  'diff with people': { args: ['diff', 'old', 'new'], code: 0, hasSessions: true },
  'diff of the same': { args: ['diff', 'old', 'old'], code: 0 },
  'diff as json': { args: ['diff', 'old', 'new', '--json'], code: 0 },
  'diff with rules that are not valid': { args: ['diff', 'old', 'broken'], code: 3 },
  'diff with one folder': { args: ['diff', 'old'], code: 64 },
  'session list, nobody': { args: ['session', 'list'], code: 0 },
  'session list': { args: ['session', 'list'], code: 0, hasSessions: true },
  'session list as json': { args: ['session', 'list', '--json'], code: 0, hasSessions: true },
  'session revoke by email': {
    args: ['session', 'revoke', '--email', 'Ada@example.com'],
    code: 0,
    hasSessions: true,
  },
  'session revoke by email of nobody': {
    args: ['session', 'revoke', '--email', 'eve@example.com'],
    code: 0,
    hasSessions: true,
  },
  'session revoke by id': { args: ['session', 'revoke', '--id', 'ada-login'], code: 0, hasSessions: true },
  'session revoke by id of none': { args: ['session', 'revoke', '--id', 'nope'], code: 0, hasSessions: true },
  'session revoke by application': {
    args: ['session', 'revoke', '--application', 'wiki'],
    code: 0,
    hasSessions: true,
  },
  'session revoke by unknown application': { args: ['session', 'revoke', '--application', 'wkii'], code: 64 },
  'session revoke of all': { args: ['session', 'revoke', '--all'], code: 0, hasSessions: true },
  'session revoke of nothing said': { args: ['session', 'revoke'], code: 64 },
  'session revoke of two things': {
    args: ['session', 'revoke', '--all', '--email', 'ada@example.com'],
    code: 64,
  },
  'signing-key list, none yet': { args: ['signing-key', 'list'], code: 0 },
  'settings that are not valid': {
    args: ['session', 'list'],
    code: 3,
    files: { 'bouncer.yaml': settings.replace('rules:', 'ruels:') },
  },
  'serve with settings that are not valid': {
    args: ['serve'],
    code: 3,
    files: { 'bouncer.yaml': settings.replace('rules:', 'ruels:') },
  },
  'serve with a test that fails': {
    args: ['serve'],
    code: 2,
    files: { 'policies/wiki.yaml': rules.replace('expect: deny', 'expect: allow') },
  },
  'no command': { args: [], code: 64 },
  'a command that does not exist': { args: ['chek'], code: 64 },
  'schema of nothing': { args: ['schema'], code: 64 },
  'schema of something else': { args: ['schema', 'rule'], code: 64 },
};

describe('a command', () => {
  it.each(Object.entries(cases))('%s', async (name, { args, code, hasSessions, files = {} }) => {
    for (const [file, text] of Object.entries(files)) folder.write(file, text);
    if (hasSessions === true) await addSessions();
    const run = await runCommand(args, { cwd: folder.path, env });
    await expect(transcript(args, run, folder.path)).toMatchFileSnapshot(
      `fixtures/commands/${name.replaceAll(/[^\w]+/g, '-')}.txt`,
    );
    expect(run.code).toBe(code);
  });

  it('refuses to serve without a secret that `check` only warns about', async () => {
    const checked = await runCommand(['check'], { cwd: folder.path });
    expect([checked.code, checked.stderr]).toEqual([
      0,
      expect.stringContaining('`GOOGLE_CLIENT_SECRET` is not set'),
    ]);
    const served = await runCommand(['serve'], { cwd: folder.path });
    expect(served.code).toBe(3);
    expect(served.stderr).toContain('error: the environment variable `GOOGLE_CLIENT_SECRET` is not set');
    expect(served.stderr).toContain('bouncer did not start.');
    expect((await runCommand(['session', 'list'], { cwd: folder.path })).code).toBe(0);
  });

  it('makes a key, lists it and rotates to the next one, with no bouncer running', async () => {
    const first = await runCommand(['signing-key', 'rotate'], { cwd: folder.path, env });
    expect(first.stdout).toMatch(/^new key [\w-]+: published now, signs from \d{4}-/);
    await runCommand(['signing-key', 'rotate'], { cwd: folder.path, env });
    const list = await runCommand(['signing-key', 'list'], { cwd: folder.path, env });
    expect(list.stdout.split('\n')[0]).toMatch(/^KEY ID +STATE +ALGORITHM +SIGNS FROM +CREATED$/);
    expect(list.stdout.trim().split('\n')).toHaveLength(3);
    const parsed = JSON.parse(
      (await runCommand(['signing-key', 'list', '--json'], { cwd: folder.path, env })).stdout,
    );
    expect(parsed).toHaveLength(2);
    expect(JSON.stringify(parsed)).not.toContain('"d"');
  });

  it.each(['settings', 'rules'])('schema %s is a JSON Schema', async (which) => {
    const run = await runCommand(['schema', which], { cwd: folder.path });
    expect(JSON.parse(run.stdout)).toMatchObject({
      $schema: expect.stringContaining('json-schema.org'),
      type: 'object',
    });
  });

  it.each([
    [],
    ...['demo', 'serve', 'check', 'explain', 'diff', 'schema', 'session', 'signing-key'].map((name) => [
      name,
    ]),
    ...['list', 'revoke'].map((name) => ['session', name]),
    ...['list', 'rotate'].map((name) => ['signing-key', name]),
  ])('bouncer %s %s --help tells what it does', async (...words) => {
    const args = [...words.filter((word) => word !== undefined), '--help'];
    const run = await runCommand(args, { cwd: folder.path });
    await expect(transcript(args, run, folder.path)).toMatchFileSnapshot(
      `fixtures/help/${['bouncer', ...words].filter((word) => word !== undefined).join('-')}.txt`,
    );
    expect([run.code, run.stderr]).toEqual([0, '']);
  });
});
