import { expect, test } from 'vitest';
import { AssertionCache } from '../../src/assertion/assertion-cache.ts';
import { day, minute, sessionOf, startMs } from './assertion-fixture.ts';

const endMs = startMs + day;

const minted = (token: string, audience = 'wiki') => ({
  token,
  audience,
  issuedAt: startMs / 1000,
  expiresAt: (startMs + 5 * minute) / 1000,
});

const people = (count: number) => Array.from({ length: count }, (_, index) => sessionOf({ id: `s${index}` }));

test('it never holds more than its capacity of first audiences, nor of further ones', () => {
  const cache = new AssertionCache(10);
  const everybody = people(1_000);
  const audiences = ['wiki', 'git', 'photos'];
  for (const [index, session] of everybody.entries()) {
    for (const audience of audiences) cache.write(session, minted(`t${index}`, audience));
    const earlier = everybody[Math.floor(index / 2)] ?? session;
    for (const audience of audiences) cache.read(earlier, audience, startMs, endMs);
    expect(cache.size).toBeLessThanOrEqual(20);
  }
});

test('what is read again and again stays while others come and go', () => {
  const cache = new AssertionCache(10);
  const busy = sessionOf({ id: 'busy' });
  cache.write(busy, minted('mine'));
  cache.write(busy, minted('mine for git', 'git'));
  for (const other of people(100)) {
    cache.write(other, minted('other'));
    cache.write(other, minted('other', 'git'));
    expect(cache.read(busy, 'wiki', startMs, endMs)).toBe('mine');
    expect(cache.read(busy, 'git', startMs, endMs)).toBe('mine for git');
  }
});

test('a token from the future of a clock that went back is not handed out', () => {
  const cache = new AssertionCache(10);
  const session = sessionOf();
  cache.write(session, minted('mine'));
  expect(cache.read(session, 'wiki', startMs - day, endMs)).toBe(null);
  expect(cache.read(session, 'wiki', startMs, endMs)).toBe('mine');
});

test('what was minted for one value of a session is not handed out for another, however alike', () => {
  const cache = new AssertionCache(10);
  const session = sessionOf();
  cache.write(session, minted('mine'));
  expect(cache.read({ ...session }, 'wiki', startMs, endMs)).toBe(null);
});

test('what nobody uses is forgotten within twenty minutes, and what is used stays', () => {
  const cache = new AssertionCache(1_000);
  const everybody = people(100);
  const [used] = everybody.slice(7);
  if (used === undefined) throw new Error('nobody');
  for (const session of everybody) {
    cache.write(session, minted('t'));
    cache.write(session, minted('t for git', 'git'));
  }
  for (let tick = 0; tick <= 21; tick += 1) {
    cache.forgetUnused(startMs + tick * minute);
    for (const audience of ['wiki', 'git']) cache.read(used, audience, startMs + minute, endMs);
  }
  expect(cache.size).toBe(2);
  expect(cache.read(used, 'wiki', startMs + minute, endMs)).toBe('t');
  expect(cache.read(used, 'git', startMs + minute, endMs)).toBe('t for git');
});

/** Any order of writes and reads by anybody: what is read is what was written last for exactly that pair, or nothing. */
test('an assertion never comes to another person or application', () => {
  const cache = new AssertionCache(40);
  const everybody = people(12);
  const audiences = ['wiki', 'git', 'photos', ''];
  const last = new Map<string, string>();
  let hits = 0;
  let seed = 7;
  const next = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  for (let step = 0; step < 20_000; step += 1) {
    const who = next(everybody.length);
    const audience = audiences[next(audiences.length)] ?? '';
    const session = everybody[who];
    if (session === undefined) throw new Error('nobody');
    if (next(3) === 0) {
      const token = `${who} ${audience} ${step}`;
      cache.write(session, minted(token, audience));
      last.set(`${who} ${audience}`, token);
    } else if (next(500) === 0) cache.forgetUnused(startMs + step * minute);
    else {
      const read = cache.read(session, audience, startMs, endMs);
      if (read !== null) hits += 1;
      expect(read === null || read === last.get(`${who} ${audience}`)).toBe(true);
    }
  }
  expect(hits).toBeGreaterThan(1_000);
});
