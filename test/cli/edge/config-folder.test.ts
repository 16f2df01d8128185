// Where a person's own files are, on each system and in each state of its environment.
import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { configFolder } from '../../../src/cli/edge/config-folder.ts';

const appData = 'C:\\Users\\ada\\AppData\\Roaming';

describe('the folder of a person’s own files', () => {
  test.each<[string, NodeJS.Platform, Readonly<Record<string, string>>, string]>([
    ['Linux', 'linux', { HOME: '/home/ada' }, '/home/ada/.config/bouncer'],
    ['FreeBSD', 'freebsd', { HOME: '/home/ada' }, '/home/ada/.config/bouncer'],
    ['macOS', 'darwin', { HOME: '/Users/ada' }, '/Users/ada/Library/Application Support/bouncer'],
    ['Windows', 'win32', { APPDATA: appData }, `${appData}\\bouncer`],
    ['Windows without APPDATA', 'win32', { USERPROFILE: 'C:\\Users\\ada' }, `${appData}\\bouncer`],
    [
      'Windows with a relative APPDATA',
      'win32',
      { APPDATA: 'x', HOME: 'D:\\ada' },
      'D:\\ada\\AppData\\Roaming\\bouncer',
    ],
    ['Windows on a share', 'win32', { APPDATA: '\\\\files\\ada' }, '\\\\files\\ada\\bouncer'],
    ['XDG on Linux', 'linux', { HOME: '/home/ada', XDG_CONFIG_HOME: '/x/conf' }, '/x/conf/bouncer'],
    ['XDG on macOS', 'darwin', { HOME: '/Users/ada', XDG_CONFIG_HOME: '/x/conf' }, '/x/conf/bouncer'],
    ['XDG on Windows', 'win32', { APPDATA: appData, XDG_CONFIG_HOME: 'E:\\conf' }, 'E:\\conf\\bouncer'],
    // XDG Base Directory Specification: empty is not set, and what is not absolute is ignored.
    ['an empty XDG', 'linux', { HOME: '/home/ada', XDG_CONFIG_HOME: '' }, '/home/ada/.config/bouncer'],
    ['a relative XDG', 'linux', { HOME: '/home/ada', XDG_CONFIG_HOME: 'conf' }, '/home/ada/.config/bouncer'],
    [
      'XDG with a tilde',
      'linux',
      { HOME: '/home/ada', XDG_CONFIG_HOME: '~/conf' },
      '/home/ada/.config/bouncer',
    ],
    [
      'a relative XDG on Windows',
      'win32',
      { APPDATA: appData, XDG_CONFIG_HOME: 'conf' },
      `${appData}\\bouncer`,
    ],
  ])('%s', (_, platform, env, folder) => {
    expect(configFolder(env, platform)).toBe(folder);
  });

  test('is that of the system’s own home where HOME is empty or relative', () => {
    const own = join(homedir(), '.config', 'bouncer');
    for (const env of [{}, { HOME: '' }, { HOME: 'home' }]) expect(configFolder(env, 'linux')).toBe(own);
  });

  test('is missing for whoever has no home, and what to set is said', () => {
    const systemHome = (): string => {
      throw new Error('uv_os_homedir returned ENOENT');
    };
    expect(() => configFolder({}, 'linux', systemHome)).toThrow('no folder of yours');
    expect(configFolder({ XDG_CONFIG_HOME: '/x' }, 'linux', systemHome)).toBe('/x/bouncer');
  });
});

// As in a container whose process runs as somebody whom the system does not know.
test.skipIf(process.getuid?.() !== 0)(
  'a process without a home holds no login, and Git asks the next helper',
  async () => {
    const program = `
    const { readLogins, saveLogin } = await import(${JSON.stringify(new URL('../../../src/cli/edge/saved-logins.ts', import.meta.url).href)});
    process.setuid(54321);
    const at = { env: {} };
    console.log(JSON.stringify(readLogins(at)));
    try { saveLogin(at, { authUrl: 'https://auth.example.com', token: 'x', who: '', hosts: [] }); }
    catch (error) { console.log(error.message + '; ' + error.hint); }`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      env: { PATH: process.env['PATH'] },
    });
    expect((await run).stdout).toBe(
      '[]\nthere is no folder of yours on this computer; set HOME, or XDG_CONFIG_HOME, to one that you may write to\n',
    );
  },
);
