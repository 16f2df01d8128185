import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { BouncerError } from '../../src/bouncer-error.ts';
import type { OidcProviderSettings } from '../../src/settings/settings.ts';
import type { Store } from '../../src/store/store.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { type HostileProvider, type Lies, startHostileProvider } from '../fixtures/hostile-provider.ts';
import {
  hasSession,
  type LoginSite,
  problemIn,
  providerSettings,
  type SiteOptions,
  sessionIn,
  startLoginSite,
  visitApplication,
} from './login-site.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Of another sound key. */
const otherModulus = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
  format: 'jwk',
}).n;

async function start(
  options: Partial<SiteOptions> = {},
  provider: Partial<OidcProviderSettings> = {},
): Promise<{ hostile: HostileProvider; site: LoginSite; one: BrowserClient }> {
  const hostile = await startHostileProvider('bouncer');
  const site = await startLoginSite({
    providers: () => [providerSettings({ id: 'idp', issuer: hostile.issuer, ...provider })],
    ...options,
  });
  const one = new BrowserClient();
  closers.push(hostile.close, site.close, () => one.close());
  return { hostile, site, one };
}

describe('metadata is refused', () => {
  const cases: readonly (readonly [string, Lies])[] = [
    ['of another issuer', { metadata: { issuer: 'https://evil-idp.test' } }],
    ['that has only plain PKCE', { metadata: { code_challenge_methods_supported: ['plain'] } }],
    [
      'with a plain http authorization endpoint elsewhere',
      { metadata: { authorization_endpoint: 'http://idp.test/auth' } },
    ],
    ['with a token endpoint that is not an address', { metadata: { token_endpoint: '/token' } }],
    ['with a key set in a file', { metadata: { jwks_uri: 'file:///etc/passwd' } }],
    ['with a key set on plain http elsewhere', { metadata: { jwks_uri: 'http://169.254.169.254/jwks' } }],
    ['without a key set', { metadata: { jwks_uri: null } }],
    ['without an authorization endpoint', { metadata: { authorization_endpoint: null } }],
    ['with an address that holds a password', { metadata: { userinfo_endpoint: 'https://a:b@idp.test/' } }],
  ];
  it.each(cases)('%s', async (_, lies) => {
    const { hostile, site, one } = await start();
    hostile.tell(lies);
    const end = await visitApplication(site, one);
    expect(problemIn(end)).toMatchObject({ problem: 'provider-answer-invalid', status: 400 });
    expect(end.trail.every((url) => new URL(url).hostname.endsWith('.localhost'))).toBe(true);
  });

  it('that is a redirect to another origin, which is not followed', async () => {
    const { hostile, site, one } = await start();
    const trap = await startHostileProvider('bouncer');
    closers.push(trap.close);
    hostile.tell({ redirectTo: `${trap.issuer}/.well-known/openid-configuration` });
    expect(problemIn(await visitApplication(site, one)).problem).toBe('provider-answer-invalid');
    expect(trap.requests).toEqual([]);
  });
});

describe('keys that are listed oddly', () => {
  it.each([
    ['each of them twice', (keys: object[]) => [...keys, ...keys]],
    ['one key id for keys of two kinds', (keys: object[]) => keys.map((key) => ({ ...key, kid: 'key-1' }))],
    [
      'one key id for two keys of one kind',
      (keys: Record<string, unknown>[]) => [{ ...keys[0], n: otherModulus }, { ...keys[0] }],
    ],
    ['a key once for each algorithm', (keys: object[]) => [keys[0], { ...keys[0], alg: 'PS256' }]],
    [
      'a key once for each use',
      (keys: object[]) => [
        { ...keys[0], key_ops: ['verify'] },
        { ...keys[0], use: undefined, alg: undefined, key_ops: ['wrapKey'] },
      ],
    ],
  ])('let people in: %s', async (_, spoil) => {
    const { hostile, site, one } = await start();
    const honest = (await (await fetch(`${hostile.issuer}/jwks`)).json()) as {
      keys: Record<string, unknown>[];
    };
    hostile.tell({ jwks: { keys: spoil(honest.keys) } });
    expect((await visitApplication(site, one)).status).toBe(200);
  });
});

