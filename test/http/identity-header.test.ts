// Identity headers: what a provider says, in one line of printable ASCII that cannot pose as something else.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityHeaderValue } from '../../src/http/identity-header.ts';
import type { Identity } from '../../src/rules/model/facts.ts';

const alice: Identity = {
  sub: 'auth0|alice',
  email: 'alice@example.com',
  name: 'Alice Example',
  groups: ['staff', 'wiki editors'],
  claims: { department: 'it', level: 3, isRemote: true, teams: ['a', 'b,c', 7], nested: { a: 1 }, empty: '' },
  idp: 'google',
  amr: [],
  acr: null,
  authTimeMs: 0,
  hardwareKey: null,
};
const name = (value: string) => identityHeaderValue({ kind: 'name' }, { ...alice, name: value });
const groups = (...values: string[]) => identityHeaderValue({ kind: 'groups' }, { ...alice, groups: values });
const claim = (key: string) => identityHeaderValue({ kind: 'claim', claim: key }, alice);

describe('identityHeaderValue', () => {
  it('gives ordinary values as they are', () => {
    expect(identityHeaderValue({ kind: 'email' }, alice)).toBe('alice@example.com');
    expect(identityHeaderValue({ kind: 'sub' }, alice)).toBe('auth0|alice');
    expect(name('Alice Example')).toBe('Alice Example');
    expect(identityHeaderValue({ kind: 'groups' }, alice)).toBe('staff,wiki editors');
    expect([claim('department'), claim('level'), claim('isRemote')]).toEqual(['it', '3', 'true']);
  });

  it('gives nothing for what is not there or has no plain form', () => {
    expect([
      claim('nested'),
      claim('empty'),
      claim('missing'),
      claim('__proto__'),
      claim('constructor'),
    ]).toEqual(Array(5).fill(null));
    expect(identityHeaderValue({ kind: 'email' }, { ...alice, email: null })).toBeNull();
    expect(identityHeaderValue({ kind: 'idp' }, alice)).toBe(alice.idp);
    expect(groups()).toBeNull();
    expect(name('a'.repeat(9000))).toBeNull();
  });

  it('encodes whatever could split a line', () => {
    expect(name('A\r\nX-Bouncer-Groups: admins')).toBe('A%0D%0AX-Bouncer-Groups: admins');
    expect(name('a\u0000b')).toBe('a%00b');
    expect(name('Jos\u00e9')).toBe('Jos%C3%A9');
    expect(name('100%')).toBe('100%25');
    expect(name(' a ')).toBe('%20a%20');
    expect(name('\ud800')).toBe('%EF%BF%BD');
  });

  it('keeps one group from posing as two', () => {
    expect(groups('staff,admins')).toBe('staff%2Cadmins');
    expect(groups('staff%2Cadmins')).toBe('staff%252Cadmins');
    expect(claim('teams')).toBe('a,b%2Cc,7');
  });

  it('is printable ASCII that decodes to the claim, for every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (text) => {
        const value = name(text);
        if (value === null) return text === '';
        return /^[!-~](?:[ -~]*[!-~])?$/.test(value) && decodeURIComponent(value) === text;
      }),
    );
  });
});
