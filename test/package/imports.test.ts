// The import checker reads TypeScript through a parser of its own choice; these trees show that it really sees what it forbids.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);
const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** The violations in a tree of sources, each as `rule: from -> to`. */
async function violationsIn(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bouncer-imports-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  for (const name of ['undici', 'fast-check', 'yaml', 'ws']) {
    const home = join(folder, 'node_modules', name);
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'package.json'), JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    await writeFile(join(home, 'index.js'), 'module.exports = {};');
  }
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({
      type: 'module',
      dependencies: { undici: '*', yaml: '*' },
      devDependencies: { 'fast-check': '*', ws: '*' },
      peerDependencies: { ws: '*' },
      peerDependenciesMeta: { ws: { optional: true } },
    }),
  );
  const checker = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const options = ['--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', 'src'];
  const { stdout } = await run(process.execPath, [checker, ...options], {
    cwd: folder,
    maxBuffer: 1 << 26,
  }).catch((failure: { stdout: string }) => failure);
  const { summary } = JSON.parse(stdout);
  expect(summary.environmentIssues ?? []).toEqual([]);
  return summary.violations.map(
    (violation: { rule: { name: string }; from: string; to: string }) =>
      `${violation.rule.name}: ${violation.from} -> ${violation.to}`,
  );
}

test('what the house allows passes', async () => {
  const files = {
    'src/bouncer-error.ts': 'export class BouncerError extends Error {}',
    'src/source/problem.ts': 'export interface Problem { readonly line: number }',
    'src/rules/decide.ts':
      "import type { Path } from '../http/path.ts';\nimport { type Problem } from '../source/problem.ts';\nexport const decide = (path: Path): Problem => ({ line: path.length });",
    'src/rules/facts.ts': 'export interface Facts { readonly ip: string }',
    'src/rules/document.ts': "import { parse } from 'yaml';\nexport const read = parse;",
    'src/http/path.ts':
      "import { isIP } from 'node:net';\nexport type Path = string;\nexport const isAddress = (path: Path) => isIP(path) > 0;",
    'src/store/open.ts':
      "import { open } from 'node:fs/promises';\nimport { BouncerError } from '../bouncer-error.ts';\nexport const read = (path: string) => open(path).catch(() => { throw new BouncerError(); });",
    'src/gateway/serve.ts':
      "export { decide } from '../rules/decide.ts';\nexport { read } from '../store/open.ts';",
    'src/main.ts': "import { read } from './gateway/serve.ts';\nawait read('x');",
  };
  expect(await violationsIn(files)).toEqual([]);
});

