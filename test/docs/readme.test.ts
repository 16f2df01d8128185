// The README's family, literally: its two files, with a real provider in Google's place and names of this machine.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { contextWithoutSettings, readRules } from '../../src/configuration/load-rules.ts';
import { createBouncer } from '../../src/create-bouncer.ts';
import { findFreePort } from '../../src/demo/free-port.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { logInAtProvider, startOidcProvider } from '../fixtures/oidc-provider.ts';
import { startRecordingUpstream } from '../fixtures/recording-upstream.ts';
import { person } from '../fixtures/running-site.ts';
import { blocksOf } from './pages.ts';

test('the README’s company keeps contractors out of /admin, and its own tests would tell', () => {
  const company = blocksOf('README.md', 'yaml')[2] ?? '';
  const check = (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'bouncer-readme-'));
    const file = join(folder, 'company.yaml');
    writeFileSync(file, text);
    const loaded = readRules({ paths: [file], context: contextWithoutSettings(folder) });
    rmSync(folder, { recursive: true, force: true });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    return {
      failed: loaded.value.tests.filter(({ passed }) => !passed).map(({ test: { name } }) => name),
      warnings: loaded.warnings.map(({ code }) => code),
    };
  };
  expect(check(company)).toEqual({ failed: [], warnings: [] });
  const forgetful = company.replace('[{ rule_group: staff }, hardware_key]', '[hardware_key]');
  expect(forgetful).not.toBe(company);
  expect(check(forgetful)).toEqual({
    failed: ['a contractor among the administrators stays out'],
    warnings: ['path-drops-requirement'],
  });
});

test('the README’s family site lets mom in, and nobody else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-readme-'));
  const port = await findFreePort(0, 1);
  const authUrl = `http://auth.example.localhost:${port}`;
  const clientId = 'your-client-id.apps.googleusercontent.com';
  const provider = await startOidcProvider({
    clients: [{ clientId, clientSecret: 'secret', authUrl }],
    people: [person('mom', 'mom@gmail.com', []), person('stranger', 'stranger@gmail.com', [])],
  });
  const upstream = await startRecordingUpstream();
  try {
    for (const block of blocksOf('README.md', 'yaml').slice(0, 2)) {
      const [, path = ''] = /^# (my-site\/\S+)\n/.exec(block) ?? [];
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      const local = block
        .replace('https://auth.example.com', authUrl)
        .replaceAll('https://photos.example.com', `http://photos.example.localhost:${port}`)
        .replace('photos.example.com', 'photos.example.localhost')
        .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
        .replace('type: google', `type: oidc\n    issuer: ${provider.issuer}`)
        .replace('http://127.0.0.1:8091', upstream.url);
      writeFileSync(file, local);
    }
    const bouncer = await createBouncer({
      settings: join(folder, 'my-site/bouncer.yaml'),
      env: { GOOGLE_CLIENT_SECRET: 'secret' },
      log: { write: () => {} },
    });
    await bouncer.listen();
    const [mom, stranger] = [new BrowserClient(), new BrowserClient()];
    try {
      const url = `http://photos.example.localhost:${port}/summer?page=2`;
      const photos = await logInAtProvider(mom, await mom.get(url), 'mom');
      expect([photos.status, photos.url]).toEqual([200, url]);
      const denied = await logInAtProvider(stranger, await stranger.get(url), 'stranger');
      expect(denied.status).toBe(403);
      expect(upstream.seen.map((seen) => seen.url)).toEqual(['/summer?page=2']);
    } finally {
      await mom.close();
      await stranger.close();
      await bouncer.close();
    }
  } finally {
    await provider.close();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
