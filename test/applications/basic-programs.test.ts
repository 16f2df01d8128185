// Programs of other people that know only names and passwords, with a service token and a personal one as the password: a container
// registry with skopeo, WebDAV with curl, npm, pip. What is not installed is left out.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findProgram, makeFolder, run, startServer } from './behind-bouncer.ts';
import { behindPassword } from './behind-password.ts';
import { makeImage } from './image-layout.ts';

const registry = findProgram('docker-registry');
const skopeo = findProgram('skopeo');
const curl = findProgram('curl');
const npm = findProgram('npm');
const pip = findProgram('pip3');

test.skipIf(registry === undefined || skopeo === undefined)(
  'skopeo pushes to a registry and pulls from it',
  async () => {
    const root = makeFolder();
    const port = await startServer(registry ?? '', (own) => {
      writeFileSync(
        join(root, 'config.yml'),
        `version: 0.1\nstorage: { filesystem: { rootdirectory: ${root}/store } }\nhttp: { addr: "127.0.0.1:${own}" }\n`,
      );
      return ['serve', join(root, 'config.yml')];
    });
    const site = await behindPassword(port);
    const source = makeFolder();
    makeImage(source, Buffer.alloc(2_000_000, 'layer '));
    const image = `docker://127.0.0.1:${site.port}/team/app:1`;
    const copy = (...args: string[]): Promise<string> =>
      run(skopeo ?? '', '--insecure-policy', 'copy', '-q', ...args);
    const push = ['--dest-tls-verify=false', '--dest-oci-accept-uncompressed-layers', `oci:${source}`, image];
    await expect(copy(...push)).rejects.toThrow(/authentication required|unauthorized/i);
    for (const password of [site.service, site.personal]) {
      await copy('--dest-creds', `any:${password}`, ...push);
      await copy('--src-tls-verify=false', '--src-creds', `any:${password}`, image, `oci:${makeFolder()}`);
    }
    // As with `docker login`: it asks once and keeps the password for that host.
    const authFile = join(makeFolder(), 'auth.json');
    const login = `printf %s "$1" | "$0" login --tls-verify=false --authfile "$2" --username ada --password-stdin "$3"`;
    const registryHost = `127.0.0.1:${site.port}`;
    await run('/bin/sh', '-c', login, skopeo ?? '', site.personal, authFile, registryHost);
    await copy('--src-tls-verify=false', '--authfile', authFile, image, `oci:${makeFolder()}`);
    await expect(
      run('/bin/sh', '-c', login, skopeo ?? '', 'wrong', authFile, registryHost),
    ).rejects.toThrow();
    await expect(copy('--dest-creds', `any:${site.service.slice(0, -1)}_`, ...push)).rejects.toThrow(
      /unauthorized|authentication/i,
    );
  },
);

test.skipIf(curl === undefined)(
  'curl puts a file where it is asked for a password, and keeps it to that host',
  async () => {
    const seen: string[] = [];
    const server = createServer((req, res) => {
      seen.push(JSON.stringify(req.headers));
      req.resume();
      req.on('end', () => res.writeHead(201).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const site = await behindPassword((server.address() as AddressInfo).port);
    const file = join(makeFolder(), 'notes.txt');
    writeFileSync(file, 'notes');
    const url = `http://127.0.0.1:${site.port}/notes.txt`;
    const put = (...args: string[]): Promise<string> =>
      run(curl ?? '', '-s', '-o', '/dev/null', '-w', '%{http_code}', '-T', file, ...args, url);
    expect(await put()).toBe('401');
    for (const password of [site.service, site.personal]) {
      // Only after it was asked, as WebDAV clients do.
      expect(await put('--anyauth', '-u', `any:${password}`)).toBe('201');
    }
    expect(seen.join('')).not.toMatch(/bnc_|authorization/i);
  },
);

test.skipIf(npm === undefined)('npm asks a registry', async () => {
  const server = createServer((_, res) =>
    res.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const site = await behindPassword((server.address() as AddressInfo).port);
  const host = `127.0.0.1:${site.port}`;
  const folder = makeFolder();
  for (const password of [site.service, site.personal]) {
    const auth = Buffer.from(`any:${password}`).toString('base64');
    writeFileSync(join(folder, '.npmrc'), `registry=http://${host}/\n//${host}/:_auth=${auth}\n`);
    await run(npm ?? '', 'ping', '--userconfig', join(folder, '.npmrc'), '--cache', join(folder, 'cache'));
  }
  writeFileSync(join(folder, '.npmrc'), `registry=http://${host}/\n`);
  await expect(
    run(npm ?? '', 'ping', '--userconfig', join(folder, '.npmrc'), '--fetch-retries=0', '--loglevel=error'),
  ).rejects.toThrow(/401|E401|login/i);
});

test.skipIf(pip === undefined)('pip downloads a package', async () => {
  const folder = makeFolder();
  const wheel = 'demo-1.0-py3-none-any.whl';
  mkdirSync(join(folder, 'demo-1.0.dist-info'));
  writeFileSync(join(folder, 'demo.py'), '');
  writeFileSync(
    join(folder, 'demo-1.0.dist-info/METADATA'),
    'Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n',
  );
  writeFileSync(
    join(folder, 'demo-1.0.dist-info/WHEEL'),
    'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  );
  writeFileSync(join(folder, 'demo-1.0.dist-info/RECORD'), '');
  execFileSync('python3', ['-m', 'zipfile', '-c', wheel, 'demo.py', 'demo-1.0.dist-info/'], { cwd: folder });
  const server = createServer((req, res) => {
    if (req.url === `/files/${wheel}`) res.writeHead(200).end(readFileSync(join(folder, wheel)));
    else res.writeHead(200, { 'content-type': 'text/html' }).end(`<a href="/files/${wheel}">${wheel}</a>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const site = await behindPassword((server.address() as AddressInfo).port);
  const download = (password: string): Promise<string> =>
    run(
      pip ?? '',
      'download',
      '--isolated',
      '--no-cache-dir',
      '--disable-pip-version-check',
      '--no-input',
      '--no-deps',
      '--dest',
      makeFolder(),
      '--index-url',
      `http://any:${password}@127.0.0.1:${site.port}/simple`,
      'demo',
    );
  for (const password of [site.service, site.personal]) expect(await download(password)).toContain(wheel);
  await expect(download('wrong')).rejects.toThrow();
});
