// Signatures of ECDSA in the one way that they may be written.
import { createSign, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isStrictSignature } from '../../../src/identity/hardware-keys/strict-signature.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

it('takes what a signer writes', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(isStrictSignature(createSign('sha256').update(text).sign(privateKey))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it('takes numbers that are filled up to 32 bytes, as some passkeys write them', () => {
  const filled = `3045022000${'54'.repeat(31)}022100${'eb'.repeat(32)}`;
  expect(isStrictSignature(Buffer.from(filled, 'hex'))).toBe(true);
  expect(isStrictSignature(Buffer.from(`30440220${'00'.repeat(31)}010220${'01'.repeat(32)}`, 'hex'))).toBe(
    true,
  );
});

it.each([
  ['nothing', ''],
  ['no sequence', '0206020101020101'],
  ['a length of more', '3007020101020101'],
  ['a length of less', '3005020101020101'],
  ['a long form of the length', '308106020101020101'],
  ['bytes at its end', '300602010102010100'],
  ['bytes at its end that count', '300702010102010100'],
  ['one number', '3003020101'],
  ['three numbers', '3009020101020101020101'],
  ['another kind of number', '3006030101020101'],
  ['an empty number', '30050200020101'],
  ['a negative number', '3006020180020101'],
  ['a number with zeros beyond its 32 bytes', `3026022100${'54'.repeat(32)}020101`],
  ['a number that ends outside', '3006020101020201'],
  ['an endless length', '3080020101020101'],
])('takes no other spelling: %s', (_what, hex) => {
  expect(isStrictSignature(Buffer.from(hex, 'hex'))).toBe(false);
});
