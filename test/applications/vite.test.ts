// Vite's development server behind bouncer, with a real browser: the page, its modules, and what is edited comes over a WebSocket without
// a reload.
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { launchChromium } from '../pages/launch-chromium.ts';
import { behindBouncer, makeFolder, startServer } from './behind-bouncer.ts';
import { python } from './python-program.ts';

/** Installed beside the interpreter of BOUNCER_APPLICATIONS. */
const program = python === undefined ? '' : join(dirname(python), '../../node/node_modules/vite/bin/vite.js');
const hasVite = program !== '' && existsSync(program);
if (!hasVite) process.stderr.write('left out: `vite` is not installed (.ci/full applications)\n');

test.skipIf(!hasVite)('a page shows what is edited without a reload', { timeout: 240_000 }, async () => {
  const folder = makeFolder();
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write(
    'index.html',
    '<link rel="icon" href="data:,"><p id="said"></p><script type="module" src="/main.js"></script>',
  );
  write(
    'main.js',
    `import { word } from './word.js';
const show = (text) => { document.querySelector('#said').textContent = text; };
globalThis.loads = Math.random();
show(word);
import.meta.hot.accept('./word.js', (module) => show(module.word));`,
  );
  write('word.js', "export const word = 'first';");
  write('vite.config.mjs', 'export default { cacheDir: ".cache", clearScreen: false };');
  const port = await startServer(process.execPath, (own) => [
    ...[program, folder, '--config', join(folder, 'vite.config.mjs')],
    ...['--host', '127.0.0.1', '--port', String(own), '--strictPort'],
  ]);
  const site = await behindBouncer(port);
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const sockets: string[] = [];
  page.on('websocket', (socket) => void sockets.push(socket.url()));
  const faults: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && faults.push(message.text())));
  const connected = page.waitForEvent('console', (message) => message.text().includes('[vite] connected'));
  await page.goto(site.at('127.0.0.1'));
  await page.getByText('first').waitFor();
  await connected;
  const loads = await page.evaluate('loads');
  for (const word of ['second', 'third']) {
    write('word.js', `export const word = '${word}';`);
    await page.getByText(word).waitFor();
  }
  expect(await page.evaluate('loads')).toBe(loads);
  expect(sockets.map((url) => new URL(url).port)).toEqual([String(site.port)]);
  expect(faults).toEqual([]);
});
