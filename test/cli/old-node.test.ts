// The command on a Node that is too old for it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

function runOn(version: string): { readonly status: number | null; readonly stderr: string } {
  const disguise = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  return spawnSync(process.execPath, ['--import', `data:text/javascript,${disguise}`, main, '--version'], {
    encoding: 'utf8',
  });
}

test.each(['20.20.2', '24.14.1'])(
  'says on Node %s which one it needs and how to get it, and stops',
  (version) => {
    expect(runOn(version)).toMatchObject({
      status: 1,
      stderr: `bouncer needs Node 24.15 or newer, and this is ${version}: get one from https://nodejs.org/en/download, or with your version manager, such as \`nvm install --lts\`\n`,
    });
  },
);

test.each(['24.15.0', '25.0.0', '26.10.0'])('runs on Node %s', (version) => {
  expect(runOn(version)).toMatchObject({ status: 0, stderr: '' });
});
