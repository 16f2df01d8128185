// What bouncer takes as the answer of a hardware key, and everything that it does not.
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkAnswer,
  checkCreation,
  checkPasskeyCreation,
  checkUse,
  keyIdIn,
} from '../../../src/identity/hardware-keys/ceremony-answer.ts';
import { userHandleOf } from '../../../src/identity/hardware-keys/ceremony-options.ts';
import { rootOfMake } from '../../../src/identity/hardware-keys/prove-make.ts';
import type { KeyTrust } from '../../../src/settings/key-trust.ts';
import type { StoredHardwareKey } from '../../../src/store/hardware-key-store.ts';
import { type Ask, flags, type Lies, SoftwareKey } from '../../fixtures/software-key.ts';
import { inWholeRun } from '../../fixtures/whole-run.ts';
import { corporaFolder } from '../../http/corpora.ts';
import { hardwareKey } from '../../store/hardware-key-store-contract.ts';

const rp = { id: 'auth.example.com', origin: 'https://auth.example.com' };
const challenge = Buffer.alloc(32, 7).toString('base64url');
const ask: Ask = { challenge, rpId: rp.id, origin: rp.origin };

function stored(key: SoftwareKey, own: Partial<StoredHardwareKey> = {}): StoredHardwareKey {
  return hardwareKey({ id: key.id, publicKey: key.publicKey().toString('base64url'), sub: 'alice', ...own });
}

const lies: readonly (readonly [string, Lies, string])[] = [
  ['another challenge', { challenge: Buffer.alloc(32, 8).toString('base64url') }, 'key-answer-invalid'],
  ['no challenge', { challenge: '' }, 'key-answer-invalid'],
  ['an origin of somebody else', { origin: 'https://evil.test' }, 'key-answer-invalid'],
  ['the origin without encryption', { origin: 'http://auth.example.com' }, 'key-answer-invalid'],
  ['another port', { origin: 'https://auth.example.com:8443' }, 'key-answer-invalid'],
  ['a sub-domain', { origin: 'https://a.auth.example.com' }, 'key-answer-invalid'],
  ['an application’s origin', { origin: 'https://wiki.example.com' }, 'key-answer-invalid'],
  ['an origin that begins alike', { origin: 'https://auth.example.com.evil.test' }, 'key-answer-invalid'],
  ['another relying party', { rpId: 'evil.test' }, 'key-answer-invalid'],
  ['a parent as relying party', { rpId: 'example.com' }, 'key-answer-invalid'],
  ['a page inside of another', { crossOrigin: true }, 'key-answer-invalid'],
  ['nobody who touched it', { flags: flags.uv }, 'key-answer-invalid'],
  ['nobody who typed the PIN', { flags: flags.up }, 'key-answer-invalid'],
  ['nothing at all', { flags: 0 }, 'key-answer-invalid'],
  ['a key that may be copied', { flags: flags.up | flags.uv | flags.be }, 'key-not-bound'],
  ['a key that was copied', { flags: flags.up | flags.uv | flags.be | flags.bs }, 'key-not-bound'],
  ['a key that was copied and may not be', { flags: flags.up | flags.uv | flags.bs }, 'key-answer-invalid'],
  ['bytes at its end', { trailing: Buffer.from([0]) }, 'key-answer-invalid'],
];

