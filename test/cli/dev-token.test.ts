// `bouncer dev-token`: what it prints is an assertion for bouncer-proxy/verify, against the key set that it publishes, and for nobody else.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { createAssertionVerifier } from '../../src/verify.ts';
import { runCommand } from './run-command.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
let cwd: string;
let issuer: string;
let server: ChildProcess;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'bouncer-dev-'));
  issuer = `http://localhost:${await findFreePort(0, 1)}`;
  server = spawn(process.execPath, [main, 'dev-token', '--serve', '--issuer', issuer], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    server.stderr?.once('data', () => resolve());
    server.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
}, 60_000);
afterAll(async () => {
  const isOver = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await isOver;
  rmSync(cwd, { recursive: true });
});

const made = async (...args: string[]): Promise<string> => {
  const run = await runCommand(['dev-token', '--issuer', issuer, '--audience', 'wiki', ...args], { cwd });
  expect([run.code, run.stderr]).toEqual([0, '']);
  return run.stdout.trim();
};
const verify = (token: string, audience = 'wiki') => createAssertionVerifier({ issuer, audience })(token);

describe('a token', () => {
  test('of a person is an assertion of theirs', async () => {
    const token = await made(
      '--email',
      'Ada@example.com',
      '--name',
      'Ada',
      '--group',
      'staff',
      '--group',
      'admins',
    );
    expect(await verify(token)).toMatchObject({
      ...{ type: 'user', email: 'ada@example.com', email_verified: true, name: 'Ada' },
      groups: ['staff', 'admins'],
    });
    await expect(verify(token, 'photos')).rejects.toMatchObject({ code: 'wrong_audience' });
  });

  test('of a program has no address', async () => {
    const assertion = await verify(await made('--service', 'ci'));
    expect(assertion).toMatchObject({ type: 'service', sub: 'ci' });
    expect(assertion.email).toBeUndefined();
  });

  test('comes of a key that only its owner can read', () => {
    expect(statSync(join(cwd, '.bouncer-dev/dev-key.json')).mode & 0o777).toBe(0o600);
  });
});

describe('is refused', () => {
  test.each([
    ['without an audience', ['--email', 'a@example.com'], 'nothing says for which application'],
    ['for nobody', ['--audience', 'x'], 'nothing says who is asking'],
    [
      'for a person and a program',
      ['--audience', 'x', '--email', 'a@example.com', '--service', 'ci'],
      'cannot be used with',
    ],
    [
      'with the issuer of a real bouncer',
      ['--issuer', 'https://auth.example.com'],
      'an origin on this machine',
    ],
    ['for ever', ['--lifetime', '25h'], 'at most 24h'],
  ])('%s', async (_, args, words) => {
    const run = await runCommand(['dev-token', ...args], { cwd });
    expect(run.code).toBe(64);
    expect(run.stderr).toContain(words);
  });

  test('with a key that is none, and says nothing of what is in it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bouncer-dev-'));
    writeFileSync(join(folder, 'dev-key.json'), '{"d":"canary"}');
    const run = await runCommand(
      ['dev-token', '--audience', 'x', '--email', 'a@example.com', '--folder', folder],
      { cwd },
    );
    expect(run.code).toBe(64);
    expect(run.stderr).toContain('is not a key for development');
    expect(run.stderr).not.toContain('canary');
    rmSync(folder, { recursive: true });
  });
});
