// A push of 500 MB through bouncer with a service token, and the clone of it. Long: `.ci/full applications` runs it.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, onTestFinished, test } from 'vitest';
import { issueToken } from '../../src/identity/tokens/token-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { commitAll, hasGit, runGit, startGitServer } from '../fixtures/git-server.ts';
import { startSite } from '../fixtures/running-site.ts';
import { makeFolder } from './behind-bouncer.ts';
import { python } from './python-program.ts';

const size = 500_000_000;
const chunk = 1_000_000;

function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  return pipeline(createReadStream(file), hash).then(() => hash.digest('hex'));
}

test.skipIf(python === undefined || !hasGit)(
  'git pushes 500 MB, and gets them back',
  { timeout: 600_000 },
  async () => {
    const folder = makeFolder();
    const server = await startGitServer(folder);
    onTestFinished(() => server.close());
    server.create('repo.git');
    const site = await startSite({
      rules: `
applications:
  - name: git
    host: git.localhost
    upstream: ${server.url}
    upstream_options: { response_timeout: 300s }
    policies: [{ name: programs, action: allow, include: [{ service_token: ci }] }]
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
    const config = {
      'credential.helper': `!f() { test "$1" = get && echo username=ci && echo password=${secret}; }; f`,
      // Nothing to be gained with what is random.
      'core.compression': '0',
      'pack.window': '0',
      'core.bigFileThreshold': '10m',
    };
    const git = (...args: readonly string[]) => runGit(folder, args, config);
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
  },
);
