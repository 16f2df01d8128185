// Git itself, over HTTPS’s smart protocol, behind bouncer: clone, push and fetch with a service token, and what Git shows when it is refused.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueToken } from '../../src/identity/tokens/token-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

const hasGit = ((): boolean => {
  try {
    const folder = execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim();
    return existsSync(join(folder, 'git-http-backend'));
  } catch {
    return false;
  }
})();

let site: Site;
let server: Server;
let folder: string;
/** What the Git server saw of credentials. */
const credentials: (string | undefined)[] = [];

/** Git's own server, as a web server runs it (RFC 3875). */
function startGitServer(root: string): Promise<number> {
  server = createServer((req, res) => {
    credentials.push(req.headers.authorization);
    const [path = '', query = ''] = (req.url ?? '').split('?');
    const backend = spawn('git', ['http-backend'], {
      env: {
        ...process.env,
        ...{ GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: '1', REMOTE_USER: 'ci', PATH_INFO: path },
        ...{ QUERY_STRING: query, REQUEST_METHOD: req.method ?? '' },
        CONTENT_TYPE: req.headers['content-type'] ?? '',
        ...(req.headers['content-encoding'] === undefined
          ? {}
          : { HTTP_CONTENT_ENCODING: String(req.headers['content-encoding']) }),
      },
    });
    req.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    backend.on('close', () => {
      const answer = Buffer.concat(chunks);
      const end = answer.indexOf('\r\n\r\n');
      const fields = answer.subarray(0, end).toString('latin1').split('\r\n');
      for (const field of fields) {
        const [name = '', value = ''] = field.split(': ');
        if (name === 'Status') res.statusCode = Number.parseInt(value, 10);
        else res.setHeader(name, value);
      }
      res.end(answer.subarray(end + 4));
    });
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );
}

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

interface GitRun {
  readonly code: number;
  readonly stderr: string;
}

/** Without any configuration and helper of this machine, and with nobody to ask. */
function git(args: readonly string[], password: string | null): Promise<GitRun> {
  const helper =
    password === null ? '' : `!f() { test "$1" = get && echo username=ci && echo password=${password}; }; f`;
  const env = {
    ...{ PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
    ...{
      GIT_AUTHOR_NAME: 'ci',
      GIT_AUTHOR_EMAIL: 'ci@x',
      GIT_COMMITTER_NAME: 'ci',
      GIT_COMMITTER_EMAIL: 'ci@x',
    },
    LC_ALL: 'C',
  };
  return new Promise((resolve) => {
    execFile(
      'git',
      ['-c', `credential.helper=${helper}`, ...args],
      { env, cwd: folder },
      (error, _, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stderr }),
    );
  });
}

describe.runIf(hasGit)('git', () => {
  let url: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bouncer-git-'));
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', join(folder, 'repo.git')]);
    execFileSync('git', ['-C', join(folder, 'repo.git'), 'config', 'http.receivepack', 'true']);
    const port = await startGitServer(folder);
    site = await startSite({
      rules: `
applications:
  - name: git
    host: git.localhost
    upstream: http://127.0.0.1:${port}
    policies:
      - { name: programs, action: allow, include: [{ service_token: ci }] }
`,
    });
    url = site.at('git.localhost', '/repo.git');
  });
  afterAll(async () => {
    await site.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  test('clones, pushes and fetches with a service token as its password, which the server never sees', async () => {
    const secret = await issue('ci');
    expect(await git(['clone', '-q', url, 'one'], secret)).toMatchObject({ code: 0 });
    writeFileSync(join(folder, 'one', 'large'), Buffer.alloc(3_000_000, 'not much of a secret '));
    for (const args of [
      ['add', '.'],
      ['commit', '-q', '-m', 'one'],
    ])
      await git(['-C', 'one', ...args], null);
    expect(await git(['-C', 'one', 'push', '-q', 'origin', 'HEAD:main'], secret)).toMatchObject({ code: 0 });
    expect(await git(['clone', '-q', url, 'two'], secret)).toMatchObject({ code: 0 });
    expect(await git(['-C', 'two', 'fetch', '-q'], secret)).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, 'two', 'large'))).toBe(true);
    expect(credentials.length).toBeGreaterThan(4);
    expect(new Set(credentials)).toEqual(new Set([undefined]));
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
