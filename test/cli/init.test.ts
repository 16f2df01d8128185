// The first hour: from nothing to mom's photos, and what `bouncer init` writes on the way.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { firstProviderKinds } from '../../src/cli/first-provider.ts';
import { createBouncer } from '../../src/create-bouncer.ts';
import { findFreePort } from '../../src/demo/free-port.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { chooseWay } from '../fixtures/choose-way.ts';
import { logInAtProvider } from '../fixtures/oidc-provider.ts';
import { canMount, mountSmallDisk } from '../fixtures/small-disk.ts';
import { runCommand } from './run-command.ts';
import { makeSiteFolder, type SiteFolder } from './site-folder.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The first of two ports in a row that are free: the provider of a local try stands beside bouncer. */
async function findTwoFreePorts(): Promise<number> {
  for (;;) {
    const port = await findFreePort(0, 1);
    const next = await findFreePort(port + 1, 1).catch(() => null);
    if (next !== null) return port;
  }
}

/** An empty folder. */
function emptyFolder(): SiteFolder {
  const folder = makeSiteFolder();
  for (const name of ['bouncer.yaml', 'policies']) rmSync(join(folder.path, name), { recursive: true });
  closers.push(folder.remove);
  return folder;
}

/** @returns what it says until now */
async function serve(cwd: string, ...args: readonly string[]): Promise<() => string> {
  const child = spawn(process.execPath, [main, 'serve', ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (piece) => (said += String(piece)));
  child.stderr.on('data', (piece) => (said += String(piece)));
  closers.push(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  while (!said.includes('bouncer listens on')) {
    if (child.exitCode !== null) throw new Error(said);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return () => said;
}

describe('from nothing to mom\u2019s photos on this machine', () => {
  it('takes three decisions and two commands', async () => {
    const photos = createServer((req, res) => {
      const jwt = req.headers['x-bouncer-jwt-assertion'];
      res.end(`photos, ${typeof jwt === 'string' ? 'with a word about who it is' : 'for nobody'}`);
    });
    await new Promise<void>((resolve) => photos.listen(0, '127.0.0.1', resolve));
    closers.push(() => photos.close());
    const upstream = `http://127.0.0.1:${(photos.address() as AddressInfo).port}`;
    const port = await findTwoFreePorts();
    const origin = `http://photos.localhost:${port}`;
    const { path: cwd } = emptyFolder();

    const init = await runCommand(['init', '--local'], {
      ...{ cwd, isAsked: true, stdin: `${origin}\n${upstream}\nMom@gmail.com\n` },
    });
    expect(init.code).toBe(0);
    expect(init.stderr.match(/\]: /g)).toHaveLength(3);
    const commands = init.stdout.split('\n').filter((line) => /^ {2}bouncer /.test(line));
    expect(commands).toEqual(['  bouncer serve --dev -c my-site/bouncer.yaml']);

    const said = await serve(cwd, '--dev', '-c', 'my-site/bouncer.yaml');
    await expect
      .poll(said)
      .toContain(`  open ${origin}/\n  log in as mom@gmail.com, stranger@elsewhere.example\n`);
    const mom = new BrowserClient();
    closers.push(() => mom.close());
    const asked = await chooseWay(mom, await mom.get(`${origin}/`), 'local');
    expect(asked.body).toContain(
      '<strong>Mom, whom the rules name</strong><span class="soft">mom@gmail.com</span>',
    );
    const end = await logInAtProvider(mom, asked, 'mom@gmail.com');
    expect([end.url, end.status, end.body]).toEqual([
      `${origin}/`,
      200,
      'photos, with a word about who it is',
    ]);

    // She has no account anywhere: a code, which is in no mail but on a page.
    const byCode = new BrowserClient();
    closers.push(() => byCode.close());
    const address = await chooseWay(byCode, await byCode.get(`${origin}/`), 'email');
    const form = `${new URL(address.url).origin}/.bouncer/code`;
    const login = new URL(address.url).searchParams.get('login') ?? '';
    const waits = await byCode.post(form, { login, email: 'mom@gmail.com' });
    const mail = /href="([^"]*\/mail)"/.exec(waits.body)?.[1] ?? '';
    expect(said()).toContain(new URL(mail, address.url).href);
    const readCode = async (): Promise<string> =>
      /([0-9]{6}) is your code/.exec((await byCode.get(new URL(mail, address.url).href)).body)?.[1] ?? '';
    await expect.poll(readCode).toMatch(/^[0-9]{6}$/);
    const entered = await byCode.post(form, { login, code: await readCode() });
    const back = /url=([^"]+)"/.exec(entered.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect((await byCode.get(back)).body).toBe('photos, with a word about who it is');

    const stranger = new BrowserClient();
    closers.push(() => stranger.close());
    const theirs = await chooseWay(stranger, await stranger.get(`${origin}/`), 'local');
    const page = await logInAtProvider(stranger, theirs, 'stranger');
    expect(page.status).toBe(403);

    // Whom the rules name now is known at the next login, without a restart.
    const rules = join(cwd, 'my-site/policies/photos.yaml');
    writeFileSync(rules, readFileSync(rules, 'utf8').replaceAll('mom@gmail.com', 'dad@gmail.com'));
    const comeAsDad = async (): Promise<number> => {
      const dad = new BrowserClient();
      try {
        const at = await chooseWay(dad, await dad.get(`${origin}/`), 'local');
        return (await logInAtProvider(dad, at, 'dad@gmail.com')).status;
      } finally {
        await dad.close();
      }
    };
    await expect.poll(comeAsDad, { timeout: 30_000 }).toBe(200);
  });
});

const withoutIssuer: readonly string[] = ['google', 'gitlab', 'github', 'email_pin'];

describe('bouncer init', () => {
  it('asks nothing that flags say, and nothing at all with --yes', async () => {
    const { path: cwd } = emptyFolder();
    const flags = [
      '--url',
      'wiki.acme.example',
      '--upstream',
      'http://10.0.0.5:8090',
      '--allow',
      'acme.example',
    ];
    const run = await runCommand(['init', 'acme', ...flags, '--allow', 'ada@example.org'], { cwd });
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(readFileSync(join(cwd, 'acme/policies/wiki.yaml'), 'utf8')).toContain(
      'email_domain: [acme.example]',
    );
    const loaded = loadSettings(join(cwd, 'acme/bouncer.yaml'), {});
    expect(loaded.ok && loaded.value.authUrl).toBe('https://auth.acme.example');
    expect(run.stdout).toContain('https://auth.acme.example/.bouncer/callback/google');
    const plain = await runCommand(['init', 'plain', '--yes'], { cwd });
    expect([plain.code, plain.stderr]).toEqual([0, '']);
  });

  it.each([
    ['127.0.0.1:8091', 'http://127.0.0.1:8091'],
    ['photos:8091', 'http://photos:8091'],
    ['localhost', 'http://localhost'],
    ['https://10.0.0.5', 'https://10.0.0.5'],
    ['unix:/run/app.sock', 'unix:/run/app.sock'],
  ])('takes a flag as it takes an answer: --upstream %s', async (upstream, written) => {
    const { path: cwd } = emptyFolder();
    const run = await runCommand(['init', '--yes', '--upstream', upstream], { cwd });
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(readFileSync(join(cwd, 'my-site/policies/photos.yaml'), 'utf8')).toMatch(
      new RegExp(`upstream: "?${written}"?\\n`),
    );
  });

  it('keeps secrets out of YAML, and to oneself', async () => {
    const { path: cwd } = emptyFolder();
    await runCommand(['init', '--local', '--yes'], { cwd });
    const file = join(cwd, 'my-site/.env');
    const secret = /CLIENT_SECRET=(\S+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
    expect([secret.length > 20, statSync(file).mode & 0o777]).toEqual([true, 0o600]);
    for (const name of ['bouncer.yaml', 'policies/photos.yaml'])
      expect(readFileSync(join(cwd, 'my-site', name), 'utf8')).not.toContain(secret);
    const loaded = loadSettings(join(cwd, 'my-site/bouncer.yaml'), {}, { use: 'try' });
    expect(loaded.ok && loaded.value.identityProviders[0]).toMatchObject({ clientSecret: secret });
    expect(loaded.ok && loaded.value.referencedFiles).toContain(file);
    // The environment goes first.
    const fromEnvironment = { LOCAL_CLIENT_SECRET: 'from the environment' };
    const other = loadSettings(join(cwd, 'my-site/bouncer.yaml'), fromEnvironment, { use: 'try' });
    expect(other.ok && other.value.identityProviders[0]).toMatchObject({
      clientSecret: 'from the environment',
    });
  });

  it.each(['bouncer.yaml', 'policies/photos.yaml', '.env', '.gitignore'])(
    'overwrites nothing, and then writes nothing: %s',
    async (name) => {
      const folder = emptyFolder();
      folder.write(`my-site/${name}`, 'mine');
      const run = await runCommand(['init', '--yes'], { cwd: folder.path });
      expect(run.code).toBe(64);
      expect(run.stderr).toContain('is there already');
      expect(readFileSync(join(folder.path, 'my-site', name), 'utf8')).toBe('mine');
      const others = ['bouncer.yaml', 'policies/photos.yaml', '.env', '.gitignore'].filter(
        (one) => one !== name,
      );
      for (const other of others)
        expect(() => statSync(join(folder.path, 'my-site', other))).toThrow('ENOENT');
    },
  );

  it.each(firstProviderKinds)(
    'writes what passes its own check for every kind of provider: %s',
    async (kind) => {
      const { path: cwd } = emptyFolder();
      const issuer = withoutIssuer.includes(kind) ? [] : ['--issuer', 'https://login.acme.example/x'];
      const run = await runCommand(['init', '--yes', '--provider', kind, ...issuer], { cwd });
      expect(run.stderr).toBe('');
      expect([run.code, run.stdout]).toEqual([0, expect.stringContaining('2 tests passed')]);
      if (kind === 'email_pin')
        expect(run.stdout).toContain('put the address of your mail server into my-site/.env');
      else expect(run.stdout).toContain(`redirect URI to register with \`${kind}\``);
    },
  );

  it.each(firstProviderKinds)('writes comments that can be taken in as they are: %s', async (kind) => {
    const { path: cwd } = emptyFolder();
    const issuer = withoutIssuer.includes(kind) ? [] : ['--issuer', 'https://login.acme.example/x'];
    await runCommand(['init', '--yes', '--allow', 'acme.example', '--provider', kind, ...issuer], { cwd });
    const file = join(cwd, 'my-site/bouncer.yaml');
    const written = readFileSync(file, 'utf8');
    const taken = written.replaceAll(/^ {4}# ((?:groups|email|scopes|organizations)\w*: .*)$/gm, '    $1');
    if (['entra', 'authentik'].includes(kind)) expect(taken).toContain('    email_domains: [acme.example]\n');
    writeFileSync(file, taken);
    const run = await runCommand(['check', '-c', file], { cwd });
    expect([run.code, run.stderr]).toEqual([0, '']);
  });

  it.each([[[]], [['--local']]])('leads to a site behind a tunnel: %j', async (more) => {
    const { path: cwd } = emptyFolder();
    const run = await runCommand(['init', '--yes', '--upstream', 'tunnel:laptop/site', ...more], { cwd });
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(run.stdout).toContain('bouncer tunnel create laptop -c my-site/bouncer.yaml > join-token');
    expect(run.stdout).toContain('--service site=http://127.0.0.1:8091');
    expect(readFileSync(join(cwd, 'my-site/bouncer.yaml'), 'utf8')).toMatch(
      /^tunnel:\n {2}listen: .*:7844"?\n/m,
    );
  });

  it('says where nobody’s address counts before more is said', async () => {
    const { path: cwd } = emptyFolder();
    const issuer = ['--issuer', 'https://login.acme.example/x'];
    const entra = await runCommand(['init', 'a', '--yes', '--provider', 'entra', ...issuer], { cwd });
    expect(entra.stdout).toContain('say in a/bouncer.yaml for which domains Microsoft speaks');
    const google = await runCommand(['init', 'b', '--yes'], { cwd });
    expect(google.stdout).not.toContain('for which domains');
  });

  it.each([
    [['--url', 'http://photos.example.com'], 'people must come by https'],
    [['--url', 'https://photos.example.com/albums'], 'without a path'],
    [['--url', 'https://192.0.2.1'], 'not a name that people can be sent to'],
    [['--url', 'photos'], 'not a name that people can be sent to'],
    [['--local', '--url', 'photos.example.com'], 'is on this machine'],
    [['--provider', 'okta'], 'https://<your org>.okta.com'],
    [['--provider', 'email_pin', '--issuer', 'https://mail.example.com'], 'has no issuer'],
    [['--provider', 'github', '--issuer', 'https://github.com'], 'has no issuer'],
    [['--url', '*.example.com'], 'not a name that people can be sent to'],
    [['--url', '-x.example.com'], 'not a name that people can be sent to'],
    [['--url', 'x..example.com'], 'not a name that people can be sent to'],
    [['--url', 'photos.example.com:0'], 'not a name that people can be sent to'],
    [['--url', 'photos.example.com:99999'], 'is not an address'],
    [['--url', 'https://me:secret@photos.example.com'], 'has a name or a password'],
    [['--url', 'https://photos.example.com/?album=1'], 'without a path'],
    [['--url', 'https://photos.example.com/#album'], 'without a path'],
    [['--url', 'ftp://photos.example.com'], 'is not how people open a site'],
    [['--upstream', 'ftp://127.0.0.1'], 'is not where a site runs'],
    [['--upstream', 'http://127.0.0.1:8091/app'], 'is not where a site runs'],
    [['--upstream', 'http://me:secret@127.0.0.1:8091'], 'is not where a site runs'],
    [['--allow', 'a..b@example.com'], 'a domain such as example.com'],
    [['--allow', 'm\u00fcm@example.com'], 'a domain such as example.com'],
    [['--allow', '10.0.0.1'], 'a domain such as example.com'],
    [['--provider', 'oidc', '--issuer', 'not a url'], 'is not an issuer'],
    [['--provider', 'oidc', '--issuer', 'http://id.example.com'], 'asked by https'],
    [['--allow', 'mom'], 'a domain such as example.com'],
    [['--provider', 'gogle'], 'Allowed choices'],
    [['--local', '--provider', 'google'], 'cannot be used with'],
  ])('refuses %j', async (args, words) => {
    const { path: cwd } = emptyFolder();
    const run = await runCommand(['init', '--yes', ...args], { cwd });
    expect([run.code, run.stderr]).toEqual([64, expect.stringContaining(words)]);
    expect(() => statSync(join(cwd, 'my-site'))).toThrow('ENOENT');
  });

  it.each([
    [['--url', 'HTTPS://PHOTOS.Example.com.'], 'host: photos.example.com\n'],
    [['--url', 'fotos.m\u00fcnchen.example'], 'host: fotos.xn--mnchen-3ya.example\n'],
    [['--url', 'true.example.com'], 'name: "true"\n'],
    [['--local', '--url', 'photos.localhost:65535'], 'host: photos.localhost\n'],
    [['--url', '1.example.com'], 'name: "1"\n'],
    [['--allow', '4711@example.com'], 'name: "4711@example.com gets in"\n'],
    [['--allow', "o'neil@example.com"], `- email: ["o'neil@example.com"]\n`],
    [['--allow', 'true@example.com'], '- email: [true@example.com]\n'],
  ])('writes rules that pass for %j', async (args, words) => {
    const { path: cwd } = emptyFolder();
    const run = await runCommand(['init', '--yes', ...args], { cwd });
    expect([run.code, run.stderr]).toEqual([0, '']);
    const [name = ''] = readdirSync(join(cwd, 'my-site/policies'));
    expect(readFileSync(join(cwd, 'my-site/policies', name), 'utf8')).toContain(words);
  });

  it('prints commands that a shell takes, whatever the folder is called', async () => {
    const { path: cwd } = emptyFolder();
    const run = await runCommand(['init', '--local', '--yes', "mom's site"], { cwd });
    expect(run.stdout).toContain(`  bouncer serve --dev -c 'mom'\\''s site/bouncer.yaml'\n`);
  });

  it.each([
    ['/proc/nope', '`/proc/nope` cannot be made (ENOENT)'],
    ['afile', 'afile` is there and is no folder (ENOTDIR)'],
    ['afile/below', 'afile` is there and is no folder (ENOTDIR)'],
  ])('says at once where nothing can be written: %s', async (name, words) => {
    const folder = emptyFolder();
    folder.write('afile', 'mine');
    const run = await runCommand(['init', '--yes', name], { cwd: folder.path });
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining(words)]);
    expect(run.stderr).toContain('hint: name another folder');
  });

  it.runIf(canMount)('leaves nothing half written on a full disk', async () => {
    const disk = mountSmallDisk('16k');
    closers.push(disk.close);
    disk.fill();
    const run = await runCommand(['init', '--yes', 'site'], { cwd: disk.folder });
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('the disk is full (ENOSPC)')]);
    expect(run.stderr).toMatch(/hint: make room \(`df -h .*` shows how much is left\)/);
    disk.empty();
    const again = await runCommand(['init', '--yes', 'site'], { cwd: disk.folder });
    expect([again.code, again.stderr]).toEqual([0, '']);
  });

  it('names the flag where nobody can be asked', async () => {
    const run = await runCommand(['init'], { cwd: emptyFolder().path });
    expect([run.code, run.stderr]).toEqual([64, expect.stringContaining('give --url')]);
  });

  it('asks again after an answer that cannot be', async () => {
    const { path: cwd } = emptyFolder();
    const answers = ['photos', 'http://photos.example.com', '', 'ftp://x', '', 'mom', 'mom@gmail.com'];
    const run = await runCommand(['init'], { cwd, isAsked: true, stdin: `${answers.join('\n')}\n` });
    expect(run.code).toBe(0);
    expect(run.stderr.match(/\]: /g)).toHaveLength(7);
    expect(run.stderr).toContain('  people must come by https: give the address with https://');
  });
});

