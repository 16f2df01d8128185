import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LoginStep } from '../../src/identity/login/login-step.ts';
import type { Session } from '../../src/identity/sessions/session.ts';
import { BrowserClient, type BrowserResponse } from '../fixtures/browser-client.ts';
import { type HostileProvider, type Lies, startHostileProvider } from '../fixtures/hostile-provider.ts';
import { type LoginSite, providerSettings, startLoginSite } from './login-site.ts';

let provider: HostileProvider;
let site: LoginSite;
let browser: BrowserClient;

beforeAll(async () => {
  provider = await startHostileProvider('bouncer');
  site = await startLoginSite({
    providers: () => [
      providerSettings({ id: 'idp', issuer: provider.issuer, claims: ['department', 'deep', 'toString'] }),
    ],
  });
});
afterAll(async () => {
  await site.close();
  await provider.close();
});
beforeEach(() => {
  provider.tell({});
  browser = new BrowserClient();
});
afterEach(() => browser.close());

function logIn(from = '/page'): Promise<BrowserResponse> {
  return browser.get(`${site.at('wiki.localhost')}/.bouncer/login?return_to=${encodeURIComponent(from)}`);
}

function problemOf(response: BrowserResponse): string | null {
  const step = JSON.parse(response.body) as LoginStep;
  return step.kind === 'problem' ? step.problem : null;
}

function identityOf(response: BrowserResponse): Session['identity'] {
  expect(response.status).toBe(200);
  return (JSON.parse(response.body) as { session: Session }).session.identity;
}

async function expectNoSession(response: BrowserResponse): Promise<void> {
  expect(response.status).toBeGreaterThanOrEqual(400);
  for (const host of ['wiki.localhost', 'auth.localhost'])
    expect([...browser.cookiesOf(host).keys()].filter((name) => name.includes('session'))).toEqual([]);
  expect((await browser.get(`${site.at('wiki.localhost')}/page`)).status).toBe(401);
}

const hour = 3600;
const now = (): number => Math.floor(Date.now() / 1000);

describe('a provider that tells the truth', () => {
  it('logs people in', async () => {
    expect(identityOf(await logIn())).toMatchObject({ sub: 'alice', email: 'alice@example.com' });
  });
});

