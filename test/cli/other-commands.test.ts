// The other commands as a person sees them: transcripts in fixtures/commands. `npx vitest run … -u` writes them anew.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDialects } from '../../src/assertion/create-dialects.ts';
import { rotateKeys } from '../../src/assertion/rotate-keys.ts';
import { createToken, hashToken } from '../../src/identity/opaque-token.ts';
import { issueToken } from '../../src/identity/tokens/token-operations.ts';
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
      ...{
        unansweredSinceMs: null,
        vouchedAtMs: null,
        ip: '192.0.2.7',
        userAgent: 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0',
      },
    };
    await store.sessions.createLogin(
      login,
      { hash: hashToken(createToken()), host, createdAtMs: nowMs },
      null,
    );
  }
  await store.close();
}

/** One in use, and one that has ended. */
async function addTokens(): Promise<void> {
  const store = createStore(`${folder.path}/data`);
  const nowMs = Date.now();
  const { token } = await issueToken(
    store.tokens,
    { name: 'backup', applications: ['wiki'], lifetimeMs: null },
    nowMs,
  );
  const ended = { name: 'old', applications: null, lifetimeMs: 1 };
  await issueToken(store.tokens, ended, nowMs - 86_400_000);
  await store.tokens.addUses([
    { id: token.id, count: 12, lastUsedMs: nowMs, ip: '192.0.2.7', country: 'PT' },
  ]);
  await store.close();
}

interface Case {
  readonly args: readonly string[];
  readonly code: number;
  readonly hasSessions?: boolean;
  readonly hasTokens?: boolean;
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
  'session list of one person': {
    args: ['session', 'list', '--email', 'Ada@example.com'],
    code: 0,
    hasSessions: true,
  },
  'session list of nobody there': {
    args: ['session', 'list', '--email', 'eve@example.com'],
    code: 0,
    hasSessions: true,
  },
  'person block': { args: ['person', 'block', 'Ada@example.com'], code: 0, hasSessions: true },
  'person block of nobody yet': { args: ['person', 'block', 'eve@example.com'], code: 0, hasSessions: true },
  'person block in another script': { args: ['person', 'block', 'Leser@Bücher.example'], code: 0 },
  'person block of no address': { args: ['person', 'block', 'eve'], code: 64 },
  'person unblock of nobody': { args: ['person', 'unblock', 'ada@example.com'], code: 0 },
  'person list, nobody': { args: ['person', 'list'], code: 0 },
  'access list, nothing': { args: ['access', 'list'], code: 0 },
  'access revoke, unknown': { args: ['access', 'revoke', 'nope'], code: 64 },
  'person export': { args: ['person', 'export', 'ada@example.com'], code: 0, hasSessions: true },
  'person export of nobody': { args: ['person', 'export', 'eve@example.com'], code: 0 },
  'person erase': { args: ['person', 'erase', 'ada@example.com'], code: 0, hasSessions: true },
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
  'token create': { args: ['token', 'create', 'ci', '--application', 'wiki', '--expires', '90d'], code: 0 },
  'token create as json': { args: ['token', 'create', 'ci', '--json'], code: 0 },
  'token create by a name that rules name': {
    args: ['token', 'create', 'ci'],
    code: 0,
    files: {
      'policies/wiki.yaml': rules.replace(
        'include: [{ ip: 203.0.113.0/24 }]',
        'include: [{ service_token: ci }]',
      ),
    },
  },
  'token create for an unknown application': {
    args: ['token', 'create', 'ci', '--application', 'wkii'],
    code: 64,
  },
  'token create with a name that cannot be one': { args: ['token', 'create', 'ci@example.com'], code: 64 },
  'token create with a duration that is none': {
    args: ['token', 'create', 'ci', '--expires', '90'],
    code: 64,
  },
  'token create with an end that is now': { args: ['token', 'create', 'ci', '--expires', '0d'], code: 64 },
  'token create, twice': { args: ['token', 'create', 'backup'], code: 64, hasTokens: true },
  'token list, none yet': { args: ['token', 'list'], code: 0 },
  'token list': { args: ['token', 'list'], code: 0, hasTokens: true },
  'token list as json': { args: ['token', 'list', '--json'], code: 0, hasTokens: true },
  'token rotate': { args: ['token', 'rotate', 'backup', '--keep', '1h'], code: 0, hasTokens: true },
  'token rotate, one that has ended': { args: ['token', 'rotate', 'old'], code: 64, hasTokens: true },
  'token rotate, one that has ended, with a new end': {
    args: ['token', 'rotate', 'old', '--expires', '30d', '--json'],
    code: 0,
    hasTokens: true,
  },
  'token revoke': { args: ['token', 'revoke', 'backup'], code: 0, hasTokens: true },
  'token revoke of none': { args: ['token', 'revoke', 'bakcup'], code: 64, hasTokens: true },
  'token revoke of a secret that was pasted': {
    args: ['token', 'revoke', `bnc_s_${'A'.repeat(49)}`],
    code: 64,
    hasTokens: true,
  },
  'check, with a token that nobody made': {
    args: ['check'],
    code: 0,
    hasTokens: true,
    files: {
      'policies/wiki.yaml': rules.replace(
        'include: [{ ip: 203.0.113.0/24 }]',
        'include: [{ service_token: [backup, ci] }]',
      ),
    },
  },
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
  it.each(Object.entries(cases))('%s', async (name, { args, code, hasSessions, hasTokens, files = {} }) => {
    for (const [file, text] of Object.entries(files)) folder.write(file, text);
    if (hasSessions === true) await addSessions();
    if (hasTokens === true) await addTokens();
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
    expect(first.stdout).toMatch(/^new key [\w-]+ for assertions: published now, signs from \d{4}-/);
    await runCommand(['signing-key', 'rotate'], { cwd: folder.path, env });
    const list = await runCommand(['signing-key', 'list'], { cwd: folder.path, env });
    expect(list.stdout.split('\n')[0]).toMatch(/^KEY ID +SIGNS +STATE +ALGORITHM +SIGNS FROM +CREATED$/);
    expect(list.stdout.trim().split('\n')).toHaveLength(3);
    const parsed = JSON.parse(
      (await runCommand(['signing-key', 'list', '--json'], { cwd: folder.path, env })).stdout,
    );
    expect(parsed).toHaveLength(2);
    expect(JSON.stringify(parsed)).not.toContain('"d"');
  });

