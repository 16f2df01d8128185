// Bouncer's own cookies: one, exact, or none.
import { describe, expect, it } from 'vitest';
import {
  clearCookie,
  findCookie,
  ownCookieName,
  serializeOwnCookie,
  serializeSessionCookie,
  sessionCookieName,
} from '../../src/http/cookie-header.ts';

const name = '__Host-bouncer_session';

describe('findCookie', () => {
  it.each([
    [`${name}=tok`, 'tok'],
    [`a=1; ${name}=tok; b=2`, 'tok'],
    [`a=1;${name}=tok`, 'tok'],
    [`a=1;\t ${name}=tok \t; b`, 'tok'],
    [`x${name}=no; ${name}=tok`, 'tok'],
    [`a=${name}=no; ${name}=tok`, 'tok'],
    [`${name}=a=b==`, 'a=b=='],
    [`${name}=attacker; ${name}=tok`, 'doubled'],
    [`${name}=tok; ${name}=tok`, 'doubled'],
    [`${name}=tok; a=1;  ${name}=`, 'doubled'],
    [`__host-bouncer_session=tok`, null],
    [`\u2000${name}=tok`, null],
    [`\u00a0${name}=tok`, null],
    [`${name}.0=x; ${name}.2=y`, null],
    [`${name} =tok`, null],
    [`${name}`, null],
    [`${name}=`, null],
    [`$Version=1; ${name}="tok"; $Path=/`, null],
    [`${name}="tok"`, null],
    [`${name}=to k`, null],
    [`${name}=tok\u00e9`, null],
    [`${name}=${'a'.repeat(4097)}`, null],
    ['%ZZ; ;;=; \u0001', null],
    ['', null],
    [undefined, null],
  ])('%j gives %j', (header, expected) => {
    expect(findCookie(header, name)).toBe(expected);
  });

  it('reads a thousand cookies', () => {
    const many = Array.from({ length: 1000 }, (_, i) => `${name}x${i}=v`).join('; ');
    expect(findCookie(many, name)).toBeNull();
    expect(findCookie(`${many}; ${name}=tok`, name)).toBe('tok');
  });
});

describe('writing', () => {
  it('gives the session cookie exactly the attributes of the contract', () => {
    expect(serializeSessionCookie('tok', 'https', 3600).split('; ').sort()).toEqual(
      ['HttpOnly', 'Max-Age=3600', 'Path=/', 'SameSite=Lax', 'Secure', `${name}=tok`].sort(),
    );
    expect(serializeSessionCookie('tok', 'http', 3600)).toMatch(/^bouncer_session=tok;/);
    expect(serializeSessionCookie('tok', 'http', 3600)).not.toContain('Secure');
  });

  it('names every cookie of ours within what no upstream sees', () => {
    expect(sessionCookieName('https')).toBe(name);
    expect(sessionCookieName('http')).toBe('bouncer_session');
    expect(ownCookieName('login_1', 'https')).toBe('__Host-bouncer_login_1');
  });

  it('clears with the same attributes', () => {
    expect(clearCookie(name, 'https')).toBe(serializeOwnCookie(name, '', 'https', 0));
    expect(clearCookie(name, 'https')).toContain('Max-Age=0');
    expect(serializeOwnCookie(name, 'x', 'https')).not.toContain('Max-Age');
  });
});