describe('a signature over Ed25519', () => {
  it.each([
    ['EdDSA', 'EdDSA', 'EdDSA'],
    ['EdDSA', 'EdDSA', 'Ed25519'],
    ['EdDSA', 'Ed25519', 'EdDSA'],
    ['Ed25519', 'Ed25519', 'EdDSA'],
    ['Ed25519', 'EdDSA', undefined],
  ])(
    'counts by either of its names: %s in the metadata, %s in the token, %s with the key',
    async (...names) => {
      const [inMetadata, inToken, withKey] = names;
      const { hostile, site, one } = await start({}, { idTokenAlgorithms: null });
      const honest = (await (await fetch(`${hostile.issuer}/jwks`)).json()) as {
        keys: Record<string, unknown>[];
      };
      hostile.tell({
        signing: 'eddsa',
        header: { alg: inToken },
        metadata: { id_token_signing_alg_values_supported: [inMetadata] },
        jwks: { keys: honest.keys.map((key) => (key['kty'] === 'OKP' ? { ...key, alg: withKey } : key)) },
      });
      expect((await visitApplication(site, one)).status).toBe(200);
    },
  );
});

describe('a member that is null says nothing', () => {
  /** What JSON has as `null`: the fixture takes a plain one for what is to be left out. */
  const written = { toJSON: () => null };
  it.each<[string, Lies]>([
    [
      'in the metadata',
      {
        metadata: {
          code_challenge_methods_supported: written,
          token_endpoint_auth_methods_supported: written,
          userinfo_endpoint: written,
          end_session_endpoint: written,
          acr_values_supported: written,
          prompt_values_supported: written,
        },
      },
    ],
    [
      'in the answer of the token endpoint',
      { tokenMembers: { refresh_token: written, scope: written, expires_in: written } },
    ],
    ['as an empty refresh token', { tokenMembers: { refresh_token: '' } }],
  ])('%s: people get in', async (_, lies) => {
    const { hostile, site, one } = await start();
    hostile.tell(lies);
    expect((await visitApplication(site, one)).status).toBe(200);
  });

  it.each<[string, Lies]>([
    ['where an ID token is wanted', { tokenMembers: { id_token: written } }],
    ['where the kind of the access token is wanted', { tokenMembers: { token_type: written } }],
    ['where a key set is wanted', { metadata: { jwks_uri: written } }],
  ])('%s: nobody gets in', async (_, lies) => {
    const { hostile, site, one } = await start();
    hostile.tell(lies);
    expect(problemIn(await visitApplication(site, one)).problem).toBe('provider-answer-invalid');
  });
});

describe('keys that are not good enough', () => {
  it.each([
    ['a secret', () => [{ kty: 'oct', kid: 'key-1', k: 'c2VjcmV0' }]],
    ['a private key', (keys: object[]) => keys.map((key) => ({ ...key, d: 'AQAB' }))],
    ['an exponent of one', (keys: object[]) => keys.map((key) => ({ ...key, e: 'AQ' }))],
    ['an encryption key', (keys: object[]) => keys.map((key) => ({ ...key, use: 'enc' }))],
    ['nothing', () => []],
    ['no list', () => 'keys'],
    [
      'a thousand keys',
      (keys: object[]) => Array.from({ length: 1000 }, (_, n) => ({ ...keys[0], kid: `k${n}` })),
    ],
  ])('let nobody in: %s', async (_, spoil) => {
    const { hostile, site, one } = await start();
    const honest = (await (await fetch(`${hostile.issuer}/jwks`)).json()) as { keys: object[] };
    hostile.tell({ jwks: { keys: spoil(honest.keys) } });
    expect(problemIn(await visitApplication(site, one)).problem).toBe('provider-answer-invalid');
  });
});