describe('a new key', () => {
  it('is taken as it is', async () => {
    const key = new SoftwareKey();
    const verdict = await checkCreation(key.create(ask), rp, challenge);
    expect(verdict).toEqual({
      ok: true,
      made: {
        id: key.id,
        publicKey: key.publicKey().toString('base64url'),
        signCount: 0,
        aaguid: key.aaguid,
        isBackupEligible: false,
        transports: ['usb'],
        certificates: [],
      },
    });
  });

  it.each([
    ...lies,
    ['an answer to another question', { type: 'webauthn.get' }, 'key-answer-invalid'],
    ['an algorithm that nobody asked for', { algorithm: -35 }, 'key-answer-invalid'],
    ['a curve that does not go with the algorithm', { algorithm: -257 }, 'key-answer-invalid'],
    ['the browser that says that it is built in', { attachment: 'platform' }, 'key-built-in'],
    ['nothing but a way inside of the device', { transports: ['internal'] }, 'key-built-in'],
    [
      'an attestation of a computer',
      { mangle: (bytes: Buffer) => replace(bytes, '646e6f6e65', '6374706d') },
      'key-built-in',
    ],
    ['an attestation cut short', { mangle: (bytes: Buffer) => bytes.subarray(0, -9) }, 'key-answer-invalid'],
    [
      'bytes after the attestation',
      { mangle: (bytes: Buffer) => Buffer.concat([bytes, Buffer.from([1])]) },
      'key-answer-invalid',
    ],
    [
      'a field twice',
      {
        mangle: (bytes: Buffer) =>
          Buffer.concat([Buffer.from([0xa4]), bytes.subarray(1), Buffer.from('63666d74646e6f6e65', 'hex')]),
      },
      'key-answer-invalid',
    ],
    ['endless nesting', { mangle: () => Buffer.alloc(10_000, 0x81) }, 'key-answer-invalid'],
  ] satisfies readonly (readonly [string, Lies, string])[])(
    'is refused with %s',
    async (_what, lie, fault) => {
      const verdict = await checkCreation(new SoftwareKey().create(ask, lie), rp, challenge);
      expect(verdict).toMatchObject({ ok: false, fault, cause: expect.any(String) });
    },
  );
});

function replace(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('hex').replace(from, to), 'hex');
}

describe('a use of a key', () => {
  it('is taken, with its counter', async () => {
    const key = new SoftwareKey();
    const verdict = await checkUse(key.use(ask), rp, challenge, stored(key));
    expect(verdict).toEqual({ ok: true, signCount: 1 });
    const owner = { idp: 'company', sub: 'alice' };
    const named = await checkUse(
      key.use(ask, { userHandle: userHandleOf(owner) }),
      rp,
      challenge,
      stored(key),
    );
    expect(named).toEqual({ ok: true, signCount: 2 });
  });

  it.each([
    ...lies,
    ['an answer to another question', { type: 'webauthn.create' }, 'key-answer-invalid'],
    ['another owner', { userHandle: userHandleOf({ idp: 'company', sub: 'bob' }) }, 'key-answer-invalid'],
    ['the id of another key', { id: 'AAAA' }, 'key-answer-invalid'],
    ['a signature of zeros', { signature: Buffer.alloc(70) }, 'key-answer-invalid'],
    ['an empty signature', { signature: Buffer.alloc(0) }, 'key-answer-invalid'],
    ['r and s of zero', { signature: Buffer.from('3006020100020100', 'hex') }, 'key-answer-invalid'],
  ] satisfies readonly (readonly [string, Lies, string])[])(
    'is refused with %s',
    async (_what, lie, fault) => {
      const key = new SoftwareKey();
      const verdict = await checkUse(key.use(ask, lie), rp, challenge, stored(key));
      expect(verdict).toMatchObject({ ok: false, fault, cause: expect.any(String) });
    },
  );

  it('is taken where a number of its signature is filled up with zeros, and stays one of that key', async () => {
    const key = new SoftwareKey();
    const answer = withFilledNumber(key);
    expect(await checkUse(answer, rp, challenge, stored(key))).toMatchObject({ ok: true });
    expect(await checkUse(answer, rp, 'AAAA', stored(key))).toMatchObject({ ok: false });
  });

  it('is refused when another key signed, or the stored one is no point of its curve', async () => {
    const [key, other] = [new SoftwareKey(), new SoftwareKey()];
    const answer = key.use(ask);
    const swapped = stored(key, { publicKey: other.publicKey().toString('base64url') });
    expect(await checkUse(answer, rp, challenge, swapped)).toMatchObject({ ok: false });
    const off = key.publicKey();
    off[off.length - 1] = (off.at(-1) ?? 0) ^ 1;
    const broken = stored(key, { publicKey: off.toString('base64url') });
    expect(await checkUse(answer, rp, challenge, broken)).toMatchObject({ ok: false });
  });
});

/** Uses the key until the first number of its signature is short of 32 bytes, and fills that up. */
function withFilledNumber(key: SoftwareKey): string {
  for (;;) {
    const answer = JSON.parse(key.use(ask));
    const der = Buffer.from(answer.response.signature, 'base64url');
    const [length = 0] = der.subarray(3);
    if (length >= 32) continue;
    const filled = Buffer.concat([Buffer.alloc(32 - length), der.subarray(4)]);
    const signature = Buffer.concat([Buffer.from([0x30, filled.length + 2, 0x02, 32]), filled]);
    answer.response.signature = signature.toString('base64url');
    return JSON.stringify(answer);
  }
}

