import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfiguration } from '../../src/configuration/load-configuration.ts';
import { renderAnnouncement } from '../../src/demo/announcement.ts';
import { type DemoFolder, writeDemoFolder } from '../../src/demo/demo-configuration.ts';

let folder: DemoFolder | undefined;
afterEach(() => folder?.remove());

const write = () =>
  writeDemoFolder(
    {
      port: 8080,
      issuer: 'http://idp.localhost:8081',
      wiki: 'http://127.0.0.1:9001',
      edgePort: 9002,
      git: 'http://127.0.0.1:9003',
    },
    'a secret',
  );

describe('the demonstration’s files', () => {
  test('are valid without a warning, and the tests in them hold', () => {
    folder = write();
    const loaded = loadConfiguration({ settings: folder.settingsFile, baseDir: '/', env: {}, use: 'try' });
    expect(loaded.ok ? loaded.value.warnings : loaded).toEqual([]);
  });

  test('leave nothing behind, and the secret is its owner’s alone', () => {
    folder = write();
    const path = join(folder.settingsFile, '..', 'client-secret');
    expect(statSync(path).mode & 0o077).toBe(0);
    folder.remove();
    expect(existsSync(join(folder.settingsFile, '..'))).toBe(false);
  });
});

describe('the announcement', () => {
  const demo = {
    authUrl: 'http://auth.localhost:8080',
    port: 8080,
    rulesFile: '/tmp/bouncer-demo-abcdef/rules.yaml',
    listTunnels: 'npm run bouncer -- tunnel list -c /tmp/bouncer-demo-abcdef/bouncer.yaml',
  };

  test('fits 100 columns and has no colour unless asked', () => {
    const text = renderAnnouncement({ ...demo, isColored: false });
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(text).not.toContain('\u001b');
  });

  test('says the same in colour', () => {
    const colored = renderAnnouncement({ ...demo, isColored: true });
    expect(colored.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '')).toBe(
      renderAnnouncement({ ...demo, isColored: false }),
    );
    expect(colored).toContain('\u001b');
  });
});
