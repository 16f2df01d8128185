import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Assertions } from '../../src/assertion/assertions.ts';
import { createAssertions } from '../../src/assertion/create-assertions.ts';
import type { Settings } from '../../src/settings/settings.ts';
import {
  alice,
  hour,
  minute,
  recordEvents,
  serviceOf,
  sessionOf,
  settingsOf,
  startMs,
} from './assertion-fixture.ts';
import { MemoryKeyStore, memorySecrets } from './memory-key-store.ts';

const open: Assertions[] = [];
afterEach(() => {
  for (const assertions of open.splice(0)) assertions.close();
  vi.useRealTimers();
});

async function start(
  options: { keyStore?: MemoryKeyStore; settings?: () => Settings; now?: () => number } = {},
) {
  const keyStore = options.keyStore ?? new MemoryKeyStore();
  const telemetry = recordEvents();
  const assertions = await createAssertions({
    secrets: memorySecrets(),
    keyStore,
    telemetry,
    settings: options.settings ?? (() => fixedSettings),
    now: options.now ?? (() => startMs),
  });
  open.push(assertions);
  return { assertions, keyStore, telemetry };
}
const fixedSettings = settingsOf();

describe('the token', () => {
  test('has exactly the claims of the contract', async () => {
    const { assertions } = await start();
    const token = assertions.mint(sessionOf(), 'wiki', startMs);
    const claims = decodeJwt(token);
    expect(claims).toEqual({
      iss: 'https://auth.example.com',
      aud: ['wiki'],
      sub: 'alice-1',
      email: 'alice@example.com',
      email_verified: true,
      name: 'Alice Example',
      groups: ['engineers', 'staff'],
      idp: 'google',
      amr: ['pwd', 'mfa'],
      auth_time: (startMs - minute) / 1000,
      iat: startMs / 1000,
      nbf: startMs / 1000,
      exp: startMs / 1000 + 300,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sid: 'session-of-alice',
      type: 'user',
    });
    const kid = assertions.jwks(startMs).keys[0]?.kid;
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', typ: 'JWT', kid });
  });

  test('names a program by its token and has nothing of a person', async () => {
    const { assertions } = await start();
    expect(decodeJwt(assertions.mint(serviceOf(), 'wiki', startMs))).toEqual({
      iss: 'https://auth.example.com',
      aud: ['wiki'],
      sub: 'ci',
      common_name: 'ci',
      iat: startMs / 1000,
      nbf: startMs / 1000,
      exp: startMs / 1000 + 300,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'service',
    });
  });

  test('of a program never outlives its token', async () => {
    const { assertions } = await start();
    const token = assertions.mint(serviceOf({ expiresAtMs: startMs + 30_500 }), 'wiki', startMs);
    expect(decodeJwt(token).exp).toBe(startMs / 1000 + 30);
  });

  test('of a session is never handed out for a token of the same id and revision', async () => {
    const { assertions } = await start();
    const person = assertions.mint(sessionOf({ id: 'same' }), 'wiki', startMs);
    expect(assertions.mint(serviceOf({ id: 'same' }), 'wiki', startMs)).not.toBe(person);
  });

  test('fits into one header field however many groups there are: all of them, or none and a mark', async () => {
    const { assertions } = await start();
    const tokenWith = (count: number): string => {
      const groups = Array.from(
        { length: count },
        (_, n) => `0b6b4f2c-0000-4000-8000-${String(n).padStart(12, '0')}`,
      );
      return assertions.mint(
        sessionOf({ id: `of-${count}`, identity: { ...alice, groups } }),
        'wiki',
        startMs,
      );
    };
    const few = tokenWith(120);
    expect(decodeJwt(few)['groups']).toHaveLength(120);
    expect(decodeJwt(few)['groups_omitted']).toBeUndefined();
    for (const token of [tokenWith(125), tokenWith(10_000)]) {
      expect(decodeJwt(token)).toMatchObject({ groups: [], groups_omitted: true });
      expect(token.length).toBeLessThan(8190);
    }
    expect(few.length).toBeLessThan(8190);
  });

  test('is verified by jose with the published keys', async () => {
    const { assertions } = await start();
    const token = assertions.mint(sessionOf(), 'wiki', startMs);
    const keys = createLocalJWKSet({ keys: [...assertions.jwks(startMs).keys] });
    const verified = await jwtVerify(token, keys, { audience: 'wiki', currentDate: new Date(startMs) });
    expect(verified.payload.sub).toBe('alice-1');
  });

  test('leaves out what is not known, and says nothing about an address that is not verified', async () => {
    const { assertions } = await start();
    const session = sessionOf({ identity: { ...alice, email: null, name: null, groups: [], amr: [] } });
    const claims = decodeJwt(assertions.mint(session, 'wiki', startMs));
    expect(claims).toMatchObject({ groups: [], amr: [] });
    expect(Object.keys(claims)).not.toContain('email');
    expect(Object.keys(claims)).not.toContain('email_verified');
    expect(Object.keys(claims)).not.toContain('name');
  });

  test('never outlives the session, not by a fraction of a second', async () => {
    const { assertions } = await start();
    const session = sessionOf({ expiresAtMs: startMs + 90_999 });
    expect(decodeJwt(assertions.mint(session, 'wiki', startMs)).exp).toBe(startMs / 1000 + 90);
  });

  test('never outlives what is left of the session for this application', async () => {
    const { assertions } = await start();
    const session = sessionOf();
    assertions.mint(session, 'wiki', startMs);
    const token = assertions.mint(session, 'wiki', startMs, startMs + 90_999);
    expect(decodeJwt(token).exp).toBe(startMs / 1000 + 90);
    const later = assertions.mint(
      sessionOf({ expiresAtMs: startMs + 60_000 }),
      'wiki',
      startMs,
      startMs + hour,
    );
    expect(decodeJwt(later).exp).toBe(startMs / 1000 + 60);
  });

  test('carries any text of the provider as data', async () => {
    const { assertions } = await start();
    const name = 'Zoë "\u{1F511}"\r\nX-Evil: 1';
    const token = assertions.mint(sessionOf({ identity: { ...alice, name } }), 'wiki', startMs);
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{86}$/);
    expect(decodeJwt(token)['name']).toBe(name);
  });
});

