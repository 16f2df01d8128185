// Git LFS behind bouncer: its batch API says where to send files, at the address that the client used, and the files go up and down there.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { behindBouncer, findProgram, makeFolder, run, startServer } from './behind-bouncer.ts';
import { hasPackage, python } from './python-program.ts';

const client = findProgram('git-lfs');
const hasServer = await hasPackage('giftless');

test.skipIf(client === undefined || !hasServer)(
  'files of every size up and down',
  { timeout: 240_000 },
  async () => {
    const folder = makeFolder();
    const config = join(folder, 'giftless.yaml');
    writeFileSync(
      config,
      `TRANSFER_ADAPTERS:
  basic:
    factory: giftless.transfer.basic_streaming:factory
    options:
      storage_class: giftless.storage.local_storage:LocalStorage
      storage_options: { path: ${join(folder, 'store')} }
AUTH_PROVIDERS: ['giftless.auth.allow_anon:read_write']
`,
    );
    const port = await startServer(
      join(dirname(python ?? ''), 'flask'),
      (own) => ['run', '--port', String(own)],
      { FLASK_APP: 'giftless.wsgi_entrypoint', GIFTLESS_CONFIG_FILE: config },
    );
    const site = await behindBouncer(port);
    const [origin, first, second] = ['origin.git', 'first', 'second'].map((name) => join(folder, name));
    const git = (where: string | undefined, ...args: string[]): Promise<string> =>
      run('git', ...(where === undefined ? [] : ['-C', where]), ...args);
    const url = site.at('127.0.0.1', '/team/papers');
    const prepare = async (where: string | undefined): Promise<void> => {
      await git(where, 'lfs', 'install', '--local');
      for (const [name, value] of [
        ['lfs.url', url],
        ['user.name', 'ci'],
        ['user.email', 'ci@example.com'],
      ] as const)
        await git(where, 'config', name, value);
    };
    await git(undefined, 'init', '--quiet', '--bare', origin ?? '');
    await git(undefined, 'init', '--quiet', '-b', 'main', first ?? '');
    await prepare(first);
    await git(first, 'lfs', 'track', '*.bin');
    const files = [1, 1_000, 65_536, 3_000_000, 30_000_000].map((size) => randomBytes(size));
    for (const [nth, content] of files.entries()) writeFileSync(join(first ?? '', `${nth}.bin`), content);
    await git(first, 'add', '.');
    await git(first, 'commit', '--quiet', '-m', 'files');
    await git(first, 'push', '--quiet', origin ?? '', 'main');

    await run(
      'env',
      'GIT_LFS_SKIP_SMUDGE=1',
      'git',
      'clone',
      '--quiet',
      '-b',
      'main',
      origin ?? '',
      second ?? '',
    );
    await prepare(second);
    expect(readFileSync(join(second ?? '', '4.bin'), 'utf8')).toMatch(/^version https:\/\/git-lfs/);
    await git(second, 'lfs', 'pull');
    const sum = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
    for (const [nth, content] of files.entries())
      expect(sum(readFileSync(join(second ?? '', `${nth}.bin`)))).toBe(sum(content));
    const uploads = site.records().filter(({ method }) => method === 'PUT');
    expect(uploads.map(({ status }) => status)).toEqual(files.map(() => 200));
  },
);