describe('an ID token is refused', () => {
  const cases: readonly (readonly [string, () => Lies])[] = [
    ['with alg none', () => ({ signing: 'none', header: { alg: 'none' } })],
    ['with alg None', () => ({ signing: 'none', header: { alg: 'None' } })],
    ['with an empty signature', () => ({ signing: 'none' })],
    ['with an HMAC of the public key', () => ({ signing: 'hmac-of-public-key', header: { alg: 'HS256' } })],
    ['with an algorithm of the same key that the settings do not list', () => ({ signing: 'rs384' })],
    ['with ES256 where the settings say RS256', () => ({ signing: 'es256' })],
    ['with an encryption algorithm', () => ({ header: { alg: 'RSA1_5' } })],
    ['with a foreign key under the known key id', () => ({ signing: 'foreign' })],
    ['with a weak RSA key of the provider', () => ({ signing: 'weak-rsa' })],
    ['that brings its own key', () => ({ header: { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } } })],
    ['that names a key set', () => ({ header: { jku: `${provider.issuer}/evil` } })],
    ['that brings certificates', () => ({ header: { x5c: ['AAAA'] } })],
    ['that names a certificate', () => ({ header: { x5u: `${provider.issuer}/evil` } })],
    ['with a critical extension', () => ({ header: { crit: ['x'], x: 1 } })],
    ['that is nested', () => ({ header: { cty: 'JWT' } })],
    ['of another type', () => ({ header: { typ: 'at+jwt' } })],
    ['with an unknown key id', () => ({ header: { kid: 'unknown' } })],
    ['that is spelt with padding', () => ({ idToken: (token) => `${token}=` })],
    ['that is spelt with a blank', () => ({ idToken: (token) => token.replace('.', ' .') })],
    ['with four parts', () => ({ idToken: (token) => `${token}.x` })],
    ['that is not a JWT', () => ({ idToken: () => 'x' })],
    ['for another audience', () => ({ claims: { aud: 'other-client' } })],
    ['for another audience in a list', () => ({ claims: { aud: ['other-client'] } })],
    ['without audience', () => ({ claims: { aud: null } })],
    ['for further audiences', () => ({ claims: { aud: ['bouncer', 'evil-client'] } })],
    ['for another authorized party', () => ({ claims: { azp: 'evil-client' } })],
    ['of another issuer', () => ({ claims: { iss: 'https://evil-idp.test' } })],
    ['of an issuer with a suffix', () => ({ claims: { iss: `${provider.issuer}.evil.test` } })],
    ['of an issuer with a slash', () => ({ claims: { iss: `${provider.issuer}/` } })],
    ['without issuer', () => ({ claims: { iss: null } })],
    ['without expiry', () => ({ claims: { exp: null } })],
    ['that expired', () => ({ claims: { exp: now() - hour } })],
    ['with an expiry that is a text', () => ({ claims: { exp: '9999999999999999999' } })],
    ['with an expiry of 1e300', () => ({ claims: { exp: 1e300 } })],
    ['with an expiry of NaN', () => ({ claims: { exp: 'NaN' } })],
    ['issued in the future', () => ({ claims: { iat: now() + hour } })],
    ['without a time of issue', () => ({ claims: { iat: null } })],
    ['that is not valid yet', () => ({ claims: { nbf: now() + hour } })],
    ['with another nonce', () => ({ claims: { nonce: 'wrong' } })],
    ['without nonce', () => ({ claims: { nonce: null } })],
    ['with an empty subject', () => ({ claims: { sub: '' } })],
    ['without subject', () => ({ claims: { sub: null } })],
    ['with a subject that is a number', () => ({ claims: { sub: 7 } })],
    ['with a subject longer than 255', () => ({ claims: { sub: 'x'.repeat(256) } })],
    ['with a line break in the subject', () => ({ claims: { sub: 'alice\nadmin' } })],
    ['with the hash of another access token', () => ({ claims: { at_hash: 'wrong' } })],
    ['with an authentication time that is a text', () => ({ claims: { auth_time: 'now' } })],
  ];
  it.each(cases)('%s', async (_, lies) => {
    const before = provider.requests.length;
    provider.tell(lies());
    const end = await logIn();
    expect(problemOf(end)).toBe('provider-answer-invalid');
    expect(end.status).toBe(400);
    await expectNoSession(end);
    expect(provider.requests.slice(before).some((line) => line.includes('/evil'))).toBe(false);
  });
});

describe('an authorization response is refused', () => {
  const cases: readonly (readonly [string, Lies, string])[] = [
    [
      'of another issuer (mix-up)',
      { authorization: { iss: 'https://evil-idp.test' } },
      'provider-answer-invalid',
    ],
    ['without code', { authorization: { code: null } }, 'provider-answer-invalid'],
    ['with an unknown code', { authorization: { code: 'stolen' } }, 'provider-answer-invalid'],
    ['without state', { authorization: { state: null } }, 'bad-request'],
    ['with another state', { authorization: { state: 'deadbeef' } }, 'bad-request'],
    ['that is a refusal', { authorization: { code: null, error: 'access_denied' } }, 'refused-by-provider'],
  ];
  it.each(cases)('%s', async (_, lies, problem) => {
    provider.tell(lies);
    const end = await logIn();
    expect(problemOf(end)).toBe(problem);
    await expectNoSession(end);
  });

  it('whose issuer differs by a slash', async () => {
    provider.tell({ authorization: { iss: `${provider.issuer}/` } });
    await expectNoSession(await logIn());
  });

  it.each([
    'state=a&state=b&code=c',
    'code=a&code=b&state=c',
    'code=a&state[]=b',
    'state=a&state[0]=b&code=c',
    'code=a&state=b&iss=c&iss=d',
  ])('with doubled parameters: %s', async (query) => {
    const end = await browser.get(`${site.authUrl}/.bouncer/callback/idp?${query}`);
    expect([end.status, problemOf(end)]).toEqual([400, 'bad-request']);
  });
});

