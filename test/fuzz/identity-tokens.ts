// Fuzz target: tokens and key sets of a provider are taken apart without a throw, and only in one spelling.
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { BouncerError } from '../../src/bouncer-error.ts';
import { checkIdToken } from '../../src/identity/oidc/id-token-checks.ts';
import { parseKeySet } from '../../src/identity/oidc/key-set.ts';
import { checkTokenShape } from '../../src/identity/oidc/token-shape.ts';
import { checkCompactForm, checkHeader } from '../../src/verify/token-form.ts';
import { VerificationError } from '../../src/verify/verification-error.ts';
import { checkClaims } from '../../src/verify/verified-assertion.ts';
import { anyCharacter } from '../fixtures/any-character.ts';
import { fuzzTarget } from './fuzz-target.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value) ?? '').toString('base64url');
const json = fc.jsonValue({ maxDepth: 2 });
const algorithm = fc.constantFrom(
  'RS256',
  'none',
  'None',
  'HS256',
  'ES256',
  'rs256',
  'RS256 ',
  'EdDSA',
  'PS256',
  '',
);
const field = fc.constantFrom(
  'alg',
  'kid',
  'typ',
  'jwk',
  'jku',
  'x5u',
  'x5c',
  'crit',
  'b64',
  'zip',
  'enc',
  'cty',
  '__proto__',
);
const header = fc
  .tuple(algorithm, fc.dictionary(field, json, { maxKeys: 4 }))
  .map(([alg, more]) => ({ alg, ...more }));
const claims = fc.dictionary(
  fc.constantFrom(
    'iss',
    'aud',
    'azp',
    'sub',
    'exp',
    'iat',
    'nbf',
    'nonce',
    'at_hash',
    'auth_time',
    'sid',
    'events',
  ),
  json,
  { maxKeys: 10 },
);
const signature = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));
const token = fc
  .tuple(header, claims, signature)
  .map(([one, two, three]) => `${encode(one)}.${encode(two)}.${three}`);
const spoiler = fc.constantFrom('=', ' ', '\n', '.', '+', '/', '\u0000', '\u00e9', '%', '~');
const good = `${encode({ alg: 'RS256', kid: 'k', typ: 'JWT' })}.${encode({ iss: 'i', sub: 's' })}.${Buffer.alloc(8, 1).toString('base64url')}`;
const badFields = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'enc', 'cty'];
const honest = ['rsa', 'ec'].map((type, index) => {
  const { publicKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...publicKey.export({ format: 'jwk' }), kid: `k${index}` } as Record<string, unknown>;
});
const keyField = fc.constantFrom('kty', 'n', 'e', 'd', 'k', 'crv', 'x', 'y', 'use', 'kid', 'alg', 'key_ops');
const keyValue = fc.oneof(
  json,
  fc.constantFrom('RSA', 'EC', 'oct', 'OKP', 'AQAB', 'AQ', '', 'sig', 'enc', 'P-256', 'secp256k1'),
);
const key = fc.oneof(
  json,
  fc
    .tuple(fc.constantFrom(...honest), fc.dictionary(keyField, keyValue, { maxKeys: 3 }))
    .map(([base, more]) => ({ ...base, ...more })),
);

function throwsOnly(run: () => unknown, type: new (...all: never[]) => Error): boolean {
  try {
    run();
    return true;
  } catch (error) {
    return error instanceof type;
  }
}

export const identityTokens = fuzzTarget('identity-tokens', {
  'any text is judged, and what passes has an algorithm of the settings and brings no key': fc.property(
    fc.oneof(token, fc.string({ unit: anyCharacter, maxLength: 60 })),
    (text) => {
      const read = checkTokenShape(text, ['RS256', 'HS256', 'none'], ['jwt']);
      if (read === null) return true;
      const parsed: unknown = JSON.parse(Buffer.from(text.split('.')[0] ?? '', 'base64url').toString());
      return read.header.alg === 'RS256' && badFields.every((name) => !Object.hasOwn(parsed as object, name));
    },
  ),
  'a second spelling of a good token is none': fc.property(fc.nat(good.length), spoiler, (at, spoil) => {
    if (checkTokenShape(good, ['RS256'], ['jwt']) === null) return false;
    return checkTokenShape(good.slice(0, at) + spoil + good.slice(at), ['RS256'], ['jwt']) === null;
  }),
  'claims of any type are judged': fc.property(claims, (value) => {
    const problem = checkIdToken(value, {
      issuer: 'https://idp.test',
      clientId: 'c',
      algorithm: 'RS256',
      accessToken: 'a',
      nowMs: 1_800_000_000_000,
    });
    return problem !== null && problem.cause.length < 2000;
  }),
  'a key set of any shape is read into sound public keys, or refused': fc.property(
    fc.oneof(
      json,
      fc.array(key, { maxLength: 4 }).map((keys) => ({ keys })),
    ),
    (document) => {
      try {
        const { keys } = parseKeySet(document);
        return keys.every(
          (one) =>
            ['RSA', 'EC', 'OKP'].includes(String(one.kty)) &&
            !('d' in one) &&
            !('k' in one) &&
            (one.use ?? 'sig') === 'sig',
        );
      } catch (error) {
        return error instanceof BouncerError && error.code === 'login_failed';
      }
    },
  ),
  'an application judges the form of any token': fc.property(
    fc.oneof(token, fc.string({ unit: anyCharacter, maxLength: 60 }), json),
    (text) => throwsOnly(() => checkHeader(checkCompactForm(text)), VerificationError),
  ),
  'an application judges claims of any type': fc.property(claims, (value) =>
    throwsOnly(() => checkClaims(value as never, 'app'), VerificationError),
  ),
});
