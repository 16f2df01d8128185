// The metadata of all makes as the FIDO Alliance had it one day, signed by a root of the test's own. Where it is installed.

import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRules } from '../../src/configuration/load-rules.ts';
import { makeNow } from '../../src/identity/hardware-keys/prove-make.ts';
import type { KeyMetadata } from '../../src/settings/key-metadata.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { createMaker, signMetadata } from '../fixtures/attestation-maker.ts';
import { hasProgram } from '../providers/program.ts';

const file = process.env['BOUNCER_FIDO_METADATA'];
const isThere = hasProgram(['BOUNCER_FIDO_METADATA', file], 'no real metadata of keys is read');

describe.skipIf(!isThere)('the metadata of all makes', { timeout: 120_000 }, () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bouncer-metadata-'));
    const maker = await createMaker();
    writeFileSync(join(folder, 'root.pem'), maker.rootPem);
    const payload: unknown = JSON.parse(readFileSync(file ?? '', 'utf8'));
    writeFileSync(join(folder, 'blob.jwt'), await signMetadata(maker, payload));
    writeFileSync(
      join(folder, 'bouncer.yaml'),
      `auth_url: https://auth.example.com
rules: rules.yaml
identity_providers:
  - { id: company, type: oidc, label: Company, issuer: "https://login.example.com", client_id: bouncer, client_secret: x-secret-x }
hardware_keys: { attestation_metadata: { file: blob.jwt, root_file: root.pem } }
`,
    );
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  const load = () => {
    const loaded = loadSettings(join(folder, 'bouncer.yaml'), {});
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    return loaded;
  };
  const metadataOf = (): KeyMetadata => {
    const metadata = load().value.hardwareKeys?.trust?.metadata;
    if (metadata === undefined || metadata === null) throw new Error('no metadata');
    return metadata;
  };
  const rulesWith = (name: string) => {
    writeFileSync(
      join(folder, 'rules.yaml'),
      `applications:
  - name: wiki
    host: wiki.example.com
    upstream: http://127.0.0.1:1
    policies:
      - { name: keys, action: allow, include: [{ email_domain: example.com }], require: [{ hardware_key: { aaguid: "${name}" } }] }
`,
    );
    return loadRules(load().value);
  };

  it('is read whole, and once for all reloads', () => {
    const metadata = metadataOf();
    expect(metadata.makes.length).toBeGreaterThan(300);
    expect(metadataOf()).toBe(metadata);
    for (const { roots } of metadata.makes)
      for (const pem of roots) expect(() => new X509Certificate(pem)).not.toThrow();
    expect(load().warnings.map(({ code }) => code)).toContain('old-metadata');
  });

  it('tells makes in hardware from others, and names what was revoked', () => {
    const { makes } = metadataOf();
    const of = (pattern: RegExp) => makes.filter(({ name }) => pattern.test(name));
    expect(of(/^YubiKey 5 Series with NFC$/).length).toBeGreaterThan(1);
    expect(of(/^YubiKey 5 Series/).every(({ isHardware }) => isHardware)).toBe(true);
    expect(makes.filter(({ isHardware }) => !isHardware).length).toBeGreaterThan(20);
    const revoked = makes.filter(({ badStatus }) => badStatus === 'REVOKED');
    expect(revoked.length).toBeGreaterThan(0);
    for (const { aaguid } of revoked)
      expect(makeNow({ aaguid, attestedBy: null }, load().value.hardwareKeys?.trust ?? null)).toMatchObject({
        badStatus: 'REVOKED',
      });
  });

  it('lets rules name makes, and guesses what was meant', () => {
    expect(rulesWith('YubiKey 5 Series with NFC').ok).toBe(true);
    const misspelt = rulesWith('YubiKey 5 Serie with NFC');
    expect(misspelt.ok ? [] : misspelt.problems.map(({ hint }) => hint)).toEqual([
      'did you mean `YubiKey 5 Series with NFC`?',
    ]);
  });
});
