// `bouncer serve` that cannot start: by what really happened, and with the way out.

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { runCommand } from './run-command.ts';
import { env, makeSiteFolder, type SiteFolder, settings } from './site-folder.ts';

let folder: SiteFolder;
afterEach(() => folder.remove());

const serveWith = async (change: (settings: string) => string) => {
  folder = makeSiteFolder({ 'bouncer.yaml': change(settings) });
  return runCommand(['serve'], { cwd: folder.path, env });
};

describe('serve ends with what to do', () => {
  test('where another program listens', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const run = await serveWith((text) => text.replace('127.0.0.1:8080', `127.0.0.1:${port}`));
    other.close();
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(
      `cannot listen on \`127.0.0.1:${port}\`: another program listens there already (EADDRINUSE)`,
    );
    expect(run.stderr).toContain(`hint: \`ss -ltnp 'sport = :${port}'\` names it`);
  });

  test('where the machine has no such address', async () => {
    const run = await serveWith((text) => text.replace('127.0.0.1:8080', '192.0.2.77:8080'));
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('this machine has no such address (EADDRNOTAVAIL)');
    expect(run.stderr).toContain('hint: `ip address`');
  });

  test('where there is no folder for the socket', async () => {
    const run = await serveWith((text) => text.replace('127.0.0.1:8080', 'unix:nowhere/bouncer.sock'));
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('nowhere/bouncer.sock`: the folder of the socket does not exist');
  });

  test('where the data folder cannot be made, at once', async () => {
    const run = await serveWith((text) => text.replace('data_dir: data', 'data_dir: /proc/nope'));
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('the folder `/proc/nope` cannot be made');
    expect(run.stderr).toContain('hint: name a place as `data_dir`');
  });

  test('where there are no settings', async () => {
    folder = makeSiteFolder();
    const nowhere = await runCommand(['serve'], { cwd: `${folder.path}/policies`, env });
    expect(nowhere.code).toBe(3);
    expect(nowhere.stderr).toContain('bouncer.yaml:1:1: error: there is no such file');
    expect(nowhere.stderr).toContain('`bouncer init` writes the first one');
    const named = await runCommand(['serve', '-c', 'boucner.yaml'], { cwd: folder.path, env });
    expect(named.stderr).toContain('`-c` names it');
  });
});