describe('a provider that is down', () => {
  it('stops logins with a 503 that leads on, is reported once, and is back within seconds', async () => {
    const { hostile, site, one } = await start();
    const loggedIn = new BrowserClient();
    closers.push(() => loggedIn.close());
    hostile.tell({ tokenStatus: 500, tokenBody: '' });
    expect(problemIn(await visitApplication(site, one, '/deep?x=1'))).toMatchObject({
      problem: 'provider-unavailable',
      status: 503,
      continueUrl: `${site.at('wiki.localhost')}/deep?x=1`,
    });
    expect(site.logins.unreachableProviders()).toEqual(['idp']);
    await visitApplication(site, one);
    expect(site.events.filter(({ name }) => name === 'provider_unreachable')).toHaveLength(1);
    hostile.tell({});
    expect((await visitApplication(site, one, '/deep')).status).toBe(200);
    expect(site.logins.unreachableProviders()).toEqual([]);
    expect(site.events.filter(({ name }) => name === 'provider_reachable')).toHaveLength(1);
  });

  it('at its discovery is asked again after three seconds, and once for many who come at once', async () => {
    const { hostile, site, one } = await start();
    hostile.tell({ redirectTo: 'http://localhost:1/' });
    await Promise.all(Array.from({ length: 10 }, () => visitApplication(site, one)));
    await visitApplication(site, one);
    expect(hostile.requests).toHaveLength(1);
    hostile.tell({});
    site.advance(3_001);
    expect((await visitApplication(site, one)).status).toBe(200);
  });

  it('never touches those who are logged in', async () => {
    const { hostile, site, one } = await start();
    await visitApplication(site, one);
    await hostile.close();
    site.advance(2 * 3600_000);
    expect(await hasSession(site, one)).toBe(true);
    expect((await visitApplication(site, one, '/', 'photos.localhost')).status).toBe(200);
    const end = await one.post(`${site.at('wiki.localhost')}/.bouncer/logout`, {});
    expect(end.status).toBe(200);
    expect(await hasSession(site, one)).toBe(false);
  });

  it('after it was discovered sends nobody to a dead address, and is asked for a sign of life once for all who come', async () => {
    const { hostile, site, one } = await start();
    await visitApplication(site, one);
    const before = hostile.requests.length;
    const late = new BrowserClient();
    closers.push(() => late.close());
    hostile.tell({ redirectTo: 'http://localhost:1/' });
    site.advance(3_001);
    const ends = await Promise.all(Array.from({ length: 5 }, () => visitApplication(site, late, '/deep')));
    for (const end of ends) {
      expect(problemIn(end)).toMatchObject({ problem: 'provider-unavailable', status: 503 });
      expect(end.trail.every((url) => new URL(url).hostname.endsWith('.localhost'))).toBe(true);
    }
    expect(hostile.requests.length).toBe(before + 1);
    expect(site.logins.unreachableProviders()).toEqual(['idp']);
    hostile.tell({});
    site.advance(3_001);
    expect((await visitApplication(site, late, '/deep')).status).toBe(200);
    expect(site.logins.unreachableProviders()).toEqual([]);
  });

  it('is still down when a logout of its own, checked with keys that are known, was done', async () => {
    const { hostile, site, one } = await start();
    const sender = new BrowserClient();
    closers.push(() => sender.close());
    const logOutThere = async (): Promise<number> => {
      const token = hostile.logoutToken({ sub: 'alice' });
      return (await sender.post(`${site.authUrl}/.bouncer/backchannel-logout`, { logout_token: token }))
        .status;
    };
    await visitApplication(site, one);
    expect(await logOutThere()).toBe(200);
    await visitApplication(site, one);
    expect(await hasSession(site, one)).toBe(true);
    const late = new BrowserClient();
    closers.push(() => late.close());
    hostile.tell({ redirectTo: 'http://localhost:1/' });
    site.advance(3_001);
    expect(problemIn(await visitApplication(site, late)).problem).toBe('provider-unavailable');
    const asked = hostile.requests.length;
    expect(await logOutThere()).toBe(200);
    expect(hostile.requests.length).toBe(asked);
    expect(await hasSession(site, one)).toBe(false);
    expect(site.logins.unreachableProviders()).toEqual(['idp']);
    expect(site.events.filter(({ name }) => name === 'provider_reachable')).toEqual([]);
  });

  it('and a page of somebody else at its address is not an answer', async () => {
    const { hostile, site, one } = await start();
    await visitApplication(site, one);
    const late = new BrowserClient();
    closers.push(() => late.close());
    hostile.tell({ metadata: { issuer: 'http://parked.test' } });
    site.advance(3_001);
    expect(problemIn(await visitApplication(site, late)).problem).toBe('provider-unavailable');
  });

  it('and silent is given up on after five seconds', async () => {
    const { hostile, site, one } = await start();
    hostile.tell({ isSilent: true });
    expect(problemIn(await visitApplication(site, one)).problem).toBe('provider-unavailable');
  });
});

