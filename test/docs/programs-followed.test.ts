// docs/programs.md and docs/git.md followed from an empty folder: their files as they stand there, with the names of this machine in
// place of example.com, and their commands in a shell, with a real `bouncer serve`, provider, application and Git server.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { type GitServer, hasGit, startGitServer } from '../fixtures/git-server.ts';
import { logInAtProvider, startOidcProvider, type TestOidcProvider } from '../fixtures/oidc-provider.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../fixtures/recording-upstream.ts';
import { person } from '../fixtures/running-site.ts';
import { blocksOf, root } from './pages.ts';

const main = join(root, 'src/main.ts');

interface ShellRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe.skipIf(!hasGit)('who follows the pages', { timeout: 120_000 }, () => {
  let folder: string;
  let port: number;
  let provider: TestOidcProvider;
  let upstream: RecordingUpstream;
  let server: GitServer;
  let served: ChildProcess;
  const browser = new BrowserClient();

  /** The text of a page with this machine's names in it. */
  const here = (text: string): string =>
    text
      .replaceAll('https://accounts.google.com', provider.issuer)
      .replaceAll(/https:\/\/([a-z]+)\.example\.com/g, (_, name) => `http://${name}.localhost:${port}`)
      .replaceAll(/(?<=host: )([a-z]+)\.example\.com/g, '$1.localhost')
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`)
      .replaceAll('http://127.0.0.1:8090', upstream.url)
      .replaceAll('http://127.0.0.1:3000', server.url)
      .replaceAll('client_id: abc', 'client_id: bouncer');

  const block = (page: string, language: 'sh' | 'yaml', index: number): string => {
    const found = blocksOf(`docs/${page}`, language)[index];
    if (found === undefined) throw new Error(`docs/${page} has no block ${index} of ${language}`);
    return here(found);
  };

  function shell(commands: string, env: Readonly<Record<string, string>> = {}): Promise<ShellRun> {
    const whole = {
      ...{ PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, HOME: folder, LC_ALL: 'C' },
      ...{ GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', GOOGLE_CLIENT_SECRET: 'secret' },
      ...{ BROWSER: join(folder, 'bin', 'open-page'), ...env },
    };
    return new Promise((resolve) => {
      execFile('sh', ['-ec', commands], { cwd: folder, env: whole }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  }

  function addProgram(name: string, text: string): void {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bouncer-followed-'));
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'policies'));
    addProgram('bouncer', `exec '${process.execPath}' '${main}' "$@"`);
    addProgram(
      'open-page',
      `printf %s "$1" > '${folder}/page.new' && mv '${folder}/page.new' '${folder}/page'`,
    );
    port = await findFreePort(0, 1);
    const authUrl = `http://auth.localhost:${port}`;
    provider = await startOidcProvider({
      clients: [{ clientId: 'bouncer', clientSecret: 'secret', authUrl, providerIds: ['google'] }],
      people: [person('ada', 'ada@example.com', [])],
    });
    upstream = await startRecordingUpstream();
    mkdirSync(join(folder, 'repositories', 'team'), { recursive: true });
    server = await startGitServer(join(folder, 'repositories'));
    server.create('team/app.git');
    writeFileSync(join(folder, 'bouncer.yaml'), block('programs.md', 'yaml', 0));
    writeFileSync(join(folder, 'policies/builds.yaml'), block('programs.md', 'yaml', 1));
    writeFileSync(join(folder, 'policies/git.yaml'), block('git.md', 'yaml', 0));
    expect(await shell('bouncer check')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('2 tests passed'),
    });
    served = spawn(process.execPath, [main, 'serve'], {
      cwd: folder,
      env: { ...process.env, GOOGLE_CLIENT_SECRET: 'secret' },
      stdio: 'ignore',
    });
    await vi.waitFor(async () => expect((await browser.get(`${authUrl}/.bouncer/certs`)).status).toBe(200), {
      timeout: 30_000,
      interval: 200,
    });
  }, 90_000);
  afterAll(async () => {
    served?.kill();
    await browser.close();
    await provider?.close();
    await upstream?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('lets a program in by a service token, sees it, rotates and revokes it', async () => {
    const made = await shell(block('programs.md', 'sh', 0));
    const secret = /^secret +(\S+)$/m.exec(made.stdout)?.[1] ?? '';
    const id = /^id +(\S+)$/m.exec(made.stdout)?.[1] ?? '';
    const asked = block('programs.md', 'sh', 1).replaceAll('curl ', 'curl -sSf ');
    const answers = await shell(asked, { SECRET: secret, ID: id });
    expect([answers.code, answers.stderr]).toEqual([0, '']);
    expect(answers.stdout.match(/"url":"\/upload"/g)).toHaveLength(3);
    const ended = await shell(block('programs.md', 'sh', 2));
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('ci') });
    expect((await shell(asked, { SECRET: secret, ID: id })).code).not.toBe(0);
  });

  /** Runs commands that log in, with a person at the browser. */
  async function withPerson(commands: string): Promise<ShellRun> {
    rmSync(join(folder, 'page'), { force: true });
    const done = shell(commands);
    const page = await vi.waitFor(() => readFileSync(join(folder, 'page'), 'utf8'), {
      timeout: 30_000,
      interval: 50,
    });
    const first = await browser.get(page);
    const shown = first.body.includes('Let a terminal act')
      ? first
      : await logInAtProvider(browser, first, 'ada');
    const form = shown.body.split('<form').find((one) => one.includes('value="allow"')) ?? '';
    const fields = [...form.matchAll(/name="([^"]*)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]);
    const posted = await browser.post(page.replace(/\?.*/, ''), Object.fromEntries(fields));
    const next = /url=(http:\/\/127\.0\.0\.1:\d+\/callback\?[^"]*)/i.exec(posted.body)?.[1] ?? '';
    await browser.get(next.replaceAll('&amp;', '&'));
    return done;
  }

  test('works with Git as a person, as CI, and leaves the terminal again', async () => {
    // Git has a helper that keeps what it is told, as on many computers; and whoever is not sure runs the commands twice.
    expect(await shell('git config --global credential.helper store')).toMatchObject({ code: 0 });
    for (let time = 0; time < 2; time++)
      expect(await shell(block('git.md', 'sh', 0))).toMatchObject({ code: 0, stderr: '' });
    const cloned = await withPerson(block('git.md', 'sh', 1));
    expect([cloned.code, cloned.stderr]).toEqual([
      0,
      expect.stringContaining('logged in as ada@example.com'),
    ]);
    const pushed = await shell(
      'cd app && git -c user.name=ada -c user.email=ada@example.com commit -q --allow-empty -m one && git push -q origin HEAD:main',
    );
    expect([pushed.code, pushed.stderr]).toEqual([0, '']);
    // The token ends with the session: nobody else keeps it.
    expect(existsSync(join(folder, '.git-credentials'))).toBe(false);
    const { stdout } = await shell('bouncer token create ci --json');
    const secret = String(JSON.parse(stdout).secret);
    const ci = await shell(`mkdir ci && cd ci && export HOME="$PWD"\n${block('git.md', 'sh', 2)}`, {
      BOUNCER_SECRET: secret,
    });
    expect([ci.code, ci.stderr]).toEqual([0, expect.stringContaining('Cloning into')]);
    const own = await shell(`mkdir own && cd own\n${block('git.md', 'sh', 3)}`);
    expect([own.code, own.stderr]).toEqual([0, expect.stringContaining('Cloning into')]);
    const curled = here('bouncer curl -sS https://builds.example.com/upload && bouncer logout');
    const asked = await shell(curled);
    expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining('"url":"/upload"') });
    expect((await shell(here('bouncer access-token https://builds.example.com'))).code).toBe(1);
  });
});
