// An application behind a tunnel, as an operator sets it up: commands at the edge, a connector in a process of its own, people who log in.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { runCommand } from '../cli/run-command.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { waitUntil } from '../tunnel/tunnel-fixture.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
let site: Site;
let edgePort: number;

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: tunnel:office/wiki
    policies:
      - { name: alice, action: allow, include: [{ email: alice@example.com }] }
`;

beforeAll(async () => {
  edgePort = await findFreePort(0, 1);
  site = await startSite({
    rules,
    settings: `tunnel: { listen: "127.0.0.1:${edgePort}", addresses: ["127.0.0.1:${edgePort}"] }`,
  });
});
afterAll(() => site.close());

const command = (...args: readonly string[]) => runCommand(args, { cwd: site.folder });

/** A token in a file that only its owner can read. */
async function writeToken(...args: readonly string[]): Promise<string> {
  const { code, stdout } = await command('tunnel', ...args);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^bnc_j_[0-9A-Za-z]+\n$/);
  const file = join(site.folder, 'join-token');
  writeFileSync(file, stdout, { mode: 0o600 });
  chmodSync(file, 0o600);
  return file;
}

interface Running {
  readonly child: ChildProcess;
  readonly lines: () => readonly Readonly<Record<string, unknown>>[];
}

function runConnector(...args: readonly string[]): Running {
  const child = spawn(process.execPath, [main, 'connector', 'run', ...args], { cwd: site.folder });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (text += String(chunk)));
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    lines: () =>
      text
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
  };
}

const isConnected = ({ lines }: Running): boolean =>
  lines().filter(({ event }) => event === 'connected').length >= 2;

describe('a tunnel', () => {
  test('is named, joined, listed, opened by whom the rules let in, and ended', async () => {
    const tokenFile = await writeToken('create', 'office');
    expect((await command('tunnel', 'list')).stdout).toContain('waits for a connector');
    const management = `127.0.0.1:${await findFreePort(0, 1)}`;
    const connector = runConnector(
      '--token-file',
      tokenFile,
      '--service',
      `wiki=${site.upstream.url}`,
      '--management',
      management,
    );
    await waitUntil(() => isConnected(connector));

    // The token is nowhere in what everybody can read of the process.
    if (existsSync(`/proc/${connector.child.pid}/cmdline`))
      expect(readFileSync(`/proc/${connector.child.pid}/cmdline`, 'latin1')).not.toContain('bnc_j_');
    const keyFile = join(site.folder, 'bouncer-connector.key');
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);

    const { response } = await site.logIn('alice', site.at('wiki.localhost', '/page'));
    expect(response.status).toBe(200);
    expect(site.upstream.seen.at(-1)).toMatchObject({ url: '/page' });
    expect((await site.logIn('mallory', site.at('wiki.localhost', '/page'))).response.status).toBe(403);

    expect((await command('connector', 'status', '--management', management)).stdout).toContain(
      'yes, requests can come',
    );
    const metrics = await (await fetch(`http://${management}/metrics`)).text();
    expect(metrics).toContain('bouncer_connector_connections 2\n');
    const listed = await waitUntil(async () => {
      const { stdout } = await command('tunnel', 'list', '--json');
      return JSON.parse(stdout)[0].connectors[0]?.connections.length === 2 && JSON.parse(stdout);
    });
    expect(listed[0].connectors[0].connections[0]).toMatchObject({
      address: '127.0.0.1',
      services: ['wiki'],
      isUsable: true,
      roundTripMs: expect.any(Number),
    });
    expect((await command('tunnel', 'list')).stdout).toMatch(/office +c_[0-9a-f]{12} +connected +wiki/);
    expect((await command('tunnel', 'delete', 'office')).stderr).toContain(
      'rules name the tunnel `office`: wiki',
    );

    const { id } = listed[0].connectors[0];
    expect((await command('tunnel', 'revoke-connector', id)).code).toBe(0);
    await waitUntil(() => site.records().filter(({ cause }) => cause === 'revoked').length === 2);
    const { browser } = await site.logIn('alice', site.at('wiki.localhost', '/page'));
    expect((await browser.get(site.at('wiki.localhost', '/again'))).status).toBe(502);
    expect((await fetch(`http://${management}/readyz`)).status).toBe(503);
  });

  test('is left on SIGTERM without a lost request, and found again by the key alone', async () => {
    const tokenFile = await writeToken('rotate', 'office');
    const list = join(site.folder, 'connector.yaml');
    writeFileSync(list, `key_file: own.key\nservices:\n  wiki: ${site.upstream.url}\n`);
    const first = runConnector('-c', list, '--token-file', tokenFile);
    await waitUntil(() => isConnected(first));
    first.child.kill('SIGTERM');
    expect(await once(first.child, 'exit')).toEqual([0, null]);
    // Whoever wrote the token's file into the command may put the file away: it is spent.
    rmSync(tokenFile);
    const second = runConnector('-c', list, '--token-file', tokenFile);
    await waitUntil(() => isConnected(second));
    const { response } = await site.logIn('alice', site.at('wiki.localhost', '/page'));
    expect(response.status).toBe(200);

    // The list is read again when it changes; a bad one changes nothing.
    writeFileSync(list, 'key_file: own.key\nservices:\n  wiki: nowhere\n');
    second.child.kill('SIGHUP');
    await waitUntil(() => second.lines().some(({ event }) => event === 'reload_failed'));
    writeFileSync(list, 'key_file: own.key\nservices: {}\n');
    second.child.kill('SIGHUP');
    await waitUntil(() =>
      second.lines().some(({ cause }) => String(cause).includes('there is no service to lead to')),
    );
    writeFileSync(
      list,
      `key_file: own.key\nservices:\n  wiki: ${site.upstream.url}\n  more: ${site.upstream.url}\n`,
    );
    second.child.kill('SIGHUP');
    await waitUntil(() => second.lines().some(({ event }) => event === 'services_reloaded'));
    const check = await command('connector', 'check', '-c', list, '--token-file', tokenFile);
    expect(check.code).toBe(0);
    expect(check.stdout).toMatch(/ok +edge 127\.0\.0\.1:\d+\nok +service wiki at/);

    // Whoever read its log is gone: it goes on, and leaves as it should.
    second.child.stdout?.destroy();
    second.child.kill('SIGHUP');
    const { browser } = await site.logIn('alice', site.at('wiki.localhost', '/page'));
    expect((await browser.get(site.at('wiki.localhost', '/again'))).status).toBe(200);
    second.child.kill('SIGTERM');
    expect(await once(second.child, 'exit')).toEqual([0, null]);
  });
});