test('every arrow that points the wrong way is caught', async () => {
  const files = {
    'src/bouncer-error.ts': 'export class BouncerError extends Error {}',
    'src/index.ts': 'export const createBouncer = 1;',
    'src/settings/one.ts':
      "import type { Two } from './two.ts';\nexport interface One { readonly two: Two | null }",
    'src/settings/two.ts':
      "import type { One } from './one.ts';\nexport interface Two { readonly one: One | null }",
    'src/http/path.ts': "import { decide } from '../rules/decide.ts';\nexport const path = () => decide;",
    'src/rules/parse/one.ts': "import { two } from '../decide/two.ts';\nexport const one = two;",
    'src/rules/decide/two.ts': 'export const two = 2;',
    'src/rules/review/three.ts': "import { two } from '../decide/two.ts';\nexport const three = two;",
    'src/identity/sessions/find.ts': "import { login } from '../login/login.ts';\nexport const find = login;",
    'src/identity/login/login.ts': 'export const login = 1;',
    'src/identity/login/ask.ts':
      "import type { Provider } from '../oidc/provider.ts';\nexport type Asked = Provider;",
    'src/identity/oidc/provider.ts': 'export interface Provider { readonly id: string }',
    'src/front/ask.ts': "import { request } from 'undici';\nexport const ask = request;",
    'src/upstream/reach.ts': "import { serve } from '../gateway/serve.ts';\nexport const reach = serve;",
    'src/ui/word.ts': "import type { One } from '../settings/one.ts';\nexport type Word = One;",
    'src/http/clock.ts': "import { hrtime } from 'node:process';\nexport const now = hrtime;",
    'src/rules/decide.ts': 'export const decide = 1;',
    'src/rules/file.ts': "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;",
    'src/rules/value.ts': "import { limit } from '../http/limit.ts';\nexport const twice = limit * 2;",
    'src/rules/forward.ts': "import { request } from 'undici';\nexport const send = request;",
    'src/rules/lazy.ts': "export const late = () => import('../gateway/serve.ts');",
    'src/rules/failing.ts':
      "import { BouncerError } from '../bouncer-error.ts';\nexport const fail = BouncerError;",
    'src/http/limit.ts': 'export const limit = 1;',
    'src/source/text.ts': "import type { Facts } from '../rules/facts.ts';\nexport type Text = Facts;",
    'src/rules/facts.ts': 'export interface Facts { readonly ip: string }',
    'src/gateway/serve.ts': "import { page } from '../pages/page.ts';\nexport const serve = page;",
    'src/gateway/types.ts': "import type { Page } from '../pages/page.ts';\nexport type Served = Page;",
    'src/pages/page.ts': 'export type Page = string;\nexport const page = 1;',
    'src/pages/door.ts': "import { createBouncer } from '../index.ts';\nexport const door = createBouncer;",
    'src/identity/late.ts': "import type { Served } from '../gateway/types.ts';\nexport type Late = Served;",
    'src/verify.ts': "import { BouncerError } from './bouncer-error.ts';\nexport const error = BouncerError;",
    'src/verify/keys.ts': "import type { One } from '../settings/one.ts';\nexport type Keys = One;",
    'src/store/random.ts': "import fc from 'fast-check';\nexport const random = fc;",
    'src/cli/word.ts': 'export const word = 1;',
    'src/middleware.ts': "import { word } from './cli/word.ts';\nexport const said = word;",
    'src/identity/sessions/keep.ts':
      "import type { Key } from '../hardware-keys/key.ts';\nexport type Kept = Key;",
    'src/identity/hardware-keys/key.ts': 'export interface Key { readonly id: string }',
    'src/cli/show.ts': "import { WebSocketServer } from 'ws';\nexport const show = WebSocketServer;",
  };
  expect([...(await violationsIn(files))].sort()).toEqual([
    'commands-and-demo-are-above: src/middleware.ts -> src/cli/word.ts',
    'gateway-imports-what-lies-below: src/gateway/serve.ts -> src/pages/page.ts',
    'gateway-imports-what-lies-below: src/gateway/types.ts -> src/pages/page.ts',
    'http-is-the-ground: src/http/path.ts -> src/rules/decide.ts',
    'identity-imports-what-lies-below: src/identity/late.ts -> src/gateway/types.ts',
    'logins-know-providers-by-their-port: src/identity/login/ask.ts -> src/identity/oidc/provider.ts',
    'no-circles: src/settings/one.ts -> src/settings/two.ts',
    'no-development-dependency-in-the-product: src/cli/show.ts -> node_modules/ws/index.js',
    'no-development-dependency-in-the-product: src/store/random.ts -> node_modules/fast-check/index.js',
    'pages-imports-what-lies-below: src/pages/door.ts -> src/index.ts',
    'pure-cores-do-no-io: src/http/clock.ts -> process',
    'pure-cores-do-no-io: src/rules/file.ts -> fs',
    'pure-cores-use-pure-packages: src/rules/forward.ts -> node_modules/undici/index.js',
    'rules-import-source-and-http: src/rules/failing.ts -> src/bouncer-error.ts',
    'rules-import-source-and-http: src/rules/lazy.ts -> src/gateway/serve.ts',
    'rules-parse-without-deciding: src/rules/parse/one.ts -> src/rules/decide/two.ts',
    'sessions-know-no-login: src/identity/sessions/find.ts -> src/identity/login/login.ts',
    'sessions-know-no-login: src/identity/sessions/keep.ts -> src/identity/hardware-keys/key.ts',
    'source-stands-alone: src/source/text.ts -> src/rules/facts.ts',
    'ui-imports-what-lies-below: src/ui/word.ts -> src/settings/one.ts',
    'undici-is-for-identity: src/front/ask.ts -> node_modules/undici/index.js',
    'undici-is-for-identity: src/rules/forward.ts -> node_modules/undici/index.js',
    'upstream-imports-only-types-of-rules-and-gateway: src/upstream/reach.ts -> src/gateway/serve.ts',
    'verify-stands-alone: src/verify.ts -> src/bouncer-error.ts',
    'verify-stands-alone: src/verify/keys.ts -> src/settings/one.ts',
  ]);
});
