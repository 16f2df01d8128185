// Where Node keeps what it compiled: what lies there is run by the next start, so that nobody else may be able to write to it.
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareFolder } from '../../src/cli/keep-compiled.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'bouncer-compiled-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

test('is a folder of its own below the cache of the user, for the user alone', async () => {
  const folder = prepareFolder({ XDG_CACHE_HOME: join(home, 'cache') });
  expect(folder).toBe(join(home, 'cache/bouncer/compiled'));
  expect((await stat(String(folder))).mode & 0o777).toBe(0o700);
});

test('is in the folder that systemd made for the unit, before that of the user', () => {
  const env = { CACHE_DIRECTORY: `${home}:/var/cache/other`, XDG_CACHE_HOME: '/nowhere' };
  expect(prepareFolder(env)).toBe(join(home, 'bouncer/compiled'));
});

test('is not named by a path that depends on where the command was called', () => {
  expect(prepareFolder({ CACHE_DIRECTORY: 'here', XDG_CACHE_HOME: home })).toBe(
    join(home, 'bouncer/compiled'),
  );
});

test('is nowhere, when others may write to it or to the way there', async () => {
  await mkdir(join(home, 'open/bouncer'), { recursive: true });
  await chmod(join(home, 'open'), 0o777);
  expect(prepareFolder({ XDG_CACHE_HOME: join(home, 'open') })).toBe(null);
  expect(await readdir(join(home, 'open/bouncer'))).toEqual([]);
  await mkdir(join(home, 'mine/bouncer/compiled'), { recursive: true });
  await chmod(join(home, 'mine/bouncer/compiled'), 0o755);
  expect(prepareFolder({ XDG_CACHE_HOME: join(home, 'mine') })).toBe(null);
});

test('is nowhere, when a link leads to where others may write', async () => {
  await mkdir(join(home, 'open'));
  await chmod(join(home, 'open'), 0o777);
  await symlink(join(home, 'open'), join(home, 'link'));
  expect(prepareFolder({ XDG_CACHE_HOME: join(home, 'link') })).toBe(null);
  expect(await readdir(join(home, 'open'))).toEqual([]);
});

test('is nowhere, when it cannot be made', () => {
  expect(prepareFolder({ XDG_CACHE_HOME: '/proc/nothing' })).toBe(null);
});
