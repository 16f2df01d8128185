import { createPrivateKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { rotateKeys } from '../../src/assertion/rotate-keys.ts';
import { createAssertionVerifier } from '../../src/verify.ts';
import { anotherKey, audience, goodClaims, type KeyServer, kidOf, startKeyServer } from './key-server.ts';

let server: KeyServer;
beforeEach(async () => {
  server = await startKeyServer();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server.close();
});

const verifier = (origin = server.origin) =>
  createAssertionVerifier({ issuer: server.origin, audience, jwksUrl: `${origin}/.well-known/jwks.json` });

/** Moves the clocks by which keys age, without touching any timer. */
function jump(ms: number): void {
  const [date, monotonic] = [Date.now() + ms, performance.now() + ms];
  vi.restoreAllMocks();
  vi.spyOn(Date, 'now').mockReturnValue(date);
  vi.spyOn(performance, 'now').mockReturnValue(monotonic);
}

test('the keys are read once for many tokens at once', async () => {
  const verify = verifier();
  await Promise.all(Array.from({ length: 50 }, () => verify(server.mint())));
  await verify(server.mint());
  expect(server.reads()).toBe(1);
});

test('names under localhost are this machine, whatever the resolver knows', async () => {
  const verify = verifier(server.origin.replace('127.0.0.1', 'auth.localhost'));
  expect((await verify(server.mint())).sub).toBe('alice-1');
});

test('unknown key ids do not drive traffic', async () => {
  const verify = verifier();
  await verify(server.mint());
  const forged = (kid: string) =>
    server.forge({ alg: 'ES256', typ: 'JWT', kid }, goodClaims(server.origin), anotherKey());
  for (let index = 0; index < 100; index += 1)
    await expect(verify(forged(`kid-${index}`))).rejects.toMatchObject({ code: 'unknown_key' });
  expect(server.reads()).toBe(1);
});

test('a key that appears later is found after the cool-down', async () => {
  const verify = verifier();
  await verify(server.mint());
  await rotateKeys(server.keyStore, Date.now());
  const next = server.keyStore.listKeys()[1];
  server.answer = (_, response) => {
    const { d, ...key } = JSON.parse(next?.privateJwk ?? '{}');
    response.end(JSON.stringify({ keys: [{ ...key, kid: next?.kid, alg: 'ES256', use: 'sig' }] }));
  };
  jump(31_000);
  const claims = goodClaims(server.origin);
  const key = createPrivateKey({ key: JSON.parse(next?.privateJwk ?? '{}'), format: 'jwk' });
  const token = server.forge({ alg: 'ES256', typ: 'JWT', kid: next?.kid }, claims, key);
  expect((await verify(token)).sub).toBe('alice-1');
  expect(server.reads()).toBe(2);
});

describe('keys that cannot be read', () => {
  test.each<[string, KeyServer['answer']]>([
    ['an error status', (_, response) => response.writeHead(500).end()],
    ['a redirect', (_, response) => response.writeHead(302, { location: 'https://evil.example' }).end()],
    ['no JSON', (_, response) => response.end('<html>')],
    ['JSON that is not a key set', (_, response) => response.end('{"keys":"none"}')],
    [
      'an endless answer',
      (_, response) => {
        response.on('error', () => {});
        const write = (): void => {
          if (!response.destroyed) response.write('x'.repeat(65_536), () => setImmediate(write));
        };
        write();
      },
    ],
    ['a cut connection', (request) => request.socket.destroy()],
  ])('%s: nothing is verified, and the code says why', async (_, answer) => {
    server.answer = answer;
    await expect(verifier()(server.mint())).rejects.toMatchObject({ code: 'keys_unavailable', status: 503 });
  });

  test('a failed read is not repeated by every request', async () => {
    server.answer = (_, response) => response.writeHead(500).end();
    const verify = verifier();
    for (let index = 0; index < 20; index += 1) await verify(server.mint()).catch(() => undefined);
    expect(server.reads()).toBe(1);
  });

  test('with bouncer back the next read succeeds', async () => {
    server.answer = (_, response) => response.writeHead(500).end();
    const verify = verifier();
    await verify(server.mint()).catch(() => undefined);
    server.answer = null;
    jump(3_000);
    expect((await verify(server.mint())).sub).toBe('alice-1');
  });

  test('a refresh that fails leaves the keys at hand in use, for an hour', async () => {
    const verify = verifier();
    const forged = () =>
      server.forge({ alg: 'ES256', typ: 'JWT', kid: kidOf(server) }, goodClaims(server.origin));
    await verify(forged());
    server.answer = (_, response) => response.writeHead(500).end();
    jump(11 * 60_000);
    expect((await verify(forged())).sub).toBe('alice-1');
    await vi.waitFor(() => expect(server.reads()).toBe(2), { timeout: 30_000 });
    jump(50 * 60_000);
    await expect(verify(forged())).rejects.toMatchObject({ code: 'keys_unavailable' });
  });

  test('keys are refreshed in the background', async () => {
    const verify = verifier();
    const forged = () =>
      server.forge({ alg: 'ES256', typ: 'JWT', kid: kidOf(server) }, goodClaims(server.origin));
    await verify(forged());
    jump(11 * 60_000);
    await verify(forged());
    await vi.waitFor(() => expect(server.reads()).toBe(2), { timeout: 30_000 });
  });
});

test('a key on another curve, or a point that is on none, verifies nothing', async () => {
  for (const spoil of [{ crv: 'P-384' }, { x: 'A'.repeat(43) }, { kty: 'oct', k: 'AAAA' }]) {
    server.answer = (_, response) => {
      const [key] = server.assertions.jwks(Date.now()).keys;
      response.end(JSON.stringify({ keys: [{ ...key, ...spoil }] }));
    };
    await expect(verifier()(server.mint())).rejects.toMatchObject({ name: 'VerificationError' });
  }
});