describe('a minted token is handed out again', () => {
  test('until a minute before it ages out', async () => {
    const { assertions } = await start();
    const session = sessionOf();
    const first = assertions.mint(session, 'wiki', startMs);
    const other = assertions.mint(session, 'photos', startMs);
    expect(other).not.toBe(first);
    expect(assertions.mint(session, 'wiki', startMs + 4 * minute - 1)).toBe(first);
    expect(assertions.mint(session, 'photos', startMs + 4 * minute - 1)).toBe(other);
    expect(assertions.mint(session, 'wiki', startMs + 4 * minute)).not.toBe(first);
    expect(assertions.mint(session, 'photos', startMs + 4 * minute)).not.toBe(other);
  });

  test('until half its life when that is shorter than two minutes', async () => {
    const { assertions } = await start({ settings: () => shortLived });
    const session = sessionOf();
    const first = assertions.mint(session, 'wiki', startMs);
    expect(assertions.mint(session, 'wiki', startMs + 29_999)).toBe(first);
    expect(assertions.mint(session, 'wiki', startMs + 30_000)).not.toBe(first);
  });
  const shortLived = settingsOf('https://auth.example.com', minute);

  test.each([
    ['another session', { id: 'session-of-bob' }],
    ['a newer revision of the session', { revision: 2 }],
    ['a session that now ends sooner', { expiresAtMs: startMs + minute }],
    ['a value of the session that was read anew', {}],
  ])('but not for %s', async (_, change) => {
    const { assertions } = await start();
    const first = assertions.mint(sessionOf(), 'wiki', startMs);
    expect(assertions.mint(sessionOf(change), 'wiki', startMs + 1)).not.toBe(first);
  });

  test('but not where it would outlive the session at this application', async () => {
    const { assertions } = await start();
    const session = sessionOf();
    const endsAtMs = startMs + 2 * minute;
    expect(assertions.mint(session, 'wiki', startMs)).not.toBe(
      assertions.mint(session, 'wiki', startMs, endsAtMs),
    );
  });

  test('but not where a session id and an audience only read alike when put together', async () => {
    const { assertions } = await start();
    const [one, other] = [sessionOf({ id: 'ab' }), sessionOf({ id: 'abc' })];
    for (const session of [one, other]) assertions.mint(session, 'first', startMs);
    assertions.mint(one, 'cwiki', startMs);
    expect(decodeJwt(assertions.mint(other, 'wiki', startMs))).toMatchObject({
      sid: 'abc',
      aud: ['wiki'],
    });
  });

  test('but not after a reload of the settings', async () => {
    let settings = settingsOf();
    const { assertions } = await start({ settings: () => settings });
    const session = sessionOf();
    for (const audience of ['wiki', 'photos']) assertions.mint(session, audience, startMs);
    settings = settingsOf('https://login.example.com');
    for (const audience of ['wiki', 'photos'])
      expect(decodeJwt(assertions.mint(session, audience, startMs)).iss).toBe('https://login.example.com');
  });
});

