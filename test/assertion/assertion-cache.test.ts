import { expect, test } from 'vitest';
import { AssertionCache } from '../../src/assertion/assertion-cache.ts';
import { day, minute, sessionOf, startMs } from './assertion-fixture.ts';

const endMs = startMs + day;

const minted = (token: string) => ({
  token,
  mintedAtMs: startMs,
  expiresAtMs: startMs + 5 * minute,
});

test('it never holds more than its capacity', () => {
  const cache = new AssertionCache(10);
  for (let index = 0; index < 1_000; index += 1) {
    const session = sessionOf({ id: `s${index}` });
    cache.write(session, 'wiki', minted(`t${index}`));
    cache.read(sessionOf({ id: `s${Math.floor(index / 2)}` }), 'wiki', startMs, endMs);
    expect(cache.size).toBeLessThanOrEqual(10);
  }
});

test('what is read again and again stays while others come and go', () => {
  const cache = new AssertionCache(10);
  const busy = sessionOf({ id: 'busy' });
  cache.write(busy, 'wiki', minted('mine'));
  for (let index = 0; index < 100; index += 1) {
    cache.write(sessionOf({ id: `s${index}` }), 'wiki', minted('other'));
    expect(cache.read(busy, 'wiki', startMs, endMs)).toBe('mine');
  }
});

test('a token from the future of a clock that went back is not handed out', () => {
  const cache = new AssertionCache(10);
  cache.write(sessionOf(), 'wiki', minted('mine'));
  expect(cache.read(sessionOf(), 'wiki', startMs - day, endMs)).toBe(null);
});

test('what nobody uses is forgotten within twenty minutes, and what is used stays', () => {
  const cache = new AssertionCache(1_000);
  for (let index = 0; index < 100; index += 1)
    cache.write(sessionOf({ id: `s${index}` }), 'wiki', minted('t'));
  for (let tick = 0; tick <= 21; tick += 1) {
    cache.forgetUnused(startMs + tick * minute);
    cache.read(sessionOf({ id: 's7' }), 'wiki', startMs + minute, endMs);
  }
  expect(cache.size).toBe(1);
  expect(cache.read(sessionOf({ id: 's7' }), 'wiki', startMs + minute, endMs)).toBe('t');
});
