// What `bouncer demo` says where its packages are missing, for each way to have bouncer.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { BouncerError } from '../../src/bouncer-error.ts';
import { requireDemoPackages } from '../../src/demo/demo-packages.ts';
import { root } from '../docs/pages.ts';

const folder = mkdtempSync(join(tmpdir(), 'bouncer-demo-packages-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const project = join(folder, 'project');
mkdirSync(join(project, 'site'), { recursive: true });
writeFileSync(join(project, 'package.json'), '{}');

const peerDependencies = { 'oidc-provider': '^9.13.3', ws: '^8.23.0' };

function failureOf(home: string, cwd: string, has: readonly string[] = []): BouncerError {
  try {
    requireDemoPackages(cwd, {
      folder: home,
      peerDependencies,
      hasPackage: (name) => has.includes(name),
    });
  } catch (error) {
    if (error instanceof BouncerError) return error;
  }
  return expect.fail('nothing was missed');
}

const both = 'oidc-provider@9.13.3 ws@8.23.0';

test.each([
  ['a project', 'project/node_modules/bouncer-proxy', 'project', `npm install ${both}`],
  ['a folder of a project', 'project/node_modules/bouncer-proxy', 'project/site', `npm install ${both}`],
  ['elsewhere', 'project/node_modules/bouncer-proxy', '.', `npm install --prefix ${project} ${both}`],
  [
    'anywhere with a global installation',
    'lib/node_modules/bouncer-proxy',
    'project',
    `npm install --global ${both}`,
  ],
  ['a checkout', 'bouncer', 'bouncer', 'npm ci --include=dev'],
])('in %s', (_where, home, cwd, command) => {
  const failure = failureOf(join(folder, home), join(folder, cwd));
  expect(failure.code).toBe('package_missing');
  expect(failure.message).toContain('`oidc-provider` and `ws`');
  expect(failure.hint).toBe(`add what only the demo uses: \`${command}\``);
});

test('names only what is missing, and adds both', () => {
  const failure = failureOf(join(project, 'node_modules/bouncer-proxy'), project, ['ws']);
  expect(failure.message).toContain('the demo needs `oidc-provider`, which');
  expect(failure.hint).toContain(both);
});

test('nothing is missing where the tests run', () => {
  expect(() => requireDemoPackages(root)).not.toThrow();
});
