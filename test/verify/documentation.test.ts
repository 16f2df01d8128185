// Runs the programs of docs/verify-the-jwt.md as they stand there, in their languages, against real keys. Where a language is
// missing the test says so and is skipped; with CI set it fails instead.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import {
  anotherKey,
  encode,
  goodClaims,
  type KeyServer,
  kidOf,
  listen,
  startKeyServer,
} from './key-server.ts';

const root = join(import.meta.dirname, '../..');
const page = await readFile(join(root, 'docs/verify-the-jwt.md'), 'utf8');
const python = process.env['BOUNCER_PYTHON'] ?? 'python3';

let server: KeyServer;
let folder = '';
beforeAll(async () => {
  server = await startKeyServer();
  folder = await mkdtemp(join(tmpdir(), 'bouncer-docs-'));
  await mkdir(join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(root, join(folder, 'node_modules/bouncer-proxy'));
  for (const name of ['jose', 'express', 'ws'])
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  await mkdir(join(folder, 'assertion'));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** The program whose first line names the file, pointed at the real keys. */
async function extract(file: string, port = 8090): Promise<string> {
  const block = [...page.matchAll(/^```\w+\n(.*?)^```$/gms)]
    .map(([, text]) => text ?? '')
    .find((text) => /^(\/\/|#) (.+)$/m.exec(text)?.[2] === file);
  if (block === undefined) throw new Error(`the page has no program ${file}`);
  const text = block.replaceAll('https://auth.example.com', server.origin).replaceAll('8090', String(port));
  await writeFile(join(folder, file), text);
  return join(folder, file);
}

function has(command: string, args: readonly string[], what: string): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env['CI'] !== undefined) return true;
    console.warn(`skipped: ${what} is not installed`);
    return false;
  }
}

/** Each token, and whether an application may take it for an assertion. */
function tokens(): readonly (readonly [name: string, token: string, isGood: boolean])[] {
  const claims = goodClaims(server.origin);
  const header = { alg: 'ES256', typ: 'JWT', kid: kidOf(server) };
  const forge = (change: object, headerChange: object = {}) =>
    server.forge({ ...header, ...headerChange }, { ...claims, ...change });
  const minted = server.mint();
  const [head = '', body = '', signature = ''] = minted.split('.');
  const now = Math.floor(Date.now() / 1000);
  return [
    ['minted by bouncer', minted, true],
    ['made by hand with the right claims', forge({}), true],
    ['changed payload', `${head}.${encode({ ...claims, groups: ['admins'] })}.${signature}`, false],
    ['cut signature', `${head}.${body}.${signature.slice(0, 40)}`, false],
    ['no signature', `${head}.${body}.`, false],
    ['algorithm none', `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`, false],
    ['algorithm HS256', forge({}, { alg: 'HS256' }), false],
    ['foreign key', server.forge(header, claims, anotherKey()), false],
    ['unknown key', server.forge({ ...header, kid: 'other' }, claims, anotherKey()), false],
    ['key of its own', server.forge({ ...header, kid: undefined, jwk: {} }, claims, anotherKey()), false],
    ['other type', forge({}, { typ: 'at+jwt' }), false],
    ['critical extension', forge({}, { crit: ['hello'], hello: 1 }), false],
    ['other issuer', forge({ iss: 'https://evil.example' }), false],
    ['other audience', forge({ aud: ['photos'] }), false],
    ['two audiences', forge({ aud: ['wiki', 'photos'] }), false],
    ['no audience', forge({ aud: undefined }), false],
    ['too old', forge({ exp: now - 60 }), false],
    ['without end', forge({ exp: undefined }), false],
    ['too early', forge({ nbf: now + 600 }), false],
    ['no subject', forge({ sub: undefined }), false],
    ['not a user', forge({ type: 'other' }), false],
    ['rubbish', 'rubbish', false],
    ['empty', '', false],
  ];
}

const expected = () => tokens().map(([name, , isGood]) => [name, isGood ? 'alice-1' : 'refused']);

/** Runs a program that reads tokens as a JSON list and prints a subject or `refused` for each. */
async function readVerdicts(
  command: string,
  args: readonly string[],
): Promise<readonly (readonly [string, string])[]> {
  const cases = tokens();
  const stdout = await new Promise<string>((resolve, reject) => {
    const child = execFile(command, args, { cwd: folder, timeout: 110_000 }, (error, out, err) =>
      error === null ? resolve(out) : reject(new Error(`${error.message}\n${err}`)),
    );
    child.stdin?.end(JSON.stringify(cases.map(([, token]) => token)));
  });
  const lines = stdout.trim().split('\n');
  return cases.map(([name], index) => [name, lines[index] ?? 'nothing']);
}

test('JavaScript with jose', async () => {
  await extract('verify.js');
  const program = `import { text } from 'node:stream/consumers';
    import { verify } from './verify.js';
    for (const token of JSON.parse(await text(process.stdin)))
      console.log(await verify(token).then((claims) => claims.sub, () => 'refused'));`;
  await writeFile(join(folder, 'try.js'), program);
  expect(await readVerdicts(process.execPath, ['try.js'])).toEqual(expected());
}, 30_000);

// Debian's own is older than what the program uses.
const newEnough =
  'import cryptography, jwt; assert tuple(map(int, jwt.__version__.split(".")[:2])) >= (2, 12)';
const hasPython = has(python, ['-c', newEnough], 'PyJWT 2.12 or newer for Python');
test.skipIf(!hasPython)(
  'Python with PyJWT',
  async () => {
    await extract('assertion.py');
    const program = `import json, sys, jwt, assertion
for token in json.load(sys.stdin):
    try:
        print(assertion.verify(token)["sub"])
    except jwt.PyJWTError:
        print("refused")
`;
    await writeFile(join(folder, 'try.py'), program);
    expect(await readVerdicts(python, ['try.py'])).toEqual(expected());
  },
  60_000,
);

const hasGo = has('go', ['version'], 'Go');
test.skipIf(!hasGo)(
  'Go with its standard library',
  async () => {
    await extract('assertion/assertion.go');
    await writeFile(join(folder, 'go.mod'), 'module example.com/wiki\n\ngo 1.25\n');
    const program = `package main

import (
	"encoding/json"
	"fmt"
	"os"

	"example.com/wiki/assertion"
)

func main() {
	var tokens []string
	if err := json.NewDecoder(os.Stdin).Decode(&tokens); err != nil {
		panic(err)
	}
	for _, token := range tokens {
		if claims, err := assertion.Verify(token); err == nil {
			fmt.Println(claims.Subject)
		} else {
			fmt.Println("refused")
		}
	}
}
`;
    await writeFile(join(folder, 'main.go'), program);
    expect(await readVerdicts('go', ['run', '.'])).toEqual(expected());
    execFileSync('go', ['vet', './...'], { cwd: folder });
  },
  120_000,
);

describe.each(['express.js', 'server.js'])('%s', (file) => {
  let child: ChildProcess | undefined;
  afterAll(() => void child?.kill());

  test('greets who has an assertion, and refuses everybody else', async () => {
    const port = await freePort();
    child = spawn(process.execPath, [await extract(file, port)], { cwd: folder, stdio: 'inherit' });
    const ask = (token?: string) =>
      fetch(`http://127.0.0.1:${port}/`, {
        headers: token === undefined ? {} : { 'X-Bouncer-Jwt-Assertion': token },
      });
    await vi.waitFor(() => ask(), { timeout: 15_000, interval: 100 });
    expect((await ask()).status).toBe(401);
    for (const [name, token, isGood] of tokens()) {
      const answer = await ask(token);
      expect([name, answer.status]).toEqual([name, isGood ? 200 : 401]);
      expect(await answer.text()).toMatch(isGood ? /^Hello alice@example.com$/ : /^(?!Hello)/);
    }
  }, 40_000);
});

test('fetch.js greets who has an assertion, and answers everybody else', async () => {
  await extract('fetch.js');
  const program = `import { text } from 'node:stream/consumers';
    import { handler } from './fetch.js';
    for (const token of JSON.parse(await text(process.stdin))) {
      const answer = await handler(new Request('https://wiki.example.com/', { headers: { 'X-Bouncer-Jwt-Assertion': token } }));
      const said = await answer.text();
      console.log(answer.status === 200 && said === 'Hello alice@example.com' ? 'alice-1' : answer.status === 401 ? 'refused' : said);
    }`;
  await writeFile(join(folder, 'try-fetch.js'), program);
  expect(await readVerdicts(process.execPath, ['try-fetch.js'])).toEqual(expected());
}, 30_000);

describe('socket.js', () => {
  let child: ChildProcess | undefined;
  afterAll(() => void child?.kill());

  test('opens for who has an assertion, and for nobody else', async () => {
    const port = await freePort();
    child = spawn(process.execPath, [await extract('socket.js', port)], { cwd: folder, stdio: 'inherit' });
    const open = (token: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
          headers: { 'X-Bouncer-Jwt-Assertion': token },
        });
        socket.once('message', (data) => {
          socket.terminate();
          resolve(String(data));
        });
        socket.once('unexpected-response', (_, { statusCode }) => resolve(`status ${statusCode}`));
        socket.once('error', reject);
      });
    await vi.waitFor(() => open(''), { timeout: 15_000, interval: 100 });
    for (const [name, token, isGood] of tokens())
      expect([name, await open(token)]).toEqual([name, isGood ? 'Hello alice@example.com' : 'status 401']);
  }, 40_000);
});

async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

test('every program of the page is run', () => {
  const files = [...page.matchAll(/^```(?:js|python|go)\n(?:\/\/|#) (.+)$/gm)].map(([, file]) => file);
  expect(files).toEqual([
    ...['express.js', 'fetch.js', 'socket.js', 'server.js', 'verify.js'],
    ...['assertion.py', 'assertion/assertion.go'],
  ]);
  expect([...page.matchAll(/^```(js|ts|python|go|java|sh)$/gm)]).toHaveLength(files.length);
  expect(dirname(files.at(-1) ?? '')).toBe('assertion');
});
