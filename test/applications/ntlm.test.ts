// A real handshake of NTLM through bouncer: two people at once, a wrong password, and nobody who gets their answers.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { gatewayTo, tcp } from '../upstream/forward/fixture.ts';
import { python, startProgram } from './python-program.ts';

const curl = async (...args: readonly string[]): Promise<string> =>
  (
    await promisify(execFile)('curl', ['--silent', '--max-time', '60', '--write-out', '\n', ...args])
  ).stdout.trim();

test.skipIf(python === undefined)('each connection is the person who logged in on it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ntlm-users-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const users = join(folder, 'users');
  writeFileSync(users, 'DOM:alice:secret\nDOM:bob:word\n');
  const { port } = await gatewayTo([tcp(await startProgram('ntlm-server.py', { NTLM_USER_FILE: users }))]);
  const url = `http://127.0.0.1:${port}/`;
  const as = (user: string): Promise<string> => curl('--ntlm', '--user', user, url, url, url);
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all([as('DOM\\alice:secret'), curl(url), as('DOM\\bob:word'), curl(url)]);
    expect(answers).toEqual([
      'DOM\\alice\nDOM\\alice\nDOM\\alice',
      'who are you?',
      'DOM\\bob\nDOM\\bob\nDOM\\bob',
      'who are you?',
    ]);
  }
  expect(await curl('--ntlm', '--user', 'DOM\\bob:wrong', url)).toBe('wrong');
  expect(await curl(url, url, url)).toBe('who are you?\nwho are you?\nwho are you?');
});
