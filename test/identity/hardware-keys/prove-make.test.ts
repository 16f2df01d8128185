// What proves the make of a key, what is known against it, and the metadata file that says both.
import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkCreation } from '../../../src/identity/hardware-keys/ceremony-answer.ts';
import { makeNow, rootOfMake } from '../../../src/identity/hardware-keys/prove-make.ts';
import { fidoRoots, parseKeyMetadata } from '../../../src/settings/key-metadata.ts';
import type { KeyTrust } from '../../../src/settings/key-trust.ts';
import { createMaker, type Maker, signMetadata } from '../../fixtures/attestation-maker.ts';
import { SoftwareKey } from '../../fixtures/software-key.ts';

const rp = { id: 'auth.example.com', origin: 'https://auth.example.com' };
const challenge = Buffer.alloc(32, 7).toString('base64url');
const ask = { challenge, rpId: rp.id, origin: rp.origin };
const make = '2fc0579f-8113-47ea-b116-bb5a8db9202a';
const other = 'cb69481e-8ff7-4039-93ec-0a2729a154a8';
const nowMs = Date.UTC(2026, 10, 26);

const makers = { good: await createMaker(), stranger: await createMaker('Stranger') };

async function rootFor(
  key: SoftwareKey,
  trust: KeyTrust | null,
  atMs = nowMs,
): Promise<string | null | 'refused'> {
  const verdict = await checkCreation(key.create(ask), rp, challenge);
  return verdict.ok ? rootOfMake(verdict.made.aaguid, verdict.made.certificates, trust, atMs) : 'refused';
}

async function keyOf(maker: Maker, own: Parameters<Maker['certificateOf']>[1] = {}, of = make) {
  const { certificate, key } = await maker.certificateOf(of, own);
  return new SoftwareKey(make, { certificates: [certificate], key });
}

const fingerprint = (pem: string) => createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
const roots: KeyTrust = { roots: [makers.good.rootPem], metadata: null };

describe('the make of a key', () => {
  it('is proven by a certificate that leads to a root of the folder and names it', async () => {
    expect(await rootFor(await keyOf(makers.good), roots)).toBe(fingerprint(makers.good.rootPem));
  });

  it.each<[string, () => Promise<SoftwareKey>]>([
    ['by nobody', async () => new SoftwareKey(make)],
    ['by the key itself', async () => new SoftwareKey(make, 'self')],
    ['by a maker whose root is not there', () => keyOf(makers.stranger)],
    ['by a certificate that names no make', () => keyOf(makers.good, { hasMake: false })],
  ])('is not proven %s', async (_who, key) => {
    expect(await rootFor(await key(), roots)).toBeNull();
  });

  it('refuses a certificate of another make, and one that is over', async () => {
    expect(await rootFor(await keyOf(makers.good, {}, other), roots)).toBe('refused');
    const old = await keyOf(makers.good, { notAfter: new Date('2021-01-01') });
    expect(await rootFor(old, roots)).toBe('refused');
    // It was good when it was looked at last, and its root is not any more.
    expect(await rootFor(await keyOf(makers.good), roots, Date.UTC(2071, 0, 1))).toBeNull();
  });

  it('is not proven where nothing is trusted, nor by a key of the old kind that has none', async () => {
    expect(await rootFor(await keyOf(makers.good), null)).toBeNull();
    expect(rootOfMake('00000000-0000-0000-0000-000000000000', [], roots, nowMs)).toBeNull();
  });
});

interface Entry {
  readonly statuses?: readonly string[];
  readonly types?: readonly string[];
  readonly protection?: readonly string[];
}

const hardware: Entry = { types: ['basic_full'], protection: ['hardware', 'secure_element'] };

async function metadataFile(
  entry: Entry,
  own: {
    readonly signer?: Maker;
    readonly nextUpdate?: string;
    readonly payload?: unknown;
    readonly notAfter?: Date;
  } = {},
): Promise<string> {
  const payload = own.payload ?? {
    no: 7,
    nextUpdate: own.nextUpdate ?? '2026-12-01',
    entries: [
      { aaid: 'no FIDO2', statusReports: [] },
      {
        aaguid: make.toUpperCase(),
        metadataStatement: {
          description: 'Test Key 5',
          attestationTypes: entry.types,
          keyProtection: entry.protection,
          attestationRootCertificates: [new X509Certificate(makers.good.rootPem).raw.toString('base64')],
        },
        statusReports: (entry.statuses ?? ['FIDO_CERTIFIED_L1']).map((status) => ({ status })),
      },
    ],
  };
  const { notAfter } = own;
  return signMetadata(own.signer ?? makers.good, payload, notAfter === undefined ? {} : { notAfter });
}

const trusted = [new X509Certificate(makers.good.rootPem)];

async function trustOf(entry: Entry): Promise<KeyTrust> {
  const metadata = parseKeyMetadata(await metadataFile(entry), trusted, nowMs);
  if ('fault' in metadata) throw new Error(metadata.fault);
  return { roots: [], metadata };
}

