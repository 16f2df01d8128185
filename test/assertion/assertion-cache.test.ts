import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AssertionCache } from '../../src/assertion/assertion-cache.ts';
import { day, minute, sessionOf, startMs } from './assertion-fixture.ts';

const endMs = startMs + day;

const minted = (token: string, audience = 'wiki') => ({
  token,
  audience,
  issuedAtSeconds: startMs / 1000,
  expiresAtSeconds: (startMs + 5 * minute) / 1000,
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
    expect(cache.size).toBeLessThanOrEqual(14);
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
  const other = { ...session };
  for (const audience of ['wiki', 'git']) cache.write(session, minted('mine', audience));
  for (const audience of ['wiki', 'git']) expect(cache.read(other, audience, startMs, endMs)).toBe(null);
  cache.write(other, minted('theirs'));
  expect(cache.read(other, 'git', startMs, endMs)).toBe(null);
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

test('what was cleared is not handed out again, for no application', () => {
  const cache = new AssertionCache(10);
  const session = sessionOf();
  for (const audience of ['wiki', 'git']) cache.write(session, minted(`old ${audience}`, audience));
  cache.clear();
  expect(cache.size).toBe(0);
  cache.write(session, minted('new'));
  expect(cache.read(session, 'git', startMs, endMs)).toBe(null);
});

test.each([
  ['revision', { revision: 2 }],
  ['kind', { kind: 'service' }],
  ['id', { id: 'another' }],
])('what was minted for a second application is not handed out for another %s', (_, change) => {
  const cache = new AssertionCache(10);
  const one = sessionOf();
  const other = { ...one, ...change } as typeof one;
  for (const each of [one, other]) cache.write(each, minted('first'));
  cache.write(one, minted('mine for git', 'git'));
  expect(cache.read(one, 'git', startMs, endMs)).toBe('mine for git');
  expect(cache.read(other, 'git', startMs, endMs)).toBe(null);
});

test('a further one that became the first does not come back as what it was before', () => {
  const cache = new AssertionCache(2);
  const [one = sessionOf(), ...others] = people(3);
  const forgetOne = () => others.forEach((other) => void cache.write(other, minted('theirs')));
  cache.write(one, minted('wiki 1'));
  cache.write(one, minted('git 1', 'git'));
  forgetOne();
  cache.write(one, minted('git 2', 'git'));
  forgetOne();
  cache.write(one, minted('wiki 2'));
  expect(cache.read(one, 'git', startMs, endMs)).toBe(null);
});

test('an assertion never comes to another person or application, nor an older one back', () => {
  const everybody = people(4);
  const audiences = ['wiki', 'git', 'photos', ''];
  const step = fc.record({
    what: fc.constantFrom('write', 'read', 'read', 'forget'),
    who: fc.constantFrom(...everybody.keys()),
    audience: fc.constantFrom(...audiences),
  });
  let hits = 0;
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 50, maxLength: 200, size: 'max' }),
      fc.integer({ min: 2, max: 20 }),
      (steps, capacity) => {
        const cache = new AssertionCache(capacity);
        const last = new Map<string, string>();
        for (const [at, { what, who, audience }] of steps.entries()) {
          const session = everybody[who] ?? sessionOf();
          const token = `${who} ${audience} ${at}`;
          if (what === 'forget') cache.forgetUnused(startMs + at * 20 * minute);
          else if (what === 'write') {
            cache.write(session, minted(token, audience));
            last.set(`${who} ${audience}`, token);
            expect(cache.read(session, audience, startMs, endMs)).toBe(token);
          } else {
            const read = cache.read(session, audience, startMs, endMs);
            if (read === null) continue;
            hits += 1;
            expect(read).toBe(last.get(`${who} ${audience}`));
          }
        }
      },
    ),
    { numRuns: 500 },
  );
  expect(hits).toBeGreaterThan(500);
});
