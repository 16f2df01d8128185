import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { publishAheadMs, signingKeyAt, signingPeriodMs } from '../../src/assertion/key-schedule.ts';
import { maintainKeys } from '../../src/assertion/maintain-keys.ts';
import { listKeys, rotateKeys } from '../../src/assertion/rotate-keys.ts';
import { day, hour, minute, recordEvents, startMs } from './assertion-fixture.ts';
import { MemoryKeyStore } from './memory-key-store.ts';

const lifetimeMs = 5 * minute;
const telemetry = recordEvents();
const maintain = (keyStore: MemoryKeyStore, nowMs: number) =>
  maintainKeys({ keyStore, telemetry, lifetimeMs, nowMs });

describe('rotation', () => {
  test('the first start makes one key, which signs at once', async () => {
    const keyStore = new MemoryKeyStore();
    const keys = await maintain(keyStore, startMs);
    expect(keys).toHaveLength(1);
    expect(await maintain(keyStore, startMs + day)).toEqual(keys);
  });

  test('a key signs for thirty days; the next one is published before it signs', async () => {
    const keyStore = new MemoryKeyStore();
    const [first] = await maintain(keyStore, startMs);
    const beforeDue = await maintain(keyStore, startMs + signingPeriodMs - publishAheadMs - 1);
    expect(beforeDue).toHaveLength(1);
    const published = await maintain(keyStore, startMs + signingPeriodMs - publishAheadMs);
    expect(published).toHaveLength(2);
    expect(signingKeyAt(published, startMs + signingPeriodMs - 1)?.kid).toBe(first?.kid);
    expect(signingKeyAt(published, startMs + signingPeriodMs)?.kid).toBe(published[1]?.kid);
  });

  test('an old key stays until nothing it signed is valid, and then goes', async () => {
    const keyStore = new MemoryKeyStore();
    await maintain(keyStore, startMs);
    const next = await rotateKeys(keyStore, startMs);
    expect(await maintain(keyStore, next.signsFromMs + lifetimeMs + hour - 1)).toHaveLength(2);
    expect(await maintain(keyStore, next.signsFromMs + lifetimeMs + hour)).toHaveLength(1);
    expect(keyStore.listKeys().map((key) => key.kid)).toEqual([next.kid]);
  });

  test('every step in the life of a key is told once', async () => {
    const keyStore = new MemoryKeyStore();
    const told = recordEvents();
    const at = (nowMs: number) => maintainKeys({ keyStore, telemetry: told, lifetimeMs, nowMs });
    const [first] = await at(startMs);
    const dueMs = startMs + signingPeriodMs - publishAheadMs;
    const hours = Array.from({ length: 6 }, (_, index) => dueMs + index * hour);
    for (const nowMs of hours) await at(nowMs);
    expect(
      told.events.map(({ name, fields }) => [name, fields['kid'] === first?.kid, fields['is_published']]),
    ).toEqual([
      ['key_created', true, undefined],
      ['key_created', false, undefined],
      ['key_retired', true, true],
      ['key_retired', true, false],
    ]);
  });

  test('at no time is a token valid whose key is not published, or signed by a key that was not published before', async () => {
    const hops = fc.array(fc.integer({ min: minute, max: 20 * day }), { minLength: 1, maxLength: 40 });
    const asked = fc.array(fc.boolean(), { minLength: 40, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(hops, asked, async (steps, rotates) => {
        const keyStore = new MemoryKeyStore();
        const seenSince = new Map<string, number>();
        const signed: { kid: string; untilMs: number }[] = [];
        let nowMs = startMs;
        for (const [index, step] of steps.entries()) {
          if (rotates[index] === true) await rotateKeys(keyStore, nowMs);
          const keys = await maintain(keyStore, nowMs);
          for (const { kid } of keys) if (!seenSince.has(kid)) seenSince.set(kid, nowMs);
          // This process mints with what it read, until it reads again a minute later.
          for (const at of [nowMs, nowMs + minute]) {
            const kid = signingKeyAt(keys, at)?.kid ?? '';
            const isFirst = seenSince.size === 1 || seenSince.get(kid) === startMs;
            expect(isFirst || at - (seenSince.get(kid) ?? at) >= publishAheadMs).toBe(true);
            signed.push({ kid, untilMs: at + lifetimeMs });
          }
          const published = new Set(keys.map((key) => key.kid));
          for (const { kid, untilMs } of signed) expect(untilMs < nowMs || published.has(kid)).toBe(true);
          nowMs += step;
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a clock that jumps back leaves a key to sign with', async () => {
    const keyStore = new MemoryKeyStore();
    await maintain(keyStore, startMs);
    const keys = await maintain(keyStore, startMs - 400 * day);
    expect(signingKeyAt(keys, startMs - 400 * day)).toBeDefined();
  });
});

describe('several processes on one store', () => {
  test('that start together end with the same signing key', async () => {
    const keyStore = new MemoryKeyStore();
    await Promise.all([
      maintain(keyStore, startMs),
      maintain(keyStore, startMs + 1),
      maintain(keyStore, startMs),
    ]);
    const readings = [await maintain(keyStore, startMs + 2), await maintain(keyStore, startMs + 3)];
    const [one, other] = readings.map((keys) => signingKeyAt(keys, startMs + minute)?.kid);
    expect(one).toBe(other);
  });

  test('that both notice that a key is due agree on the one that takes over', async () => {
    const keyStore = new MemoryKeyStore();
    await maintain(keyStore, startMs + 20_000);
    const dueMs = startMs + 20_000 + signingPeriodMs - publishAheadMs;
    const readings = await Promise.all([maintain(keyStore, dueMs), maintain(keyStore, dueMs + 1_234)]);
    const keys = await maintain(keyStore, dueMs + minute);
    expect(keys.length).toBeGreaterThanOrEqual(2);
    for (const reading of readings)
      for (const { kid } of reading) expect(keys.map((key) => key.kid)).toContain(kid);
    expect(new Set(keys.slice(1).map((key) => key.signsFromMs)).size).toBe(1);
  });
});

describe('`signing-key rotate` and `signing-key list`', () => {
  test('a rotation publishes a key that signs in an hour; asking twice makes one', async () => {
    const keyStore = new MemoryKeyStore();
    await maintain(keyStore, startMs);
    const next = await rotateKeys(keyStore, startMs);
    expect(next).toMatchObject({ state: 'next', signsFromMs: startMs + publishAheadMs });
    expect(await rotateKeys(keyStore, startMs + minute)).toEqual(next);
    expect((await listKeys(keyStore, startMs)).map((key) => key.state)).toEqual(['signing', 'next']);
    expect((await listKeys(keyStore, next.signsFromMs)).map((key) => key.state)).toEqual([
      'retired',
      'signing',
    ]);
  });

  test('with an empty store the new key signs at once', async () => {
    expect(await rotateKeys(new MemoryKeyStore(), startMs)).toMatchObject({ state: 'signing' });
  });

  test('a listing has no secret', async () => {
    const keyStore = new MemoryKeyStore();
    await maintain(keyStore, startMs);
    const [listing] = await listKeys(keyStore, startMs);
    expect(Object.keys(listing ?? {}).sort()).toEqual([
      'algorithm',
      'createdAtMs',
      'kid',
      'retiredAtMs',
      'signs',
      'signsFromMs',
      'state',
    ]);
  });
});
