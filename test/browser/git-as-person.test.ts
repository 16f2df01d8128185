// Git as a person: a login at a terminal through a real browser, then Git and Git LFS with bouncer's credential helper, as a process each.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { compileCache } from '../fixtures/compile-cache.ts';
import {
  commitAll,
  type GitRun,
  type GitServer,
  hasGit,
  hasGitLfs,
  runGit,
  startGitServer,
} from '../fixtures/git-server.ts';
import { hasChromium } from '../pages/launch-chromium.ts';
import { type BrowserSite, pickPerson, startBrowserSite } from './browser-site.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const command = `${process.execPath} ${main}`;

describe.skipIf(!hasGit || !hasChromium)('git as a person', { timeout: 120_000 }, () => {
  let running: BrowserSite;
  let context: BrowserContext;
  let server: GitServer;
  let guarded: GitServer;
  let folder: string;
  const at = (host: string, path: string): string => running.at(`${host}.localhost`, path);

  /** `bouncer …` as a process of its own, with a "browser" that writes down where it is sent. */
  function bouncer(...args: readonly string[]): {
    readonly done: Promise<GitRun>;
    readonly page: () => Promise<string>;
  } {
    const note = join(folder, 'opened');
    rmSync(note, { force: true });
    const browser = join(folder, 'browser.sh');
    writeFileSync(browser, `#!/bin/sh\nprintf %s "$1" > '${note}.new' && mv '${note}.new' '${note}'\n`);
    chmodSync(browser, 0o755);
    const env = { ...compileCache, PATH: process.env['PATH'], HOME: folder, BROWSER: browser };
    const done = new Promise<GitRun>((resolve) => {
      execFile(process.execPath, [main, ...args], { env, cwd: folder }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
    const page = (): Promise<string> =>
      vi.waitFor(() => readFileSync(note, 'utf8'), { timeout: 30_000, interval: 50 });
    return { done, page };
  }

  const git = (...args: readonly string[]): Promise<GitRun> =>
    runGit(folder, args, { 'credential.helper': `!${command} git-credential` });

  async function logIn(who: string): Promise<void> {
    context = await running.open();
    const login = bouncer('login', at('git', '/'));
    const page = await context.newPage();
    await page.goto(await login.page());
    await pickPerson(page, who);
    await page.getByText('Let a terminal act as you?').waitFor();
    await page.getByRole('button', { name: 'Let it in' }).click();
    await page.getByText('Your terminal is logged in').waitFor();
    expect(await login.done).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('logged in as'),
    });
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bouncer-git-'));
    server = await startGitServer(join(folder, '.'));
    guarded = await startGitServer(join(folder, '.'), 'own-password');
    for (const name of ['app.git', 'part.git', 'large.git', 'guarded.git']) server.create(name);
    const staff = 'policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]';
    running = await startBrowserSite({
      rules: `
applications:
  - { name: git, host: git.localhost, upstream: "${server.url}", ${staff} }
  - { name: parts, host: parts.localhost, upstream: "${server.url}", ${staff} }
  - { name: guarded, host: guarded.localhost, upstream: "${guarded.url}", ${staff} }
  # Git LFS asks the resolver for names of this machine, which knows none.
  - { name: large, host: 127.0.0.1, upstream: "${server.url}", ${staff} }
  - name: keys
    host: keys.localhost
    upstream: ${server.url}
    policies: [{ name: keys, action: allow, include: [{ email_domain: example.com }], require: [hardware_key] }]
`,
    });
    await logIn('alice');
  });
  afterAll(async () => {
    await running?.close();
    await server?.close();
    await guarded?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('clones, pushes 10 MB and fetches, and the application is told who it is', async () => {
    expect(await git('clone', '-q', at('git', '/app.git'), 'one')).toMatchObject({ code: 0 });
    writeFileSync(join(folder, 'one', 'large'), randomBytes(10_000_000));
    await commitAll(folder, 'one');
    expect(await git('-C', 'one', 'push', '-q', 'origin', 'HEAD:main')).toMatchObject({ code: 0 });
    expect(await git('clone', '-q', at('git', '/app.git'), 'two')).toMatchObject({ code: 0 });
    expect(await git('-C', 'two', 'fetch', '-q')).toMatchObject({ code: 0 });
    expect(
      readFileSync(join(folder, 'two', 'large')).equals(readFileSync(join(folder, 'one', 'large'))),
    ).toBe(true);
    expect(new Set(server.credentials)).toEqual(new Set([undefined]));
    expect(running.site.records()).toContainEqual(
      expect.objectContaining({ email: 'alice@example.com', path: '/app.git/git-receive-pack', status: 200 }),
    );
  });

  test('brings submodules from two hosts', async () => {
    expect(await git('clone', '-q', at('parts', '/part.git'), 'part')).toMatchObject({ code: 0 });
    writeFileSync(join(folder, 'part', 'file'), 'a part');
    await commitAll(folder, 'part');
    expect(await git('-C', 'part', 'push', '-q', 'origin', 'HEAD:main')).toMatchObject({ code: 0 });
    expect(await git('clone', '-q', at('git', '/app.git'), 'whole')).toMatchObject({ code: 0 });
    const added = await git('-C', 'whole', 'submodule', '--quiet', 'add', at('parts', '/part.git'), 'part');
    expect(added).toMatchObject({ code: 0 });
    await commitAll(folder, 'whole');
    expect(await git('-C', 'whole', 'push', '-q', 'origin', 'HEAD:main')).toMatchObject({ code: 0 });
    const cloned = await git('clone', '-q', '--recurse-submodules', at('git', '/app.git'), 'again');
    expect(cloned).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'again', 'part', 'file'), 'utf8')).toBe('a part');
  });

  test.skipIf(!hasGitLfs)('stores large files with Git LFS', async () => {
    const url = `http://127.0.0.1:${running.site.port}/large.git`;
    expect(await git('clone', '-q', url, 'large')).toMatchObject({ code: 0 });
    for (const args of [
      ['lfs', 'install', '--local'],
      ['lfs', 'track', '*.bin'],
    ])
      expect(await git('-C', 'large', ...args)).toMatchObject({ code: 0 });
    writeFileSync(join(folder, 'large', 'film.bin'), randomBytes(10_000_000));
    await commitAll(folder, 'large');
    const pushed = await git('-C', 'large', 'push', 'origin', 'HEAD:main');
    expect([pushed.code, pushed.stderr]).toEqual([0, expect.anything()]);
    expect(
      await git(
        '-c',
        'filter.lfs.smudge=git-lfs smudge -- %f',
        '-c',
        'filter.lfs.process=git-lfs filter-process',
        'clone',
        '-q',
        url,
        'large-again',
      ),
    ).toMatchObject({ code: 0 });
    expect(statSync(join(folder, 'large-again', 'film.bin')).size).toBe(10_000_000);
    expect(running.site.records()).toContainEqual(
      expect.objectContaining({
        method: 'PUT',
        path: expect.stringMatching(/^\/large\.git\/info\/lfs\/objects\//),
        status: 200,
      }),
    );
  });

  test('leaves a server its own passwords: bouncer’s token goes in a field of its own', async () => {
    const token = await bouncer('access-token', at('guarded', '/')).done;
    expect(token).toMatchObject({ code: 0, stdout: expect.stringMatching(/^bnc_u_\w{49}\n$/) });
    const helper = '!f() { test "$1" = get && echo username=git && echo password=own-password; }; f';
    const config = {
      [`http.${at('guarded', '/')}.extraHeader`]: `Bouncer-Token: ${token.stdout.trim()}`,
      'credential.helper': helper,
    };
    const cloned = await runGit(folder, ['clone', '-q', at('guarded', '/guarded.git'), 'guarded'], config);
    expect(cloned).toMatchObject({ code: 0 });
    writeFileSync(join(folder, 'guarded', 'file'), 'x');
    await commitAll(folder, 'guarded');
    const pushed = await runGit(folder, ['-C', 'guarded', 'push', '-q', 'origin', 'HEAD:main'], config);
    expect(pushed).toMatchObject({ code: 0 });
    expect(guarded.credentials).toContain(`Basic ${Buffer.from('git:own-password').toString('base64')}`);
  });

  test('says what to do where more than a login is asked for, and keeps the login', async () => {
    const refused = await git('clone', at('keys', '/app.git'), 'keys');
    expect(refused.code).toBe(128);
    expect(refused.stderr).toMatch(/remote: run `bouncer login http\S+`, which asks for it in your browser/);
    expect(await git('-C', 'two', 'fetch', '-q')).toMatchObject({ code: 0 });
  });

  test('gets no answer for hosts that are not behind bouncer, at once and from nobody else', async () => {
    const helped = (input: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [main, 'git-credential', 'get'], {
          // Whatever it would ask of the network goes nowhere, and slowly.
          env: {
            ...{ ...compileCache, PATH: process.env['PATH'], HOME: folder },
            HTTPS_PROXY: 'http://203.0.113.1:9',
          },
        });
        let text = '';
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (chunk: Buffer) => {
            text += chunk.toString();
          });
        child.on('error', reject);
        child.on('close', (code) => resolve(`${code} ${text}`));
        child.stdin.end(input);
      });
    const { port } = new URL(at('git', '/'));
    for (const host of [
      'github.com',
      `git.localhost:${Number(port) + 1}`,
      'git.localhost',
      `xgit.localhost:${port}`,
    ])
      expect(await helped(`protocol=https\nhost=${host}\n\n`)).toBe('0 ');
    expect(await helped(`protocol=https\nhost=git.localhost:${port}\n\n`)).toBe('0 ');
    expect(
      await helped(
        `protocol=http\nhost=git.localhost:${port}\nwwwauth[]=Basic realm="the server itself"\n\n`,
      ),
    ).toBe('0 ');
    expect(await helped('nonsense\n')).toBe('0 ');
    expect(await helped(`protocol=http\nhost=git.localhost:${port}\n\n`)).toMatch(
      /^0 username=bouncer\npassword=bnc_u_/,
    );
  });

  test('says so, with the command, when the login has ended', async () => {
    const page = await context.newPage();
    await page.goto(at('auth', '/.bouncer/logout'));
    await page.getByRole('button', { name: 'Log out' }).click();
    await vi.waitFor(
      async () => {
        const ended = await git('-C', 'two', 'fetch');
        expect(ended.stderr).toContain(`has ended. Run: bouncer login http://git.localhost`);
        expect(ended.code).toBe(128);
      },
      { timeout: 20_000 },
    );
    expect(existsSync(join(folder, '.config/bouncer/logins'))).toBe(true);
  });
});