  it('lists and rotates the other keys where those of one dialect are damaged, and fails', async () => {
    const store = createStore(`${folder.path}/data`);
    await store.secrets.addSecret('dialect-cloudflare', Buffer.from('{'));
    await rotateKeys(store.keys, Date.now());
    const pomerium = { name: 'pomerium', audience: null } as const;
    const parts = { secrets: store.secrets, telemetry: { event() {} }, now: Date.now };
    const lifetime = { authUrl: 'https://auth.example.com', assertion: { lifetimeMs: 300_000 } };
    await createDialects({ ...parts, settings: () => lifetime as never }).prepare({ dialects: [pomerium] });
    await store.close();
    const damaged = 'the keys of `cloudflare` in the store are damaged';
    const list = await runCommand(['signing-key', 'list', '--json'], { cwd: folder.path, env });
    expect([list.code, list.stderr]).toEqual([1, expect.stringContaining(damaged)]);
    expect(JSON.parse(list.stdout).map((key: { signs: string }) => key.signs)).toEqual([
      'assertions',
      'pomerium',
    ]);
    const rotated = await runCommand(['signing-key', 'rotate'], { cwd: folder.path, env });
    expect([rotated.code, rotated.stderr]).toEqual([1, expect.stringContaining(damaged)]);
    expect(rotated.stdout).toMatch(/^new key \S+ for assertions: .*\nnew key \S+ for pomerium: .*\n$/);
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
    ...['import', 'dev-token', 'login', 'logout', 'access-token', 'curl', 'share', 'git-credential'].map(
      (name) => [name],
    ),
    ...['list', 'revoke'].map((name) => ['session', name]),
    ...['block', 'unblock', 'list', 'export', 'erase'].map((name) => ['person', name]),
    ...['list', 'rotate'].map((name) => ['signing-key', name]),
    ...['grant', 'list', 'revoke'].map((name) => ['access', name]),
  ])('bouncer %s %s --help tells what it does', async (...words) => {
    const args = [...words.filter((word) => word !== undefined), '--help'];
    const run = await runCommand(args, { cwd: folder.path });
    await expect(transcript(args, run, folder.path)).toMatchFileSnapshot(
      `fixtures/help/${['bouncer', ...words].filter((word) => word !== undefined).join('-')}.txt`,
    );
    expect([run.code, run.stderr]).toEqual([0, '']);
  });
});
