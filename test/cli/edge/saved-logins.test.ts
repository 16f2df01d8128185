// The file of a login: for its owner alone, whole or not there, and never that of another login that came meanwhile.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  isAddressOf,
  readLogins,
  removeLogin,
  replaceLogin,
  type SavedLogin,
  saveLogin,
} from '../../../src/cli/edge/saved-logins.ts';

const login: SavedLogin = {
  authUrl: 'https://auth.example.com',
  token: `bnc_u_${'a'.repeat(49)}`,
  who: 'ada@example.com',
  hosts: ['wiki.example.com', '*.git.example.com'],
};
const other = { ...login, token: `bnc_u_${'b'.repeat(49)}` };

let home: string;
let at: { readonly env: Readonly<Record<string, string>> };
const folder = () => join(home, '.config', 'bouncer', 'logins');
const mode = (path: string) => statSync(path).mode & 0o777;
const onlyFile = () => join(folder(), readdirSync(folder())[0] ?? '');

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'bouncer-logins-'));
  at = { env: { HOME: home } };
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
});

describe('a saved login', () => {
  test('is readable by its owner alone, whatever the umask and whoever made the folders', () => {
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    mkdirSync(folder(), { recursive: true, mode: 0o777 });
    saveLogin(at, login);
    expect([mode(join(folder(), '..')), mode(folder()), mode(onlyFile())]).toEqual([0o700, 0o700, 0o600]);
    // What belongs to others is left as it is.
    expect(mode(join(home, '.config'))).toBe(0o777);
    expect(readLogins(at)).toEqual([login]);
  });

  test('is closed again where somebody opened it', () => {
    saveLogin(at, login);
    chmodSync(onlyFile(), 0o644);
    expect(readLogins(at)).toEqual([login]);
    expect(mode(onlyFile())).toBe(0o600);
  });

  test('takes the place of the one before, and of a link that stands there', () => {
    saveLogin(at, login);
    const file = onlyFile();
    const elsewhere = join(home, 'elsewhere');
    writeFileSync(elsewhere, 'untouched');
    rmSync(file);
    symlinkSync(elsewhere, file);
    saveLogin(at, other);
    expect([lstatSync(file).isFile(), mode(file), readFileSync(elsewhere, 'utf8')]).toEqual([
      true,
      0o600,
      'untouched',
    ]);
    expect(readLogins(at)).toEqual([other]);
  });

  test.each([
    ['half', '{"auth_url": "https://auth.exa'],
    ['empty', ''],
    ['of another form', '{"auth_url": 7, "token": [], "hosts": {}}'],
    [
      'with an address that no token may be sent to',
      JSON.stringify({ ...saved(), auth_url: 'http://auth.example.com' }),
    ],
    [
      'with an address that is not an origin',
      JSON.stringify({ ...saved(), auth_url: 'https://auth.example.com/x?y' }),
    ],
    [
      'with a token that could be more than one word',
      JSON.stringify({ ...saved(), token: `${login.token}\npassword=x` }),
    ],
  ])('that is %s is not there, and the others are', (_, text) => {
    saveLogin(at, { ...login, authUrl: 'https://auth.elsewhere.example' });
    writeFileSync(join(folder(), 'https_auth.example.com_.json'), text);
    expect(readLogins(at).map(({ authUrl }) => authUrl)).toEqual(['https://auth.elsewhere.example']);
  });

  test('cannot be saved where a file stands, and says so without the token', () => {
    writeFileSync(join(home, '.config'), '');
    expect(() => saveLogin(at, login)).toThrow(/cannot be saved in/);
    expect(() => saveLogin(at, login)).not.toThrow(/bnc_u_/);
  });

  test('is changed and forgotten only while it is the one that was meant', () => {
    saveLogin(at, login);
    replaceLogin(at, { ...login, who: 'ada' });
    expect(readLogins(at)).toEqual([{ ...login, who: 'ada' }]);
    // Another process logged in meanwhile.
    saveLogin(at, other);
    replaceLogin(at, { ...login, hosts: [] });
    removeLogin(at, login);
    expect(readLogins(at)).toEqual([other]);
    // Or out.
    removeLogin(at, other);
    replaceLogin(at, { ...login, hosts: [] });
    expect(readLogins(at)).toEqual([]);
  });

  test('is whole for whoever reads while eight processes write, and nothing else is left', async () => {
    const program = `
      const { saveLogin } = await import(${JSON.stringify(new URL('../../../src/cli/edge/saved-logins.ts', import.meta.url).href)});
      for (let index = 0; index < 40; index++)
        saveLogin({ env: process.env }, { authUrl: 'https://auth.example.com', token: 'bnc_u_' + String(process.argv[1]).repeat(49),
          who: 'x'.repeat(index * 500), hosts: [] });`;
    let isWriting = true;
    const writers = Array.from({ length: 8 }, (_, index) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, String(index)], {
        env: { ...process.env, HOME: home, XDG_CONFIG_HOME: '' },
      }),
    );
    const done = Promise.all(writers).finally(() => {
      isWriting = false;
    });
    let isThere = false;
    const seen = new Set<number>();
    while (isWriting) {
      const found = readLogins(at);
      isThere ||= found.length > 0;
      if (isThere) seen.add(found.length);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await done;
    expect([...seen]).toEqual([1]);
    expect(readdirSync(folder())).toEqual(['https_auth.example.com_.json']);
  });
});

function saved(): Readonly<Record<string, unknown>> {
  const { authUrl: auth_url, token, who, hosts } = login;
  return { auth_url, token, who, hosts };
}

test.each([
  ['https://wiki.example.com/x', true],
  ['https://WIKI.example.com./x', true],
  ['https://a.git.example.com', true],
  ['https://auth.example.com', true],
  ['http://wiki.example.com', false],
  ['https://wiki.example.com:8443', false],
  ['https://git.example.com', false],
  ['https://a.b.git.example.com', false],
  ['https://wiki.example.com.evil.test', false],
  ['https://evilwiki.example.com', false],
  ['https://example.com', false],
])('the token may be sent to %s: %s', (url, isSent) => {
  expect(isAddressOf(login, new URL(url))).toBe(isSent);
});
