// Rules and settings that change while bouncer runs, by every way in which files change, and what happens to bad ones.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { reloadUnderLoad, rulesOf } from './reload-under-load.ts';

let site: Site;
let cookie = '';
beforeEach(async () => {
  site = await startSite({ rules: rulesOf('A'), watch: true });
  const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
  cookie = browser.cookieFor(site.at('wiki.localhost')) ?? '';
});
afterEach(() => site.close());

/** The set that answers. */
async function setInForce(): Promise<string> {
  const response = await site.browser().get(site.at('wiki.localhost'), { headers: { cookie } });
  return String(response.headers['x-rules']);
}
const becomes = (set: 'A' | 'B'): Promise<void> =>
  vi.waitFor(async () => expect(await setInForce()).toBe(set), { timeout: 60_000, interval: 100 });
const events = (name: string): readonly Readonly<Record<string, unknown>>[] =>
  site.records().filter((record) => record['event'] === name);
const text = (set: 'A' | 'B'): string => rulesOf(set).replaceAll('UPSTREAM', site.upstream.url);

describe('new rules come into force', () => {
  test('when the file is written in place', async () => {
    site.writeRules(rulesOf('B'));
    await becomes('B');
    expect(events('reloaded').at(-1)).toMatchObject({ reason: 'files-changed', applications: 1 });
  });

  test('when an editor writes another file and renames it over the old one', async () => {
    writeFileSync(join(site.folder, '.rules.yaml.swp'), text('B'));
    renameSync(join(site.folder, '.rules.yaml.swp'), site.rulesFile);
    await becomes('B');
    writeFileSync(`${site.rulesFile}~`, text('A'));
    renameSync(`${site.rulesFile}~`, site.rulesFile);
    await becomes('A');
  });

  test('when Kubernetes swaps the link of a ConfigMap', async () => {
    const mount = (version: string, set: 'A' | 'B'): void => {
      mkdirSync(join(site.folder, version));
      writeFileSync(join(site.folder, version, 'rules.yaml'), text(set));
      symlinkSync(version, join(site.folder, '..data_tmp'));
      renameSync(join(site.folder, '..data_tmp'), join(site.folder, '..data'));
    };
    mount('..2026_01_01', 'A');
    rmSync(site.rulesFile);
    symlinkSync('..data/rules.yaml', site.rulesFile);
    await vi.waitFor(() => expect(events('reloaded').length).toBeGreaterThan(0), { timeout: 60_000 });
    mount('..2026_01_02', 'B');
    rmSync(join(site.folder, '..2026_01_01'), { recursive: true });
    await becomes('B');
  });

  test('when Git checks another branch out', async () => {
    const git = (...args: readonly string[]): void =>
      void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        cwd: site.folder,
        stdio: 'ignore',
      });
    git('init', '-b', 'a');
    git('add', 'rules.yaml');
    git('commit', '-m', 'a');
    git('checkout', '-b', 'b');
    site.writeRules(rulesOf('B'));
    git('commit', '-am', 'b');
    git('checkout', 'a');
    await becomes('A');
    git('checkout', 'b');
    await becomes('B');
  });

  test('when the settings name another file, which is watched from then on', async () => {
    const file = join(site.folder, 'bouncer.yaml');
    writeFileSync(join(site.folder, 'other.yaml'), text('B'));
    writeFileSync(file, readFileSync(file, 'utf8').replace('rules: rules.yaml', 'rules: other.yaml'));
    await becomes('B');
    writeFileSync(join(site.folder, 'other.yaml'), text('A'));
    await becomes('A');
  });
});

describe('a bad set changes nothing', () => {
  const refused = async (write: () => void, reason: string): Promise<void> => {
    const before = events('reload_failed').length;
    write();
    await vi.waitFor(() => expect(events('reload_failed').length).toBeGreaterThan(before), {
      timeout: 60_000,
    });
    expect(JSON.stringify(events('reload_failed').at(-1)?.['problems'])).toContain(reason);
    expect(site.bouncer.readiness()).toMatchObject({
      isReady: true,
      warnings: { reload: expect.stringContaining(reason) },
    });
    expect(await setInForce()).toBe('A');
  };

  test('and the log and readiness say why, until a good one comes', async () => {
    await refused(() => site.writeRules(rulesOf('B').replace('action: deny', 'action: dney')), '`dney`');
    await refused(
      () => site.writeRules(rulesOf('B').replace('expect: deny', 'expect: allow')),
      'test `flip` failed',
    );
    await refused(() => site.writeRules('- list\n'), 'got a list');
    await refused(() => rmSync(site.rulesFile), 'there is no such file');
    site.writeRules(rulesOf('B'));
    await becomes('B');
    expect(site.bouncer.readiness().warnings['reload']).toBeUndefined();
  });

  test('also when it is the settings that are bad', async () => {
    const file = join(site.folder, 'bouncer.yaml');
    const good = readFileSync(file, 'utf8');
    await refused(() => writeFileSync(file, good.replace('rules:', 'ruels:')), 'did you mean `rules`?');
    writeFileSync(file, good);
    await vi.waitFor(() => expect(site.bouncer.readiness().warnings).toEqual({}), { timeout: 60_000 });
  });

  test('a list of a thousand problems is cut in the log', async () => {
    const many = Array.from(
      { length: 1000 },
      (_, index) => `      - { name: p${index}, action: allow, include: [] }`,
    );
    site.writeRules(
      `applications:\n  - name: wiki\n    host: wiki.localhost\n    upstream: UPSTREAM\n    policies:\n${many.join('\n')}\n`,
    );
    expect(await site.bouncer.reload()).toBe(false);
    const problems = events('reload_failed').at(-1)?.['problems'] as readonly string[];
    expect(problems.at(-1)).toBe('and 980 more: run `bouncer check`');
    expect(problems.length).toBeLessThan(120);
  });
});