describe('a metadata file', () => {
  it('is read when its signature leads to a trusted root', async () => {
    expect((await trustOf(hardware)).metadata).toEqual({
      number: 7,
      nextUpdateMs: Date.UTC(2026, 11, 1),
      signerEndsMs: Date.UTC(2050, 0, 1),
      makes: [
        {
          aaguid: make,
          name: 'Test Key 5',
          roots: [expect.stringContaining('BEGIN CERTIFICATE')],
          isHardware: true,
          badStatus: null,
        },
      ],
    });
  });

  it('proves a make without a folder of roots', async () => {
    const trust = await trustOf(hardware);
    const key = await keyOf(makers.good);
    expect(await rootFor(key, trust)).toBe(fingerprint(makers.good.rootPem));
    expect(await rootFor(await keyOf(makers.stranger), trust)).toBeNull();
  });

  it.each<[string, Entry]>([
    ['keeps its keys in software', { ...hardware, protection: ['software'] }],
    ['has hardware and no secure element', { ...hardware, protection: ['hardware'] }],
    ['attests itself', { ...hardware, types: ['basic_surrogate'] }],
    ['says nothing of it', {}],
  ])('proves no make that %s', async (_what, entry) => {
    expect(await rootFor(await keyOf(makers.good), await trustOf(entry))).toBeNull();
  });

  it.each([
    'REVOKED',
    'USER_VERIFICATION_BYPASS',
    'ATTESTATION_KEY_COMPROMISE',
    'USER_KEY_REMOTE_COMPROMISE',
  ])('tells what is known against a make: %s, whatever was said before and after', async (status) => {
    const trust = await trustOf({ ...hardware, statuses: ['FIDO_CERTIFIED_L1', status, 'UPDATE_AVAILABLE'] });
    const attestedBy = fingerprint(makers.good.rootPem);
    expect(makeNow({ aaguid: make, attestedBy }, trust)).toMatchObject({ badStatus: status });
    expect(makeNow({ aaguid: make, attestedBy: null }, trust)).toMatchObject({ badStatus: status });
    expect(makeNow({ aaguid: other, attestedBy }, trust)).toMatchObject({ badStatus: null });
  });

  it('takes back what it proved when the root is gone', async () => {
    const attestedBy = fingerprint(makers.good.rootPem);
    expect(makeNow({ aaguid: make, attestedBy }, roots).aaguid).toBe(make);
    expect(
      makeNow({ aaguid: make, attestedBy }, { roots: [makers.stranger.rootPem], metadata: null }).aaguid,
    ).toBeNull();
    expect(makeNow({ aaguid: make, attestedBy }, null).aaguid).toBeNull();
  });

  it('counts when what it was signed with has ended since, and says when that was', async () => {
    const notAfter = new Date('2026-11-20');
    const old = parseKeyMetadata(await metadataFile(hardware, { notAfter }), trusted, nowMs);
    expect(old).toMatchObject({ number: 7, signerEndsMs: notAfter.getTime() });
    // Who signed it is asked all the same, and whether the certificate had begun.
    const foreign = await metadataFile(hardware, { notAfter, signer: makers.stranger });
    expect(parseKeyMetadata(foreign, trusted, nowMs)).toHaveProperty('fault');
    const early = parseKeyMetadata(await metadataFile(hardware), trusted, Date.UTC(2019, 0, 1));
    expect(early).toHaveProperty('fault');
    const [head = '', body = '', signature = ''] = (await metadataFile(hardware, { notAfter })).split('.');
    const changed = Buffer.from(Buffer.from(body, 'base64url').toString().replace('Key 5', 'Key 6'));
    const forged = `${head}.${changed.toString('base64url')}.${signature}`;
    expect(parseKeyMetadata(forged, trusted, nowMs)).toHaveProperty('fault');
  });

  it('is refused with a signature of somebody else, a changed text, or another form', async () => {
    const fault = async (text: string | Promise<string>) => {
      const parsed = parseKeyMetadata(await text, trusted, nowMs);
      return 'fault' in parsed ? parsed.fault : 'none';
    };
    const good = await metadataFile(hardware);
    const [head = '', body = '', signature = ''] = good.trim().split('.');
    expect(await fault(metadataFile(hardware, { signer: makers.stranger }))).toContain(
      'does not lead to a root',
    );
    const changed = Buffer.from(body, 'base64url').toString().replace('Test Key 5', 'Test Key 6');
    expect(await fault(`${head}.${Buffer.from(changed).toString('base64url')}.${signature}`)).toContain(
      'signature is wrong',
    );
    expect(await fault(`${head}.${body}.`)).toContain('signature is wrong');
    expect(await fault(`${head}.${body}`)).toContain('not a signed metadata file');
    expect(await fault('{"entries":[]}')).toContain('not a signed metadata file');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    expect(await fault(`${none}.${body}.`)).toContain('no certificate');
    const unsigned = JSON.parse(Buffer.from(head, 'base64url').toString()) as object;
    const hmac = Buffer.from(JSON.stringify({ ...unsigned, alg: 'HS256' })).toString('base64url');
    expect(await fault(`${hmac}.${body}.${signature}`)).toContain('in a way that is not accepted');
    expect(await fault(metadataFile(hardware, { payload: { no: 7 } }))).toContain('another form');
    expect(await fault(metadataFile(hardware, { nextUpdate: 'soon' }))).toContain('another form');
  });
});

it('the FIDO Alliance’s roots are among those that this Node knows', () => {
  expect(fidoRoots().length).toBeGreaterThan(0);
});