describe('the published keys', () => {
  test('never contain a private part', async () => {
    const { assertions } = await start();
    for (const key of assertions.jwks(startMs).keys)
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  test('follow what another process does to the store within seconds', async () => {
    vi.useFakeTimers({ now: startMs, toFake: ['setInterval', 'clearInterval', 'Date'] });
    const keyStore = new MemoryKeyStore();
    const { assertions: one } = await start({ keyStore, now: () => Date.now() });
    const { assertions: other } = await start({ keyStore, now: () => Date.now() });
    expect(other.jwks(startMs)).toEqual(one.jwks(startMs));
    const { rotateKeys } = await import('../../src/assertion/rotate-keys.ts');
    const next = await rotateKeys(keyStore, startMs);
    await vi.advanceTimersByTimeAsync(6_000);
    for (const assertions of [one, other])
      expect(assertions.jwks(Date.now()).keys.map((key) => key.kid)).toContain(next.kid);
  });

  test('and minted tokens are forgotten when a key is taken out of the store', async () => {
    vi.useFakeTimers({ now: startMs, toFake: ['setInterval', 'clearInterval', 'Date'] });
    const { assertions, keyStore } = await start({ now: () => Date.now() });
    const stolen = assertions.jwks(startMs).keys[0]?.kid ?? '';
    const session = sessionOf();
    const audiences = ['wiki', 'photos'];
    const before = audiences.map((audience) => assertions.mint(session, audience, startMs));
    keyStore.removeKey(stolen);
    await vi.advanceTimersByTimeAsync(6_000);
    for (const audience of audiences) {
      const after = assertions.mint(session, audience, Date.now());
      expect(before).not.toContain(after);
      expect(decodeProtectedHeader(after).kid).not.toBe(stolen);
    }
  });
});

test('what nobody uses is forgotten within twenty minutes, of assertions and of the tokens of dialects', async () => {
  vi.useFakeTimers({ now: startMs, toFake: ['setInterval', 'clearInterval', 'Date'] });
  const { assertions } = await start({ now: () => Date.now() });
  const application = {
    ...{ name: 'kept', hosts: ['kept.localhost'], audience: 'kept' },
    dialects: [{ name: 'pomerium', audience: null }],
  } as const;
  await assertions.dialects.prepare(application);
  const session = sessionOf();
  const all = (nowMs: number) => [
    assertions.mint(session, 'kept', nowMs),
    ...assertions.dialects.values(session, application, nowMs, session.expiresAtMs),
  ];
  const before = all(startMs);
  expect(all(startMs + 1)).toEqual(before);
  await vi.advanceTimersByTimeAsync(21 * minute);
  // As if it were still the same minute: they would be handed out again if they were there.
  for (const token of all(startMs + 2).filter((text) => text?.includes('.') === true && !text.includes('@')))
    expect(before).not.toContain(token);
});

describe('a store that does not answer', () => {
  test('stops the start', async () => {
    const keyStore = new MemoryKeyStore();
    keyStore.isBroken = true;
    await expect(start({ keyStore })).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  test('later on is reported once, and minting goes on', async () => {
    vi.useFakeTimers({ now: startMs, toFake: ['setInterval', 'clearInterval', 'Date'] });
    const { assertions, keyStore, telemetry } = await start({ now: () => Date.now() });
    keyStore.isBroken = true;
    await vi.advanceTimersByTimeAsync(hour);
    const failed = telemetry.events.filter((event) => event.name === 'store_failed');
    expect(failed.map(({ fields }) => fields)).toEqual([
      { action: 'read-signing-keys', cause: expect.any(String) },
    ]);
    expect(decodeJwt(assertions.mint(sessionOf(), 'wiki', Date.now())).sub).toBe('alice-1');
    keyStore.isBroken = false;
    await vi.advanceTimersByTimeAsync(minute);
    keyStore.isBroken = true;
    await vi.advanceTimersByTimeAsync(minute);
    expect(telemetry.events.filter((event) => event.name === 'store_failed')).toHaveLength(2);
  });
});

describe('a damaged key in the store stops the start', () => {
  test.each([
    ['text that is not a key', () => 'rubbish'],
    ['a key on another curve', () => '{"kty":"EC","crv":"P-384"}'],
    [
      'the public half of another key',
      (mine: string, other: string) => {
        const { x, y } = JSON.parse(other);
        return JSON.stringify({ ...JSON.parse(mine), x, y });
      },
    ],
    ['another key under its id', (_: string, other: string) => other],
    ['a public key only', (mine: string) => JSON.stringify({ ...JSON.parse(mine), d: undefined })],
  ])('%s', async (_, damage) => {
    const { keyStore } = await start();
    const { keyStore: another } = await start();
    const [mine, other] = [keyStore.listKeys()[0], another.listKeys()[0]];
    if (mine === undefined || other === undefined) throw new Error('no keys');
    const secret = JSON.parse(mine.privateJwk).d;
    keyStore.keys.set(mine.kid, { ...mine, privateJwk: damage(mine.privateJwk, other.privateJwk) });
    const failure = await start({ keyStore }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'store_unavailable' });
    expect(String(failure)).not.toContain(secret);
  });
});
