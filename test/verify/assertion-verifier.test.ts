import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAssertionVerifier, VerificationError } from '../../src/verify.ts';
import {
  anotherKey,
  audience,
  encode,
  goodClaims,
  type KeyServer,
  kidOf,
  startKeyServer,
} from './key-server.ts';

let server: KeyServer;
beforeEach(async () => {
  server = await startKeyServer();
});
afterEach(() => server.close());

const verifier = (options: { now?: () => number; clockToleranceSeconds?: number } = {}) =>
  createAssertionVerifier({ issuer: server.origin, audience, ...options });

async function codeOf(token: unknown, verify = verifier()): Promise<string> {
  const outcome = await verify(token).catch((error: unknown) => error);
  if (outcome instanceof VerificationError) return outcome.code;
  return outcome instanceof Error ? String(outcome) : 'accepted';
}

const header = () => ({ alg: 'ES256', typ: 'JWT', kid: kidOf(server) });

test('accepts what bouncer mints, and gives its claims', async () => {
  expect(await verifier()(server.mint())).toMatchObject({
    iss: server.origin,
    aud: ['wiki'],
    sub: 'alice-1',
    email: 'alice@example.com',
    email_verified: true,
    groups: ['engineers', 'staff'],
    type: 'user',
  });
});

test('accepts the claims that the other tests spoil', async () => {
  expect(await codeOf(server.forge(header(), goodClaims(server.origin)))).toBe('accepted');
});

test('does without a name and without an address', async () => {
  const { name, email, email_verified, ...claims } = goodClaims(server.origin);
  expect(await verifier()(server.forge(header(), claims))).not.toHaveProperty('email');
});

describe('the header must be that of an assertion', () => {
  test.each([
    ['no algorithm', { alg: undefined }],
    ['the algorithm none', { alg: 'none' }],
    ['another algorithm', { alg: 'ES384' }],
    ['the name of the algorithm in other letters', { alg: 'es256' }],
    ['no type', { typ: undefined }],
    ['another type', { typ: 'at+jwt' }],
    ['no key id', { kid: undefined }],
    ['an empty key id', { kid: '' }],
    ['a key id that is a list', { kid: ['a'] }],
    ['a critical extension', { crit: ['exp'], exp: 1 }],
    ['a key of its own', { jwk: { kty: 'EC' } }],
    ['an address of keys', { jku: 'https://evil.example/keys' }],
    ['an address of certificates', { x5u: 'https://evil.example/cert' }],
    ['certificates', { x5c: ['AAAA'] }],
    ['an unencoded payload', { b64: false }],
    ['any other parameter', { zip: 'DEF' }],
  ])('%s is refused', async (_, change) => {
    expect(await codeOf(server.forge({ ...header(), ...change }, goodClaims(server.origin)))).toBe(
      'wrong_header',
    );
    expect(server.reads()).toBe(0);
  });

  test('an HMAC with the public key as its secret is refused', async () => {
    const secret = JSON.stringify(server.assertions.jwks(Date.now()).keys[0]);
    const input = `${encode({ ...header(), alg: 'HS256' })}.${encode(goodClaims(server.origin))}`;
    const mac = createHmac('sha256', secret).update(input).digest('base64url');
    expect(await codeOf(`${input}.${mac}`)).toBe('wrong_header');
  });
});

describe('the form must be strict', () => {
  test.each<[string, (token: string) => unknown]>([
    ['nothing', () => undefined],
    ['an empty text', () => ''],
    ['an object', (token) => ({ toString: () => token })],
    ['a list', (token) => [token]],
    ['padding', (token) => `${token}==`],
    ['a space at the end', (token) => `${token} `],
    ['a line feed at the end', (token) => `${token}\n`],
    ['a space inside', (token) => token.replace('.', '. ')],
    ['the alphabet of plain base64', (token) => `+/${token}`],
    ['a fourth part', (token) => `${token}.AAAA`],
    ['no signature', (token) => token.slice(0, token.lastIndexOf('.') + 1)],
    ['two parts', (token) => token.slice(0, token.lastIndexOf('.'))],
    ['an empty payload', (token) => token.replace(/\.[^.]+\./, '..')],
    ['the JSON form', (token) => JSON.stringify({ payload: token })],
    ['Bearer in front', (token) => `Bearer ${token}`],
    ['a header that is not a JSON', (token) => token.replace(/^[^.]+/, 'AAAA')],
    ['a header that is a list', (token) => token.replace(/^[^.]+/, encode(['ES256']))],
    ['a megabyte', (token) => `${token}${'A'.repeat(1 << 20)}`],
  ])('%s is refused', async (_, spoil) => {
    expect(await codeOf(spoil(server.mint()))).toBe('malformed');
    expect(server.reads()).toBe(0);
  });

  test('stray bits at the end of a part are refused', async () => {
    const token = server.mint();
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(token.at(-1) ?? '');
    // 64 bytes end in a character of which four bits count for nothing.
    const others = [1, 2, 4, 8].map((bit) => `${token.slice(0, -1)}${alphabet[last ^ bit]}`);
    for (const other of others) {
      expect(Buffer.from(other.split('.')[2] ?? '', 'base64url')).toEqual(
        Buffer.from(token.split('.')[2] ?? '', 'base64url'),
      );
      expect(await codeOf(other)).toBe('malformed');
    }
  });
});