describe('what the provider says beyond the token', () => {
  it('is refused when UserInfo is of somebody else', async () => {
    provider.tell({
      claims: { email: null },
      userInfo: { sub: 'admin', email: 'admin@example.com', email_verified: true },
    });
    await expectNoSession(await logIn());
  });
  it.each(['[]', '"text"', '7', 'null', '{', ' '.repeat(5_000_000)])(
    'is refused when UserInfo is rubbish',
    async (userInfo) => {
      provider.tell({ claims: { email: null }, userInfo });
      await expectNoSession(await logIn());
    },
  );
  it('never takes the address of one source with the verification of the other', async () => {
    provider.tell({
      claims: { email: 'admin@example.com', email_verified: null },
      userInfo: { email: 'mallory@example.org', email_verified: true },
    });
    expect(identityOf(await logIn()).email).toBe('mallory@example.org');
  });
  it('is refused when the token endpoint never ends', async () => {
    provider.tell({ tokenBody: 'endless' });
    await expectNoSession(await logIn());
  });
  it.each(['', '{', '[]', '{"access_token":1}', '{"access_token":"a","token_type":"Bearer"}'])(
    'is refused when the token endpoint says %j',
    async (tokenBody) => {
      provider.tell({ tokenBody });
      await expectNoSession(await logIn());
    },
  );
});

describe('claims of the wrong kind count as absent', () => {
  it.each([
    ['an unverified address', { email_verified: false }],
    ['a missing verification', { email_verified: null }],
    ['a verification that is another text', { email_verified: 'yes' }],
    ['an address that is a list', { email: ['alice@example.com'] }],
    ['an address that is an object', { email: { value: 'alice@example.com' } }],
    ['two at signs', { email: 'a@evil.com@example.com' }],
  ])('%s', async (_, claims) => {
    provider.tell({ claims });
    expect(identityOf(await logIn()).email).toBeNull();
  });
  it('but the text true verifies, as some providers send it', async () => {
    provider.tell({ claims: { email_verified: 'true' } });
    expect(identityOf(await logIn())).toMatchObject({
      email: 'alice@example.com',
      unsettled: { email: null },
    });
  });
  it.each([
    ['a nested list', [['admins']], 'odd-items'],
    ['a list of objects', [{ name: 'admins' }], 'odd-items'],
    ['empty texts', [''], 'odd-items'],
    ['numbers', [7], 'odd-items'],
    ['a number', 7, 'wrong-type'],
    ['an empty text', '', 'wrong-type'],
  ])('groups that are %s: none, and not known to be none', async (_, groups, shape) => {
    provider.tell({ claims: { groups } });
    const identity = identityOf(await logIn());
    expect([identity.groups, identity.unsettled?.groups]).toEqual([[], shape]);
    const told = site.events.filter(
      ({ name, fields }) => name === 'claim_unusable' && fields['claim'] === 'groups',
    );
    expect(told.at(-1)?.fields).toMatchObject({ shape, sub: 'alice', provider: 'idp' });
  });
  it.each([['hwk'], [['xhwk']], [{ hwk: true }], [['HWK']]])('amr %j is not a hardware key', async (amr) => {
    provider.tell({ claims: { amr } });
    expect(identityOf(await logIn()).hardwareKey).toBeNull();
  });
  it('a claim that is nested ten thousand deep', async () => {
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
    provider.tell({ userInfo: `{"sub":"alice","deep":${deep},"department":"it"}` });
    expect(identityOf(await logIn()).claims).toEqual({ department: 'it' });
  });
  it('a claim that only every object has', async () => {
    expect(identityOf(await logIn()).claims).toEqual({});
  });
  it('but 10,000 groups are kept', async () => {
    provider.tell({ claims: { groups: Array.from({ length: 10_000 }, (_, n) => `g${n}`) } });
    expect(identityOf(await logIn()).groups).toHaveLength(10_000);
  });
});

