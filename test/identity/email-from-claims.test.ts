import { describe, expect, it } from 'vitest';
import type { Claims } from '../../src/identity/oidc/claim-at.ts';
import { emailFromClaims } from '../../src/identity/oidc/email-from-claims.ts';
import type { OidcProviderSettings } from '../../src/settings/settings.ts';
import { providerSettings } from './login-site.ts';

const email = 'mom@example.com';
const tenant = 'https://login.microsoftonline.com/8c1ab2f0-0000-4000-8000-1234567890ab/v2.0';

function read(claims: Claims | readonly Claims[], own: Partial<OidcProviderSettings> = {}): string | null {
  const settings = providerSettings({ id: 'idp', issuer: 'https://idp.example', ...own });
  const { email: address, fault } = emailFromClaims(settings, [claims].flat() as Claims[]);
  // Exactly one of both.
  expect((address === null) !== (fault === null)).toBe(true);
  return address ?? fault;
}

describe('the word of the provider', () => {
  const domains = { emailDomains: ['example.com'] };
  const words = [true, 'true', undefined, null, false, 'false', 'yes', 'TRUE', 1, [], {}];
  const counted = (mode: OidcProviderSettings['emailVerified']) =>
    words.filter(
      (word) => read({ email, email_verified: word }, { ...domains, emailVerified: mode }) === email,
    );

  it('is needed by default, as a boolean or the text', () => {
    expect(counted('required')).toEqual([true, 'true']);
    expect(read({ email, email_verified: false })).toBe('email-not-verified');
    expect(read({ email })).toBe('email-not-verified');
  });
  it('may be absent where the settings say so, and is then not to be anything else', () => {
    expect(counted('if_absent')).toEqual([true, 'true', undefined, null]);
  });
  it('may be anything where the settings ignore it', () => {
    expect(counted('ignored')).toEqual(words);
  });
  it('counts for the address of the same source alone', () => {
    const said = { email: 'mallory@example.com', email_verified: true };
    expect(read([{ email }, said])).toBe('mallory@example.com');
    const denied = { email: 'mallory@example.com', email_verified: false };
    expect(read([{ email }, denied], { ...domains, emailVerified: 'if_absent' })).toBe('email-not-verified');
    expect(read([{}, { email }], { ...domains, emailVerified: 'if_absent' })).toBe(email);
  });
});

describe('who speaks for an address', () => {
  const own = { emailDomains: ['example.com'], othersEmailDomains: ['example.org'] };
  const verified = (address: string) => ({ email: address, email_verified: true });

  it('is who names its domain, and else who is not kept to others', () => {
    expect(read(verified('a@EXAMPLE.com'), own)).toBe('a@example.com');
    expect(read(verified('a@example.org'), own)).toBe('email-outside-provider');
    expect(read(verified('a@sub.example.com'), own)).toBe('email-outside-provider');
    expect(read(verified('a@elsewhere.example'), own)).toBe('email-outside-provider');
    const any = { ...own, emailDomains: null };
    expect(read(verified('a@elsewhere.example'), any)).toBe('a@elsewhere.example');
    expect(read(verified('a@example.org'), any)).toBe('email-outside-provider');
  });
  it('matters before the word, and no word helps', () => {
    expect(read({ email: 'a@example.org' }, own)).toBe('email-outside-provider');
    expect(read(verified('a@example.org'), { ...own, emailVerified: 'ignored' })).toBe(
      'email-outside-provider',
    );
  });
});

describe('no address', () => {
  it.each([{}, { email: null }, { email_verified: true }, { email: undefined, email_verified: true }])(
    'comes of %j',
    (claims) => {
      expect(read(claims)).toBe('email-missing');
    },
  );
  it.each(['', 'a@b@example.com', 7, ['a@example.com'], { a: 1 }, '"a b"@example.com'])(
    'is %j',
    (address) => {
      expect(read({ email: address, email_verified: true }, { emailVerified: 'ignored' })).toBe(
        'email-malformed',
      );
    },
  );
});

describe('Entra ID', () => {
  it('may say by xms_edov that the owner of the domain stands behind an address', () => {
    for (const word of [true, 1, '1', 'true'])
      expect(read({ email, xms_edov: word }, { issuer: tenant })).toBe(email);
    for (const word of [false, 0, '0', 'false', 2, [], {}])
      expect(read({ email, xms_edov: word }, { issuer: tenant })).toBe('email-not-verified');
    expect(read({ email }, { issuer: tenant })).toBe('email-not-verified');
  });
  it('sends no word by default, which the settings may take', () => {
    const own = { issuer: tenant, emailDomains: ['example.com'] };
    expect(read({ email }, { ...own, emailVerified: 'if_absent' })).toBe(email);
    expect(read({ email, xms_edov: false }, { ...own, emailVerified: 'if_absent' })).toBe(
      'email-not-verified',
    );
  });
  it.each(['common', 'organizations', 'consumers', '9188040d-6c67-4c5b-b112-36a304b66dad'])(
    'needs that word of the tenant %s, whatever else is said',
    (name) => {
      const issuer = `https://login.microsoftonline.com/${name}/v2.0`;
      for (const emailVerified of ['required', 'if_absent', 'ignored'] as const) {
        const own = { issuer, emailVerified, emailDomains: ['example.com'] };
        expect(read({ email, email_verified: true }, own)).toBe('email-not-verified');
        expect(read({ email, email_verified: true, xms_edov: true }, own)).toBe(email);
      }
    },
  );
  it('is believed nowhere else', () => {
    expect(read({ email, xms_edov: true })).toBe('email-not-verified');
    expect(
      read({ email, xms_edov: true }, { issuer: 'https://login.microsoftonline.com.evil.example/x' }),
    ).toBe('email-not-verified');
  });
});