test('settings that are bound at the start wait for a restart, and the log and readiness say which', async () => {
  const file = join(site.folder, 'bouncer.yaml');
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, `${good}log: { level: warn }\nlimits: { connections: 5 }\nsession: { duration: 1h }\n`);
  expect(await site.bouncer.reload()).toBe(true);
  expect(events('reloaded').at(-1)).toMatchObject({ level: 'warn', waits_for_restart: ['log', 'limits'] });
  expect(site.bouncer.readiness().warnings['restart']).toBe(
    'changed, and in force after a restart: log, limits',
  );
  // What is not bound is in force at once.
  expect(site.bouncer.settings.session.durationMs).toBe(3_600_000);
  expect(site.bouncer.settings.limits.connections).toBe(10_000);
  writeFileSync(file, good);
  expect(await site.bouncer.reload()).toBe(true);
  expect(site.bouncer.readiness().warnings).toEqual({});
});

test('warnings of the rules are in the log at the start and after a reload', async () => {
  expect(events('configuration_warnings')).toHaveLength(0);
  site.writeRules(rulesOf('A').replace(/tests:.*/s, ''));
  expect(await site.bouncer.reload()).toBe(true);
  expect(events('configuration_warnings').at(-1)).toMatchObject({
    level: 'warn',
    count: 1,
    warnings: [
      expect.stringMatching(
        /rules\.yaml:3:\d+: the application `wiki` has no test \(untested-application\)$/,
      ),
    ],
  });
  const other = await startSite({ rules: rulesOf('A').replace(/tests:.*/s, '') });
  try {
    expect(other.records().map((record) => record['event'])).toContain('configuration_warnings');
    expect(other.bouncer.warnings).toHaveLength(1);
  } finally {
    await other.close();
  }
});

test('who asks for a reload while one is under way shares the next one', async () => {
  site.writeRules(rulesOf('B'));
  const first = site.bouncer.reload();
  site.writeRules(rulesOf('A'));
  site.writeRules(rulesOf('B'));
  const all = await Promise.all([first, ...Array.from({ length: 20 }, () => site.bouncer.reload())]);
  expect(all.every(Boolean)).toBe(true);
  expect(await setInForce()).toBe('B');
  expect(events('reloaded').filter(({ reason }) => reason === 'asked')).toHaveLength(2);
});

test('a bouncer that closes in the middle of a reload ends cleanly, and swaps nothing', async () => {
  const other = await startSite({ rules: rulesOf('A') });
  other.writeRules(rulesOf('B', 2000));
  const reloading = other.bouncer.reload();
  await other.close();
  expect(await reloading).toBe(false);
  expect(other.records().some((record) => record['event'] === 'reloaded')).toBe(false);
});

test('SIGHUP makes `bouncer serve` read its files again', async () => {
  const port = await findFreePort(0, 1);
  const file = join(site.folder, 'served.yaml');
  const settings = readFileSync(join(site.folder, 'bouncer.yaml'), 'utf8');
  writeFileSync(
    file,
    settings.replaceAll(String(site.port), String(port)).replace('data_dir: data', 'data_dir: served-data'),
  );
  const child = spawn(process.execPath, [
    join(import.meta.dirname, '../../src/main.ts'),
    'serve',
    '-c',
    file,
  ]);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await vi.waitFor(() => expect(output).toContain('"started"'), { timeout: 60_000 });
    child.kill('SIGHUP');
    await vi.waitFor(() => expect(output).toMatch(/"event":"reloaded","reason":"asked"/), {
      timeout: 60_000,
    });
  } finally {
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  }
}, 60_000);

test('reloads under load fail and misjudge no request', async () => {
  const reloads = inWholeRun(100, 40);
  const report = await reloadUnderLoad({ reloads, deadlineMs: 15_000, applications: 20 });
  expect(report.faults).toEqual([]);
  expect(report.reloads).toBeGreaterThan(3);
  expect(report.requests).toBeGreaterThan(report.reloads);
}, 180_000);
