// `hardware_keys` in the settings: what is checked, and what proves the makes of keys.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { createMaker, signMetadata } from '../fixtures/attestation-maker.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const base = `identity_providers:
  - { id: company, type: oidc, label: Company, issuer: "https://login.example.com", client_id: bouncer, client_secret: x-secret-x }
`;

function load(keys: string, authUrl = 'https://auth.example.com') {
  const file = join(folder, 'bouncer.yaml');
  writeFileSync(file, `auth_url: ${authUrl}\n${base}hardware_keys: ${keys}\n`);
  return loadSettings(file, {});
}

function settingsOf(keys: string, authUrl?: string) {
  const loaded = load(keys, authUrl);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.value.hardwareKeys;
}

describe('hardware_keys', () => {
  it('is by invitation, for the host of auth_url, and proves no make by itself', () => {
    expect(settingsOf('{}')).toEqual({
      enrolment: 'invitation',
      enrolmentUntilMs: null,
      rpId: 'auth.example.com',
      trust: null,
    });
  });

  it('takes a parent of the host, and an end for enrolments without invitation', () => {
    const keys = '{ rp_id: example.com, enrolment: first_login, enrolment_until: "2026-12-31T18:00:00Z" }';
    expect(settingsOf(keys)).toMatchObject({
      rpId: 'example.com',
      enrolment: 'first_login',
      enrolmentUntilMs: Date.UTC(2026, 11, 31, 18),
    });
  });

  it.each<[string, string, string | undefined]>([
    ['endless-enrolment', '{ enrolment: first_login }', undefined],
    ['unused-option', '{ enrolment_until: "2026-12-31T18:00:00Z" }', undefined],
    ['foreign-rp-id', '{ rp_id: example.org }', undefined],
    ['foreign-rp-id', '{ rp_id: com }', undefined],
    ['foreign-rp-id', '{ rp_id: uth.example.com }', undefined],
    ['foreign-rp-id', '{ rp_id: sub.auth.example.com }', undefined],
    ['no-name-for-keys', '{}', 'https://192.0.2.1'],
    ['no-name-for-keys', '{}', 'https://[2001:db8::1]:8443'],
    ['file-unreadable', '{ attestation_roots: nowhere }', undefined],
    ['file-unreadable', '{ attestation_metadata: { file: nowhere.jwt } }', undefined],
  ])('is refused: %s in %s', (code, keys, authUrl) => {
    const loaded = load(keys, authUrl);
    expect(loaded.ok ? [] : loaded.problems.map((problem) => problem.code)).toEqual([code]);
  });

  it('reads a folder of certificates, and says which file has none', async () => {
    const roots = join(folder, 'roots');
    mkdirSync(roots);
    const empty = load('{ attestation_roots: roots }');
    expect(empty.ok ? [] : empty.problems.map(({ code }) => code)).toEqual(['no-certificates']);
    const maker = await createMaker();
    writeFileSync(join(roots, 'maker.pem'), maker.rootPem);
    writeFileSync(join(roots, 'README'), 'what these are');
    expect(settingsOf('{ attestation_roots: roots }')?.trust).toEqual({
      roots: [maker.rootPem.trim()],
      metadata: null,
    });
    writeFileSync(join(roots, 'broken.pem'), 'nothing');
    const broken = load('{ attestation_roots: roots }');
    expect(broken.ok ? [] : broken.problems.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('broken.pem'),
    ]);
  });

  it.each([
    ['2024-01-01', '2050-01-01', 'should have been replaced on 2024-01-01'],
    ['2090-01-01', '2021-06-01', 'the certificate that the metadata is signed with ended on 2021-06-01'],
    ['2024-01-01', '2021-06-01', 'should have been replaced on 2024-01-01'],
  ])(
    'starts with metadata that was due on %s, signed until %s, and warns',
    async (nextUpdate, notAfter, words) => {
      const maker = await createMaker();
      writeFileSync(join(folder, 'root.pem'), maker.rootPem);
      const payload = { no: 7, nextUpdate, entries: [] };
      const text = await signMetadata(maker, payload, { notAfter: new Date(notAfter) });
      writeFileSync(join(folder, 'blob.jwt'), text);
      const loaded = load('{ attestation_metadata: { file: blob.jwt, root_file: root.pem } }');
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
      expect(loaded.value.hardwareKeys?.trust?.metadata?.number).toBe(7);
      expect(loaded.warnings.map(({ code, reason }) => [code, reason])).toEqual([
        ['old-metadata', expect.stringContaining(words)],
      ]);
    },
  );

  it('refuses metadata that nobody signed', () => {
    writeFileSync(join(folder, 'blob.jwt'), '{"entries":[]}');
    const loaded = load('{ attestation_metadata: { file: blob.jwt } }');
    expect(loaded.ok ? [] : loaded.problems.map(({ code, reason }) => [code, reason])).toEqual([
      ['bad-metadata', expect.stringContaining('not a signed metadata file')],
    ]);
  });
});
