// A push of 500 MB through bouncer with a service token, and the clone of it; and one as a person whom Chromium logged in at a
// terminal. Long: `.ci/full applications` runs it.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, createReadStream, createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { issueToken } from '../../src/identity/tokens/token-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { pickPerson } from '../browser/browser-site.ts';
import { commitAll, hasGit, runGit, startGitServer } from '../fixtures/git-server.ts';
import { startSite } from '../fixtures/running-site.ts';
import { hasChromium, launchChromium } from '../pages/launch-chromium.ts';
import { makeFolder } from './behind-bouncer.ts';
import { python } from './python-program.ts';

const size = 500_000_000;
const chunk = 1_000_000;
const main = join(import.meta.dirname, '../../src/main.ts');

function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  return pipeline(createReadStream(file), hash).then(() => hash.digest('hex'));
}

/** `bouncer login` of a home, with Chromium as the browser. */
async function logInAsPerson(home: string, url: string): Promise<void> {
  const note = join(home, 'opened');
  const opener = join(home, 'open.sh');
  writeFileSync(opener, `#!/bin/sh\nprintf %s "$1" > '${note}.new' && mv '${note}.new' '${note}'\n`);
  chmodSync(opener, 0o755);
  const env = { PATH: process.env['PATH'], HOME: home, BROWSER: opener };
  const login = promisify(execFile)(process.execPath, [main, 'login', url], { env });
  const address = await vi.waitFor(() => readFileSync(note, 'utf8'), { timeout: 30_000, interval: 50 });
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(address);
  await pickPerson(page, 'alice');
  await page.getByRole('button', { name: 'Let it in' }).click();
  await page.getByText('Your terminal is logged in').waitFor();
  expect((await login).stderr).toContain('logged in as alice@example.com');
}

test.skipIf(python === undefined || !hasGit)(
  'git pushes 500 MB, and gets them back',
  { timeout: 600_000 },
  async () => {
    const folder = makeFolder();
    const server = await startGitServer(folder);
    onTestFinished(() => server.close());
    for (const name of ['repo.git', 'person.git']) server.create(name);
    const site = await startSite({
      rules: `
applications:
  - name: git
    host: git.localhost
    upstream: ${server.url}
    upstream_options: { response_timeout: 300s }
    policies: [{ name: programs, action: allow, include: [{ service_token: ci }, { email: alice@example.com }] }]
`,
    });
    onTestFinished(() => site.close());
    const store = await openStore(site.bouncer.settings);
    const { secret } = await issueToken(
      store.tokens,
      { name: 'ci', applications: null, lifetimeMs: null },
      Date.now(),
    );
    await store.close();
    const url = site.at('git.localhost', '/repo.git');
    const asService = `!f() { test "$1" = get && echo username=ci && echo password=${secret}; }; f`;
    const config = {
      // Nothing to be gained with what is random.
      'core.compression': '0',
      'pack.window': '0',
      'core.bigFileThreshold': '10m',
    };
    const git = (...args: readonly string[]) =>
      runGit(folder, args, { ...config, 'credential.helper': asService });
    expect(await git('clone', '-q', url, 'one')).toMatchObject({ code: 0 });
    const random = Readable.from(
      (function* () {
        for (let written = 0; written < size; written += chunk) yield randomBytes(chunk);
      })(),
    );
    await pipeline(random, createWriteStream(join(folder, 'one', 'large')));
    await commitAll(folder, 'one');
    const before = process.memoryUsage().heapUsed;
    expect(await git('-C', 'one', 'push', '-q', 'origin', 'HEAD:main')).toMatchObject({ code: 0 });
    // Neither bouncer nor the server of the test, both in this process, holds it.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200_000_000);
    expect(await git('clone', '-q', url, 'two')).toMatchObject({ code: 0 });
    expect(await digestOf(join(folder, 'two', 'large'))).toBe(await digestOf(join(folder, 'one', 'large')));
    if (!hasChromium) return;
    const asPerson = `!HOME='${folder}' XDG_CONFIG_HOME= '${process.execPath}' '${main}' git-credential`;
    await logInAsPerson(folder, url);
    const person = site.at('git.localhost', '/person.git');
    const pushed = await runGit(folder, ['-C', 'one', 'push', '-q', person, 'HEAD:main'], {
      ...config,
      'credential.helper': asPerson,
    });
    expect(pushed).toMatchObject({ code: 0 });
    // Git looked at every byte of it there.
    const head = async (repository: string, name: string): Promise<string> =>
      (await git('--git-dir', repository, 'rev-parse', name)).stdout;
    expect(await head('person.git', 'main')).toBe(await head('one/.git', 'HEAD'));
    expect(site.records()).toContainEqual(
      expect.objectContaining({
        email: 'alice@example.com',
        path: '/person.git/git-receive-pack',
        status: 200,
      }),
    );
  },
);
