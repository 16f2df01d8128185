// What logins have in common is one copy for all of them, and says the same as each one's own.
import { expect, it } from 'vitest';
import type { Identity } from '../../src/rules/model/facts.ts';
import { shareParts } from '../../src/store/shared-parts.ts';

const written = (more: Partial<Identity>): string =>
  JSON.stringify({
    ...{ sub: 'a', email: null, name: null, groups: ['staff', 'engineering'], claims: {}, idp: 'test' },
    ...{ amr: ['pwd', 'otp'], acr: null, authTimeMs: 5, hardwareKey: null, ...more },
  });
const read = (text: string): Identity => shareParts(JSON.parse(text) as Identity);

it.each([
  ['plain', {}],
  ['without groups and ways', { groups: [], amr: [] }],
  ['with the same group twice', { groups: ['a', 'a'] }],
  ['with claims', { claims: { roles: ['x'], deep: { a: 1 } } }],
  ['with texts that are longer than what is shared', { groups: ['g'.repeat(300)], amr: ['m'.repeat(300)] }],
  ['with ways that run into one another', { amr: ['pwd","otp'] }],
  ['with names of JavaScript', { groups: ['__proto__', 'constructor'], amr: ['__proto__'] }],
])('an identity %s says what was written', (_, more) => {
  const text = written(more as Partial<Identity>);
  for (let again = 0; again < 2; again++) expect(JSON.stringify(read(text))).toBe(text);
});

it('shares ways to log in and that there are no claims, and nobody can change them', () => {
  const [one, other] = [read(written({})), read(written({ sub: 'b', groups: ['staff'] }))];
  expect(other.amr).toBe(one.amr);
  expect(other.claims).toBe(one.claims);
  for (const part of [one.amr, one.claims, one.groups, other.groups])
    expect(Object.isFrozen(part)).toBe(true);
  expect(read(written({ amr: ['otp', 'pwd'] })).amr).toEqual(['otp', 'pwd']);
  const own = read(written({ claims: { a: 1 } }));
  expect(own.claims).not.toBe(read(written({ claims: { a: 1 } })).claims);
});

const nine = Array.from({ length: 9 }, (_, i) => `group-${i}`);
const long = ['g'.repeat(200), 'h'.repeat(200)];

it('shares a short list of groups, and freezes one that it does not share', () => {
  expect(read(written({ sub: 'b' })).groups).toBe(read(written({})).groups);
  for (const groups of [nine, long]) {
    const [one, other] = [read(written({ groups })), read(written({ groups }))];
    expect(one.groups).not.toBe(other.groups);
    expect(one.groups).toEqual(groups);
    expect(Object.isFrozen(one.groups)).toBe(true);
  }
});

it('goes on when more is in use than is shared', () => {
  for (let i = 0; i < 20_000; i++) expect(read(written({ groups: [`g-${i}`] })).groups).toEqual([`g-${i}`]);
  expect(read(written({})).groups).toEqual(['staff', 'engineering']);
});
