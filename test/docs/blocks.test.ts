// What the documents show is what the product takes: every block of YAML is loaded.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfiguration } from '../../src/configuration/load-configuration.ts';
import { readConnectorConfig } from '../../src/tunnel/connector/connector-config.ts';
import { createCertificates } from '../upstream/forward/certificates.ts';
import { blocksOf, pages } from './pages.ts';

const folder = mkdtempSync(join(tmpdir(), 'bouncer-docs-'));
const certificates = createCertificates();
const pair = certificates.issue('docs', 'DNS:auth.example.com');
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  certificates.remove();
});

const provider =
  'identity_providers:\n  - { id: google, type: oidc, issuer: "https://id.example", client_id: x }\n';
const issuers = `trusted_issuers:
${['github', 'gitlab', 'cluster'].map((name) => `  - { name: ${name}, issuer: "https://${name}.example", audience: x }\n`).join('')}`;
const anyRules =
  'applications:\n  - { name: a, host: a.example.com, upstream: "http://127.0.0.1:1", policies: [{ name: p, action: allow, include: [authenticated] }] }\n';

/** What is warned of because a part of the settings stands beside rules of three lines, and a part of the rules beside few settings. */
const ofPartsOfSettings: readonly string[] = ['untested-application'];
const ofPartsOfRules: readonly string[] = [
  ...ofPartsOfSettings,
  ...['ip-without-trusted-proxies', 'requests-without-mail', 'streams-not-ended'],
];

/** Of a connector: a file of its own kind. */
const isConnectors = (block: string): boolean => /^services:/m.test(block);
const connectorBlocks = pages.flatMap((page) =>
  blocksOf(page, 'yaml')
    .filter(isConnectors)
    .map((block) => [page, block] as const),
);

const blocks = pages.flatMap((page) =>
  blocksOf(page, 'yaml').map((block, i) => [page, i + 1, block] as const),
);

describe('a block of YAML', () => {
  test('is found', () => {
    expect(blocks.length).toBeGreaterThan(10);
  });

  test.each(blocks)('%s, block %d, is valid, and its tests pass', (_page, _number, block) => {
    if (isConnectors(block)) return;
    const isRules = /^(?:applications|rule_groups|tests):/m.test(block);
    // A part of the settings is completed with what every file has.
    const settings = isRules
      ? `auth_url: https://auth.example.com\nhardware_keys: {}\ntunnel: { listen: "[::]:7844", addresses: [edge.example.com:7844] }\nforward_auth: { listen: 127.0.0.1:4180, from: [127.0.0.1/32], proxy: nginx }\n${provider}  - { id: passkey, type: passkey }\n${issuers}`
      : [
          block,
          /^auth_url:/m.test(block) ? '' : 'auth_url: https://auth.example.com\n',
          /^identity_providers:/m.test(block) ? '' : provider,
        ].join('\n');
    mkdirSync(join(folder, 'policies'), { recursive: true });
    writeFileSync(join(folder, 'bouncer.yaml'), settings);
    writeFileSync(join(folder, 'ca.pem'), '');
    writeFileSync(join(folder, 'cert.pem'), pair.cert);
    writeFileSync(join(folder, 'key.pem'), pair.key);
    writeFileSync(join(folder, 'private-ca.pem'), rootCertificates[0] ?? '');
    mkdirSync(join(folder, 'attestation-roots'), { recursive: true });
    writeFileSync(join(folder, 'attestation-roots/maker.pem'), rootCertificates[0] ?? '');
    writeFileSync(join(folder, 'policies/rules.yaml'), isRules ? block : anyRules);
    const loaded = loadConfiguration({
      settings: join(folder, 'bouncer.yaml'),
      baseDir: folder,
      env: {
        ...Object.fromEntries(
          [...block.matchAll(/\b[A-Z0-9_]+_CLIENT_SECRET\b/g)].map(([name]) => [name, 'x']),
        ),
        SMTP_URL: 'smtp://127.0.0.1',
        DATABASE_URL: 'postgres://bouncer@127.0.0.1/bouncer',
        BOUNCER_MASTER_KEY: 'S1gzZ0d4Q2hLUm5WcVd6VDJsUDdhRWpZOXVJb0ZiTWM=',
      },
    });
    expect(loaded.ok ? [] : [loaded.problems, loaded.failedTests]).toEqual([]);
    const warnings = loaded.ok ? loaded.value.warnings.map(({ code }) => code) : [];
    const accepted = isRules ? ofPartsOfRules : ofPartsOfSettings;
    expect(warnings.filter((code) => !accepted.includes(code))).toEqual([]);
  });

  test.each(connectorBlocks)('%s, of a connector, is valid', (_page, block) => {
    writeFileSync(join(folder, 'connector.yaml'), block);
    writeFileSync(join(folder, 'internal-ca.pem'), '');
    expect(readConnectorConfig(join(folder, 'connector.yaml'))).toMatchObject({ ok: true });
  });
});