test('what is wrong at the start is said, with the way out', async () => {
  const run = (...args: readonly string[]) => command('connector', 'run', ...args);
  const file = join(site.folder, 'open-token');
  writeFileSync(file, 'bnc_j_x\n');
  chmodSync(file, 0o644);
  const service = ['--service', 'wiki=http://127.0.0.1:1'];
  const keyFile = ['--key-file', join(site.folder, 'no.key')];
  expect(await run('--token-file', file, ...service, ...keyFile)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('can be read by others (mode 0644)'),
  });
  chmodSync(file, 0o600);
  expect((await run('--token-file', file, ...service, ...keyFile)).stderr).toContain('is not a join token');
  expect((await run(...service, ...keyFile)).stderr).toContain('there is no join token');
  expect((await run('--service', 'wiki', ...keyFile)).stderr).toContain('has no name');
  // Nothing that was begun holds the process.
  const tokenFile = await writeToken('rotate', 'office');
  const elsewhere = ['--management', '192.0.2.1:9465'];
  const child = runConnector('--token-file', tokenFile, ...service, ...keyFile, ...elsewhere);
  expect(await once(child.child, 'exit')).toEqual([3, null]);
  expect((await run('--service', 'wiki=tunnel:a/b', ...keyFile)).stderr).toContain('another tunnel');
  expect((await command('tunnel', 'create', 'Office')).stderr).toContain('cannot be the name of a tunnel');
  expect((await command('tunnel', 'create', 'x', '--reusable')).stderr).toContain('needs `--expires`');
  expect((await command('tunnel', 'create', 'x', '--reusable', '--expires', '91d')).stderr).toContain(
    'at most 90d',
  );
  expect((await command('tunnel', 'create', 'x', '--from', '10.0.0.0/8')).stderr).toContain(
    'are for `--reusable`',
  );
  expect((await command('tunnel', 'revoke-connector', 'c_0')).stderr).toContain('there is no connector');
});
