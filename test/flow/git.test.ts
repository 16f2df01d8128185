// Git itself, over HTTPS’s smart protocol, behind bouncer: clone, push and fetch with a service token, and what Git shows when it is
// refused.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueToken } from '../../src/identity/tokens/token-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import {
  commitAll,
  type GitRun,
  type GitServer,
  hasGit,
  runGit,
  startGitServer,
} from '../fixtures/git-server.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

let site: Site;
let server: GitServer;
let folder: string;

async function issue(name: string): Promise<string> {
  const store = await openStore(site.bouncer.settings);
  const { secret } = await issueToken(
    store.tokens,
    { name, applications: null, lifetimeMs: null },
    Date.now(),
  );
  await store.close();
  return secret;
}

/** With a helper that knows one password, or none. */
function git(args: readonly string[], password: string | null): Promise<GitRun> {
  const helper =
    password === null ? '' : `!f() { test "$1" = get && echo username=ci && echo password=${password}; }; f`;
  return runGit(folder, args, { 'credential.helper': helper });
}

describe.runIf(hasGit)('git', () => {
  let url: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bouncer-git-'));
    server = await startGitServer(folder);
    server.create('repo.git');
    site = await startSite({
      rules: `
applications:
  - name: git
    host: git.localhost
    upstream: ${server.url}
    policies:
      - { name: programs, action: allow, include: [{ service_token: ci }] }
`,
    });
    url = site.at('git.localhost', '/repo.git');
  });
  afterAll(async () => {
    await site.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('clones, pushes and fetches with a service token as its password, which the server never sees', async () => {
    const secret = await issue('ci');
    expect(await git(['clone', '-q', url, 'one'], secret)).toMatchObject({ code: 0 });
    writeFileSync(join(folder, 'one', 'large'), Buffer.alloc(3_000_000, 'not much of a secret '));
    await commitAll(folder, 'one');
    expect(await git(['-C', 'one', 'push', '-q', 'origin', 'HEAD:main'], secret)).toMatchObject({ code: 0 });
    expect(await git(['clone', '-q', url, 'two'], secret)).toMatchObject({ code: 0 });
    expect(await git(['-C', 'two', 'fetch', '-q'], secret)).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, 'two', 'large'))).toBe(true);
    expect(server.credentials.length).toBeGreaterThan(4);
    expect(new Set(server.credentials)).toEqual(new Set([undefined]));
    expect(site.logText()).not.toContain(secret);
    expect(site.records()).toContainEqual(
      expect.objectContaining({ sub: 'ci', path: '/repo.git/git-receive-pack', method: 'POST', status: 200 }),
    );
  });

  test('shows why it is refused: no password, a wrong one, and a token that the rules do not name', async () => {
    const none = await git(['clone', url, 'none'], null);
    expect(none.code).toBe(128);
    expect(none.stderr).toContain('terminal prompts disabled');
    const wrong = await git(['clone', url, 'none'], 'bnc_s_wrong');
    expect(wrong.stderr).toContain('remote: bouncer: the token is not valid (any more)');
    expect(wrong.stderr).toContain('Authentication failed');
    const other = await git(['clone', url, 'none'], await issue('other'));
    expect(other.stderr).toContain('remote: bouncer: no policy lets');
    expect(other.stderr).toContain('403');
  });
});