describe('the signature must be by a published key', () => {
  test('a foreign key under the id of the real one', async () => {
    expect(await codeOf(server.forge(header(), goodClaims(server.origin), anotherKey()))).toBe(
      'bad_signature',
    );
  });

  test('a key that is not published', async () => {
    const token = server.forge({ ...header(), kid: 'other' }, goodClaims(server.origin), anotherKey());
    expect(await codeOf(token)).toBe('unknown_key');
  });

  test('a signature of zeros', async () => {
    const input = `${encode(header())}.${encode(goodClaims(server.origin))}`;
    expect(await codeOf(`${input}.${Buffer.alloc(64).toString('base64url')}`)).toBe('bad_signature');
  });

  test('a payload that was changed', async () => {
    const [head, , signature] = server.mint().split('.');
    const claims = { ...goodClaims(server.origin), groups: ['admins'] };
    expect(await codeOf(`${head}.${encode(claims)}.${signature}`)).toBe('bad_signature');
  });

  test('no change of a single character is accepted', async () => {
    const token = server.mint();
    const verify = verifier();
    expect(await codeOf(token, verify)).toBe('accepted');
    const anyChange = fc.tuple(fc.nat(token.length - 1), fc.string({ minLength: 0, maxLength: 2 }));
    await fc.assert(
      fc.asyncProperty(anyChange, async ([at, text]) => {
        const other = `${token.slice(0, at)}${text}${token.slice(at + 1)}`;
        expect((await codeOf(other, verify)) === 'accepted').toBe(other === token);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the claims must be those of a current assertion for this application', () => {
  const now = Math.floor(Date.now() / 1000);
  test.each<[string, Record<string, unknown>, string]>([
    ['another issuer', { iss: 'https://evil.example' }, 'wrong_issuer'],
    ['the issuer with a slash', { iss: 'https://auth.example.com/' }, 'wrong_issuer'],
    ['no issuer', { iss: undefined }, 'wrong_issuer'],
    ['another audience', { aud: ['photos'] }, 'wrong_audience'],
    ['a second audience', { aud: ['wiki', 'photos'] }, 'wrong_audience'],
    ['the audience as a text', { aud: 'wiki' }, 'wrong_audience'],
    ['no audience', { aud: undefined }, 'wrong_audience'],
    ['an expiry that has passed', { exp: now - 60 }, 'expired'],
    ['no expiry', { exp: undefined }, 'wrong_claims'],
    ['an expiry as a text', { exp: `${now + 300}` }, 'wrong_claims'],
    ['a begin in the future', { nbf: now + 60 }, 'not_yet_valid'],
    ['no begin', { nbf: undefined }, 'wrong_claims'],
    ['an issue in the future', { iat: now + 60 }, 'not_yet_valid'],
    ['no issue time', { iat: undefined }, 'wrong_claims'],
    ['another type', { type: 'service' }, 'wrong_claims'],
    ['no type', { type: undefined }, 'wrong_claims'],
    ['no subject', { sub: undefined }, 'wrong_claims'],
    ['an empty subject', { sub: '' }, 'wrong_claims'],
    ['a subject that is a number', { sub: 7 }, 'wrong_claims'],
    ['an address that is not verified', { email_verified: false }, 'wrong_claims'],
    ['an address without a word on it', { email_verified: undefined }, 'wrong_claims'],
    ['a verified address that is absent', { email: undefined }, 'wrong_claims'],
    ['an address that is a list', { email: ['a@example.com'] }, 'wrong_claims'],
    ['a name that is an object', { name: {} }, 'wrong_claims'],
    ['groups as a text', { groups: 'admins' }, 'wrong_claims'],
    ['a group that is a list', { groups: [['admins']] }, 'wrong_claims'],
    ['a mark of omitted groups that is not a mark', { groups_omitted: 'yes' }, 'wrong_claims'],
    ['no groups', { groups: undefined }, 'wrong_claims'],
    ['no session', { sid: undefined }, 'wrong_claims'],
    ['no id', { jti: undefined }, 'wrong_claims'],
    ['a login time that is a text', { auth_time: 'now' }, 'wrong_claims'],
  ])('%s is refused', async (_, change, code) => {
    expect(await codeOf(server.forge(header(), { ...goodClaims(server.origin), ...change }))).toBe(code);
  });

  test('claims that are no object are refused', async () => {
    expect(await codeOf(server.forge(header(), ['wiki']))).toBe('malformed');
  });

  test('a token ends with its expiry and the tolerance', async () => {
    const claims = goodClaims(server.origin);
    const token = server.forge(header(), claims);
    const at = (seconds: number) => verifier({ now: () => (Number(claims['exp']) + seconds) * 1000 });
    expect(await codeOf(token, at(4))).toBe('accepted');
    expect(await codeOf(token, at(5))).toBe('expired');
    const strict = verifier({ clockToleranceSeconds: 0, now: () => Number(claims['exp']) * 1000 });
    expect(await codeOf(token, strict)).toBe('expired');
  });
});

describe('a mistake in the options shows at the start', () => {
  test.each<[string, object]>([
    ['an issuer with a path', { issuer: 'https://auth.example.com/login' }],
    ['an issuer with a slash', { issuer: 'https://auth.example.com/' }],
    ['an issuer that is not a URL', { issuer: 'auth.example.com' }],
    ['an issuer over plain HTTP', { issuer: 'http://auth.example.com' }],
    ['an address of keys over plain HTTP', { jwksUrl: 'http://auth.example.com/keys' }],
    ['an address of keys in a file', { jwksUrl: 'file:///etc/keys.json' }],
    ['an address of keys with a password', { jwksUrl: 'https://a:b@auth.example.com/keys' }],
    ['an empty audience', { audience: '' }],
    ['a tolerance of an hour', { clockToleranceSeconds: 3600 }],
    ['a tolerance that is not a number', { clockToleranceSeconds: Number.NaN }],
  ])('%s', (_, change) => {
    const options = { issuer: 'https://auth.example.com', audience, ...change };
    expect(() => createAssertionVerifier(options)).toThrow(TypeError);
  });
});