describe('serve --dev', () => {
  it.each([
    ['auth_url: http://auth.localhost', 'auth_url: https://auth.example.com'],
    ['listen: 127.0.0.1', 'listen: 0.0.0.0'],
    ['data_dir: data', 'data_dir: data\nalso_listen: ["[::]:0"]'],
  ])('refuses what others could reach: %s', async (from, to) => {
    const { path: cwd } = emptyFolder();
    await runCommand(['init', '--local', '--yes'], { cwd });
    const file = join(cwd, 'my-site/bouncer.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
    const run = await runCommand(['serve', '--dev', '-c', 'my-site/bouncer.yaml'], { cwd });
    expect([run.code, run.stderr]).toEqual([3, expect.stringContaining('is for one machine alone')]);
    expect(run.stderr).toMatch(/bouncer\.yaml:\d+:\d+: /);
  });

  it('takes no socket that somebody hands over', async () => {
    const { path: cwd } = emptyFolder();
    await runCommand(['init', '--local', '--yes'], { cwd });
    const settings = join(cwd, 'my-site/bouncer.yaml');
    await expect(createBouncer({ settings, dev: true, inherited: { inheritedFd: 3 } })).rejects.toThrow(
      'takes no socket',
    );
  });

  it('is what codes by mail need where no mail server is named', async () => {
    const { path: cwd } = emptyFolder();
    await runCommand(['init', '--local', '--yes'], { cwd });
    const check = await runCommand(['check', '-c', 'my-site/bouncer.yaml'], { cwd });
    expect([check.code, check.stderr]).toEqual([0, '']);
    const run = await runCommand(['serve', '-c', 'my-site/bouncer.yaml'], { cwd });
    expect(run.code).toBe(3);
    expect(run.stderr).toContain('`type: email_pin` needs `smtp`');
    expect(run.stderr).toContain('`bouncer serve --dev` shows the mail on a page');
  });
});
