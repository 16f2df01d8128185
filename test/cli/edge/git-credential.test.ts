// What Git may ask the helper, and what must not get a token out of it: hosts that Git and the helper could read differently
// (CVE-2020-5260, CVE-2020-11008, CVE-2024-50349, CVE-2024-52006), and everything that is not a question about one of its hosts.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readLogins, saveLogin } from '../../../src/cli/edge/saved-logins.ts';
import { createSecret } from '../../../src/identity/tokens/service-secret.ts';
import { type CommandRun, runCommand } from '../run-command.ts';

const token = createSecret('u');
/** What the edge says of the login. */
let hosts: readonly string[];
let status: number;
let asked = 0;
let home: string;
let port: number;

const server = createServer((_, res) => {
  asked += 1;
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify({ sub: 'ada', email: 'ada@example.com', hosts }));
});

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'bouncer-helper-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.close();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(() => {
  [status, hosts, asked] = [200, ['git.localhost', '*.many.localhost'], 0];
  const authUrl = `http://auth.localhost:${port}`;
  saveLogin({ env: { HOME: home } }, { authUrl, token, who: 'ada@example.com', hosts });
});

const run = (operation: string, stdin: string): Promise<CommandRun> =>
  runCommand(['git-credential', operation], { cwd: home, env: { HOME: home }, stdin });
const get = (host: string, more = ''): Promise<CommandRun> =>
  run('get', `protocol=http\nhost=${host}\n${more}\n`);
const nothing = { code: 0, stdout: '', stderr: '' };

describe('bouncer git-credential', () => {
  test.each(['git.localhost', 'GIT.localhost', 'a.many.localhost'])(
    'gives the token for %s',
    async (host) => {
      expect(await get(`${host}:${port}`)).toEqual({
        ...nothing,
        stdout: `username=bouncer\npassword=${token}\n`,
      });
    },
  );

  test.each<[string, string]>([
    ['a line break that was encoded', 'evil.test\nhost=git.localhost:PORT'],
    ['a carriage return', 'git.localhost:PORT\r'],
    ['a carriage return within', 'evil.test\rhost=git.localhost:PORT'],
    ['one that a lenient reader drops', 'git.local\rhost:PORT'],
    ['a tab', 'git.local\thost:PORT'],
    ['a zero byte', 'git.localhost:PORT\0.evil.test'],
    ['an escape sequence', '\u001b[2Jgit.localhost:PORT'],
    ['an escape sequence at the end', 'git.localhost:PORT\u001b'],
    ['a blank', ' git.localhost:PORT'],
    ['a slash', 'git.localhost:PORT/.evil.test'],
    ['a backslash', 'git.localhost:PORT\\.evil.test'],
    ['a question mark', 'git.localhost:PORT?.evil.test'],
    ['a number sign', 'git.localhost:PORT#.evil.test'],
    ['a name in front', 'evil.test@git.localhost:PORT'],
    ['a name and password in front', 'evil.test:80@git.localhost:PORT'],
    ['percent signs', 'git%2elocalhost:PORT'],
    ['other letters for the same name', 'ｇit.localhost:PORT'],
    ['another full stop', 'git。localhost:PORT'],
    ['a soft hyphen', 'git.local\u00adhost:PORT'],
    ['no host', ''],
    ['another port', 'git.localhost:1'],
    ['no port', 'git.localhost'],
    ['a longer name', 'git.localhost.evil.test:PORT'],
    ['a part of the name', 'localhost:PORT'],
    ['the address of the same machine', '127.0.0.1:PORT'],
  ])('answers nothing, at once, to %s', async (_, host) => {
    expect(await get(host.replaceAll('PORT', String(port)))).toEqual(nothing);
    expect(asked).toBe(0);
  });

  test.each([
    ['nothing', ''],
    ['no protocol', 'host=git.localhost:PORT\n\n'],
    ['no host', 'protocol=http\n\n'],
    ['another protocol', 'protocol=https\nhost=git.localhost:PORT\n\n'],
    ['a protocol that hides another host', 'protocol=http://git.localhost:PORT/\nhost=evil.test\n\n'],
    ['a protocol in other letters', 'protocol= http\nhost=git.localhost:PORT\n\n'],
    ['two hosts', 'protocol=http\nhost=evil.test\nhost=git.localhost:PORT\n\n'],
    ['two hosts, the other way round', 'protocol=http\nhost=git.localhost:PORT\nhost=evil.test\n\n'],
    ['two protocols', 'protocol=https\nprotocol=http\nhost=git.localhost:PORT\n\n'],
    ['an address in place of a host', 'url=http://git.localhost:PORT/\n\n'],
    ['lines after the end', 'protocol=http\n\nhost=git.localhost:PORT\n\n'],
    ['a megabyte', `protocol=http\npath=${'x'.repeat(1_000_000)}\nhost=git.localhost:PORT\n\n`],
    [
      'a server that asks for its own passwords',
      'protocol=http\nhost=git.localhost:PORT\nwwwauth[]=Basic realm="Forge"\n\n',
    ],
  ])('answers nothing, at once, to a question with %s', async (_, text) => {
    expect(await run('get', text.replaceAll('PORT', String(port)))).toEqual(nothing);
    expect(asked).toBe(0);
  });

  test('says how to log in where a host asks as a bouncer does, and nothing of any other', async () => {
    const challenge = (realm: string): string => `wwwauth[]=Basic realm="${realm}", charset="UTF-8"\n`;
    expect(await get('new.localhost', challenge('new.localhost'))).toEqual({
      ...nothing,
      stderr:
        'bouncer: you are not logged in for http://new.localhost. Run: bouncer login http://new.localhost\n',
    });
    expect(await get('new.localhost', challenge('Forge'))).toEqual(nothing);
    expect(await get('new.localhost', 'wwwauth[]=Basic realm="new.localhost"\n')).toEqual(nothing);
  });

  test('gives nothing for a host that its person may not open any more', async () => {
    hosts = [];
    expect(await get(`git.localhost:${port}`)).toEqual(nothing);
  });

  test('says that a login has ended, in words that a terminal shows as they are, and lets Git ask nobody', async () => {
    status = 401;
    const { stdout, stderr } = await get(`git.localhost:${port}`);
    expect([stdout, stderr]).toEqual([
      'quit=1\n',
      `bouncer: your login at http://auth.localhost:${port} has ended. Run: bouncer login http://git.localhost:${port}\n`,
    ]);
  });

  test('takes nothing that Git wants to keep, and forgets only a login of its own that has ended', async () => {
    const question = (password: string) =>
      `protocol=http\nhost=git.localhost:${port}\nusername=x\npassword=${password}\n\n`;
    expect(await run('store', question('own'))).toEqual(nothing);
    status = 401;
    await run('erase', question(createSecret('u')));
    expect(readLogins({ env: { HOME: home } })).toHaveLength(1);
    await run('erase', question(token));
    expect(readLogins({ env: { HOME: home } })).toHaveLength(0);
  });

  test.each(['capability', 'something-new'])('passes over `%s` in silence', async (operation) => {
    expect(await run(operation, '')).toEqual(nothing);
  });
});