describe('whatever else a browser may send', () => {
  it('is no answer, and no fault of the program', async () => {
    const key = new SoftwareKey();
    const text = key.use(ask);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc
            .tuple(fc.nat({ max: text.length - 1 }), fc.string({ maxLength: 3 }))
            .map(([at, put]) => text.slice(0, at) + put + text.slice(at + Math.max(1, put.length))),
        ),
        async (sent) => {
          if (sent === text) return;
          keyIdIn(sent);
          const use = await checkUse(sent, rp, challenge, stored(key));
          // What is not covered by the signature may differ: members that nobody reads.
          if (use.ok) expect(JSON.parse(sent).response).toEqual(JSON.parse(text).response);
          const made = await checkCreation(sent, rp, challenge);
          expect(made.ok).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });
});

const vectors = join(corporaFolder, 'webauthn/w3c-webauthn-l3-test-vectors.bs');

interface Vector {
  readonly name: string;
  readonly made: Readonly<Record<string, Buffer>>;
  readonly used: Readonly<Record<string, Buffer>>;
}

/** The pairs of registration and authentication that the document has. */
function readVectors(): readonly Vector[] {
  const text = readFileSync(vectors, 'utf8');
  return text
    .split(/^## /m)
    .slice(1)
    .flatMap((section): Vector[] => {
      const blocks = [...section.matchAll(/<xmp[^>]*>([\s\S]*?)<\/xmp>/g)].map(([, body = '']) =>
        Object.fromEntries(
          [...body.matchAll(/^(\w+) = h'([0-9a-f]*)'/gm)].map(([, name = '', hex = '']) => [
            name,
            Buffer.from(hex, 'hex'),
          ]),
        ),
      );
      const [made, used] = blocks;
      if (made?.['attestationObject'] === undefined || used?.['signature'] === undefined) return [];
      return [{ name: section.split('#')[0]?.trim() ?? '', made, used }];
    });
}

describe.runIf(existsSync(vectors))('the test vectors of the W3C', () => {
  const party = { id: 'example.org', origin: 'https://example.org' };
  const all = existsSync(vectors) ? readVectors() : [];
  const text = (name: string, from: Readonly<Record<string, Buffer>>) =>
    (from[name] ?? Buffer.alloc(0)).toString('base64url');
  const creation = (made: Vector['made'], id: string) =>
    JSON.stringify({
      ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
      response: {
        clientDataJSON: text('clientDataJSON', made),
        attestationObject: text('attestationObject', made),
        transports: ['usb'],
      },
    });
  const use = (used: Vector['used'], id: string) =>
    JSON.stringify({
      ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
      response: {
        clientDataJSON: text('clientDataJSON', used),
        authenticatorData: text('authenticatorData', used),
        signature: text('signature', used),
      },
    });
  /** The flags and what else the vector says: what a hardware key has to be. */
  const flagsOf = (made: Vector['made']) => {
    const bytes = made['attestationObject'] ?? Buffer.alloc(0);
    const hash = Buffer.from('bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5', 'hex');
    return bytes[bytes.indexOf(hash) + 32] ?? 0;
  };
  const isKey = ({ name, made }: Vector) => {
    const said = flagsOf(made);
    const isOfAForm = !/TPM|Android|Apple|crossOrigin|topOrigin/i.test(name);
    const isOfAnAlgorithm = !/ES384|ES512|Ed448|ML-DSA/i.test(name);
    return isOfAForm && isOfAnAlgorithm && (said & flags.uv) !== 0 && (said & flags.be) === 0;
  };

  /** Whether its attestation is signed, and of a kind that is taken. */
  const isSigned = (vector: Vector) =>
    /packed|Self Attestation/i.test(vector.name) &&
    !/ES384|ES512|Ed448/.test(vector.name) &&
    (flagsOf(vector.made) & flags.uv) !== 0;

  it('are there', () => {
    expect(all.length).toBeGreaterThanOrEqual(12);
  });

  /** Why one is not taken: what it is, and nothing about its signature. */
  const whyNot = ({ name, made }: Vector): RegExp => {
    if (/crossOrigin|topOrigin/.test(name)) return /on a page inside of another/;
    if (/TPM|Android|Apple/.test(name)) return /is not of a roaming key/;
    if ((flagsOf(made) & flags.uv) === 0) return /User verification/;
    return /ES384|ES512|Ed448/.test(name) ? /alg/i : /may be backed up/;
  };
  // All of them take half a minute: the long run turns each.
  const everyBitOf = process.env['BOUNCER_EVERY_BIT'] === undefined ? inWholeRun(3, 7) : 1;
  const bits = (bytes: Buffer | undefined): readonly number[] =>
    Array.from({ length: (bytes?.length ?? 0) * 8 }, (_, bit) => bit).filter((bit) => bit % everyBitOf === 0);

  it.each(all.map((vector) => [vector.name, vector] as const))('%s', async (_name, vector) => {
    const id = text('credential_id', vector.made);
    const challenge = text('challenge', vector.made);
    const made = await checkCreation(creation(vector.made, id), party, challenge);
    expect(made.ok, made.ok ? '' : made.cause).toBe(isKey(vector));
    if (!made.ok) expect(made.cause).toMatch(whyNot(vector));
    // A passkey may be copied: of the rest the same is asked.
    const copied = await checkPasskeyCreation(creation(vector.made, id), party, challenge);
    expect(copied.ok).toBe(isKey(vector) || /may be backed up/.test(String(whyNot(vector))));
    if (!copied.ok) return;
    const key = hardwareKey({ id, publicKey: copied.made.publicKey });
    const known = { id, publicKey: copied.made.publicKey, userHandle: '' };
    const challengeOfUse = text('challenge', vector.used);
    const isVerified = ((vector.used['authenticatorData']?.[32] ?? 0) & flags.uv) !== 0;
    const check = (used: Vector['used']) =>
      made.ok
        ? checkUse(use(used, id), party, challengeOfUse, key)
        : checkAnswer(use(used, id), party, challengeOfUse, known);
    const used = await check(vector.used);
    expect(used.ok, used.ok ? '' : used.cause).toBe(isVerified);
    if (!used.ok) return;
    for (const name of ['clientDataJSON', 'authenticatorData', 'signature'])
      for (const bit of bits(vector.used[name])) {
        const flipped = { ...vector.used, [name]: flip(vector.used[name] ?? Buffer.alloc(0), bit) };
        expect((await check(flipped)).ok, `${name}, bit ${bit}`).toBe(false);
      }
  });

  it.each(all.filter(isSigned).map((vector) => [vector.name, vector] as const))(
    '%s: no bit of its attestation can be changed',
    async (_name, vector) => {
      const id = text('credential_id', vector.made);
      const trust = trustIn((vector.made['aaguid'] ?? Buffer.alloc(0)).toString('hex'));
      const makeOf = async (made: Vector['made']): Promise<string | null> => {
        const verdict = await checkPasskeyCreation(creation(made, id), party, text('challenge', vector.made));
        if (!verdict.ok) return null;
        const { aaguid, certificates } = verdict.made;
        if (certificates.length === 0) return 'its own word';
        return rootOfMake(aaguid, certificates, trust, Date.now());
      };
      expect(await makeOf(vector.made)).not.toBeNull();
      for (const name of ['clientDataJSON', 'attestationObject'])
        for (const bit of bits(vector.made[name])) {
          const flipped = { ...vector.made, [name]: flip(vector.made[name] ?? Buffer.alloc(0), bit) };
          expect(await makeOf(flipped), `${name}, bit ${bit}`).toBeNull();
        }
    },
  );
});

/** Metadata that has one make, whose attestations lead to the root of the document. @param hex of the AAGUID */
function trustIn(hex: string): KeyTrust {
  const der = /^attestation_ca_cert = h'([0-9a-f]+)'/m.exec(readFileSync(vectors, 'utf8'))?.[1] ?? '';
  const root = new X509Certificate(Buffer.from(der, 'hex')).toString();
  const aaguid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const make = { aaguid, name: 'a make of the W3C', roots: [root], isHardware: true, badStatus: null };
  return { roots: [], metadata: { number: 1, nextUpdateMs: 0, signerEndsMs: 0, makes: [make] } };
}

function flip(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