describe('keys', () => {
  it('are asked for again at most once in half a minute, however many tokens name unknown ones', async () => {
    site.advance(60_000);
    provider.tell({ header: { kid: 'unknown' } });
    const before = provider.requests.filter((line) => line.endsWith('/jwks')).length;
    for (let n = 0; n < 5; n++) await logIn();
    expect(provider.requests.filter((line) => line.endsWith('/jwks')).length - before).toBeLessThanOrEqual(1);
  });
  it.each(['new', 'same', 'none', 'new'] as const)(
    'that were rotated are found at once after one more request: %s key id',
    async (id) => {
      site.advance(31_000);
      expect(identityOf(await logIn()).sub).toBe('alice');
      provider.rotateKeys(id);
      const before = provider.requests.filter((line) => line.endsWith('/jwks')).length;
      const second = new BrowserClient();
      const from = `${site.at('wiki.localhost')}/.bouncer/login?return_to=/page`;
      const ends = await Promise.all([browser.get(from), second.get(from)]);
      expect(ends.map((end) => identityOf(end).sub)).toEqual(['alice', 'alice']);
      expect(provider.requests.filter((line) => line.endsWith('/jwks')).length).toBe(before + 1);
      await second.close();
    },
  );
  it('are not asked for by tokens that anybody may send, beyond one request in half a minute', async () => {
    site.advance(31_000);
    await logIn();
    const jwks = (): number => provider.requests.filter((line) => line.endsWith('/jwks')).length;
    const before = jwks();
    for (let n = 0; n < 5; n++)
      await browser.post(`${site.authUrl}/.bouncer/backchannel-logout`, {
        logout_token: provider.logoutToken(
          { sub: 'alice', iat: Math.floor(site.now() / 1000), exp: null },
          { kid: `unknown-${n}` },
          'foreign',
        ),
      });
    expect(jwks()).toBe(before + 1);
    provider.rotateKeys();
    expect(identityOf(await logIn()).sub).toBe('alice');
  });
});

describe('signatures of other kinds', () => {
  it.each([['ES256', 'es256'] as const, ['EdDSA', 'eddsa'] as const])(
    'are accepted where the provider lists them and the settings say nothing: %s',
    async (_, signing) => {
      const open = await startLoginSite({
        providers: () => [providerSettings({ id: 'idp', issuer: provider.issuer, idTokenAlgorithms: null })],
      });
      try {
        provider.tell({ signing });
        const at = `${open.at('wiki.localhost')}/.bouncer/login?return_to=/page`;
        expect((await browser.get(at)).status).toBe(200);
        for (const lies of [
          { signing: 'hmac-of-public-key', header: { alg: 'HS256' } },
          { signing: 'none', header: { alg: 'none' } },
        ] as const) {
          provider.tell(lies);
          const other = new BrowserClient();
          expect(problemOf(await other.get(at))).toBe('provider-answer-invalid');
          await other.close();
        }
      } finally {
        await open.close();
      }
    },
  );
  it.each([[['HS256', 'none']], [[]]])('are refused where the provider lists %j', async (listed) => {
    const liar = await startHostileProvider('bouncer');
    const open = await startLoginSite({
      providers: () => [providerSettings({ id: 'idp', issuer: liar.issuer, idTokenAlgorithms: null })],
    });
    try {
      liar.tell({ metadata: { id_token_signing_alg_values_supported: listed } });
      const at = `${open.at('wiki.localhost')}/.bouncer/login?return_to=/page`;
      expect(problemOf(await browser.get(at))).toBe('provider-answer-invalid');
    } finally {
      await open.close();
      await liar.close();
    }
  });
});

describe('a clock', () => {
  it.each([
    [58, 200],
    [75, 400],
  ])('that is %s seconds ahead gets %s', async (ahead, status) => {
    provider.tell({ claims: { iat: now() + ahead, nbf: now() + ahead } });
    expect((await logIn()).status).toBe(status);
  });
});
