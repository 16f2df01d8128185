// What stands in the bundle for `node:http`: the same members, and nothing loaded that they do not need.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { renderHttpModule } from '../../build/http-module.ts';

/** @returns what a new process prints that has loaded the module */
function loadedBy(module: string): { readonly isSame: boolean; readonly loadsFetch: boolean } {
  const program = `${module}
const { createRequire } = await import('node:module');
const real = createRequire('/')('node:http');
console.log(JSON.stringify({
  isSame: createServer === real.createServer && IncomingMessage === real.IncomingMessage && request === real.request,
  loadsFetch: process.moduleLoadList.some((one) => one.endsWith(' internal/deps/undici/undici')),
}));`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }),
  );
}

test('has the members that servers and clients are made of, and does not load fetch', () => {
  expect(loadedBy(renderHttpModule())).toEqual({ isSame: true, loadsFetch: false });
});

test('is needed: an import of the module itself loads fetch', () => {
  expect(loadedBy("import { createServer, IncomingMessage, request } from 'node:http';")).toEqual({
    isSame: true,
    loadsFetch: true,
  });
});
