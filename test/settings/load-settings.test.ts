import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings, settingsFromObject } from '../../src/settings/load-settings.ts';

const yaml = [
  'auth_url: https://auth.example.com',
  'identity_providers:',
  '  - id: g',
  '    type: oidc',
  '    issuer: https://accounts.example.com',
  '    client_id: abc',
  '    client_secret: { file: secret }',
  '',
].join('\n');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-settings-'));
  writeFileSync(join(folder, 'bouncer.yaml'), yaml);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(name = 'bouncer.yaml') {
  return loadSettings(join(folder, name), {});
}

function codes(result: ReturnType<typeof load>): string[] {
  return result.ok ? [] : result.problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

describe('a settings file on disk', () => {
  it('is read with what it refers to, relative to itself, without the line break at the end of a secret', () => {
    writeFileSync(join(folder, 'secret'), 'abc def\n');
    const loaded = load();
    expect(loaded.ok && loaded.value).toMatchObject({
      file: join(folder, 'bouncer.yaml'),
      rules: join(folder, 'policies'),
      identityProviders: [{ clientSecret: 'abc def' }],
      referencedFiles: [join(folder, 'secret')],
    });
    expect(Object.isFrozen(loaded.ok && loaded.value)).toBe(true);
  });

  it('may be reached by a link', () => {
    writeFileSync(join(folder, 'secret'), 'abc');
    symlinkSync('bouncer.yaml', join(folder, 'link.yaml'));
    expect(load('link.yaml').ok).toBe(true);
  });

  it.each<[string, (path: string) => void]>([
    ['does not exist', () => {}],
    ['is empty', (path) => writeFileSync(path, '')],
    ['is a folder', (path) => mkdirSync(path)],
    ['is a link to nowhere', (path) => symlinkSync('nowhere', path)],
    ['is large', (path) => writeFileSync(path, 'x'.repeat(2_000_000))],
    ['is a pipe that nobody writes to', (path) => execFileSync('mkfifo', [path])],
  ])('is refused at the reference when the secret %s', (_name, make) => {
    make(join(folder, 'secret'));
    expect(codes(load())).toEqual([expect.stringMatching(/^7:28 file-(unreadable|empty)$/)]);
  });

  it('is refused when it does not exist, is a folder or is not text', () => {
    expect(codes(load('missing.yaml'))).toHaveLength(1);
    expect(codes(loadSettings(folder, {}))).toHaveLength(1);
    writeFileSync(join(folder, 'noise.yaml'), new Uint8Array([0, 255, 10, 254]));
    expect(codes(load('noise.yaml'))).toEqual(['1:2 invalid-utf8', '2:1 invalid-utf8']);
  });
});

describe('settings from an object', () => {
  const object = {
    auth_url: 'http://auth.localhost:8080',
    data_dir: 'data',
    tls: undefined,
    identity_providers: [
      { id: 'g', type: 'oidc', issuer: 'http://localhost:1', client_id: 'a', client_secret: { env: 'S' } },
    ],
  };

  it('are the same as from a file, without one', () => {
    const made = settingsFromObject(object, { baseDir: folder, env: { S: 'x' } });
    expect(made.ok && made.value).toMatchObject({
      file: null,
      authUrl: 'http://auth.localhost:8080',
      dataDir: join(folder, 'data'),
      identityProviders: [{ clientSecret: 'x' }],
    });
  });

  it('are refused with the path in the reason', () => {
    const made = settingsFromObject({ ...object, listen: 8080, lisen: '' }, { baseDir: folder, env: {} });
    expect(
      made.ok
        ? []
        : made.problems.map(({ file, line, column, reason }) => ({
            place: `${file}:${line}:${column}`,
            reason,
          })),
    ).toEqual([
      {
        place: 'settings:1:1',
        reason: 'identity_providers[0].client_secret.env: the environment variable `S` is not set',
      },
      { place: 'settings:1:1', reason: 'lisen: unknown key `lisen`' },
      { place: 'settings:1:1', reason: 'listen: expected a text, got a number' },
    ]);
  });

  it.each([
    [null],
    [[]],
    ['x'],
    [{}],
    [new Map()],
    [{ auth_url: () => 1 }],
    [{ identity_providers: [null] }],
    [JSON.parse('{"__proto__":{"auth_url":"https://x"}}')],
  ])('never throw, whatever is given: %j', (value) => {
    expect(settingsFromObject(value as never, { baseDir: folder, env: {} }).ok).toBe(false);
  });
});