describe('a store that fails', () => {
  const down = (): never => {
    throw new BouncerError('store_unavailable', 'the disk is full');
  };
  function failing(store: Store, parts: { readonly isWriting: () => boolean }): Store {
    const guard = <T extends object>(port: T, writes: readonly string[]): T =>
      new Proxy(port, {
        get: (target, name) =>
          writes.includes(String(name)) && parts.isWriting() ? down : Reflect.get(target, name),
      });
    return {
      ...store,
      sessions: guard(store.sessions, [
        'createLogin',
        'upgradeLogin',
        'addToken',
        'touch',
        'endLogins',
        'endLoginsOnce',
        'removeToken',
        'removeExpired',
      ]),
      once: guard(store.once, ['mark', 'put', 'take', 'removeExpired']),
    };
  }

  it('to write refuses logins with a 503, never lets in, and lets sessions go on', async () => {
    let isDown = false;
    const { site, one } = await start({ wrapStore: (store) => failing(store, { isWriting: () => isDown }) });
    await visitApplication(site, one);
    isDown = true;
    expect(await hasSession(site, one)).toBe(true);
    const late = new BrowserClient();
    closers.push(() => late.close());
    const end = await visitApplication(site, late);
    expect(problemIn(end)).toMatchObject({ problem: 'store-unavailable', status: 503 });
    expect(await hasSession(site, late)).toBe(false);
    isDown = false;
    expect((await visitApplication(site, late)).status).toBe(200);
  });

  it('to write while a session expires: it has ended all the same, and does not come back when the clock goes back', async () => {
    let isDown = false;
    const { site, one } = await start({ wrapStore: (store) => failing(store, { isWriting: () => isDown }) });
    await visitApplication(site, one);
    isDown = true;
    site.advance(25 * 3600_000);
    expect(await hasSession(site, one)).toBe(false);
    site.advance(-25 * 3600_000);
    expect(await hasSession(site, one)).toBe(false);
  });
});

describe('where auth_url is the application itself', () => {
  it('logs in, comes back to the deep link, steps up and logs out on that one host', async () => {
    const { hostile, site, one } = await start({
      authHost: 'app.localhost',
      applications: { 'app.localhost': {}, 'wiki.localhost': {} },
    });
    const end = await visitApplication(site, one, '/deep?x=1', 'app.localhost');
    expect([end.url, end.status]).toEqual([`${site.authUrl}/deep?x=1`, 200]);
    expect((await visitApplication(site, one, '/', 'wiki.localhost')).status).toBe(200);
    hostile.tell({ claims: { amr: ['hwk'] } });
    const stepped = await visitApplication(site, one, '/admin', 'app.localhost', [
      { what: 'hardware_key', maxAgeMs: null, source: 'any' },
    ]);
    expect(sessionIn(stepped)?.identity.hardwareKey).not.toBeNull();
    expect([...one.cookiesOf('app.localhost').keys()]).toEqual(['bouncer_session']);
    await one.post(`${site.authUrl}/.bouncer/logout`, {});
    expect(await hasSession(site, one, 'app.localhost')).toBe(false);
    expect(await hasSession(site, one, 'wiki.localhost')).toBe(false);
  });

  it('still sends an unsafe return address to the start', async () => {
    const { site, one } = await start({ authHost: 'app.localhost', applications: { 'app.localhost': {} } });
    expect((await visitApplication(site, one, '//evil.test', 'app.localhost')).url).toBe(`${site.authUrl}/`);
  });
});
