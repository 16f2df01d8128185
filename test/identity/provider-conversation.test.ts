// How bouncer speaks to a provider: how it proves itself, what it asks for besides, which account, and how it says goodbye.
import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loginUrl } from '../../src/identity/login/login-needs.ts';
import type { OidcProviderSettings } from '../../src/settings/settings.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { type HostileProvider, type Lies, startHostileProvider } from '../fixtures/hostile-provider.ts';
import { logInAtProvider, startOidcProvider, type TestOidcProvider } from '../fixtures/oidc-provider.ts';
import {
  type LoginSite,
  providerSettings,
  sessionIn,
  startLoginSite,
  visitApplication,
} from './login-site.ts';

let hostile: HostileProvider;
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  hostile = await startHostileProvider('bouncer');
});
afterEach(async () => {
  hostile.tell({});
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => hostile.close());

async function start(
  settings: Partial<OidcProviderSettings> = {},
): Promise<{ site: LoginSite; one: BrowserClient }> {
  const site = await startLoginSite({
    providers: () => [providerSettings({ id: 'idp', issuer: hostile.issuer, ...settings })],
  });
  const one = new BrowserClient();
  closers.push(site.close, () => one.close());
  return { site, one };
}

const secret = 'a secret of the client';
const basic = `Basic ${Buffer.from(`bouncer:${encodeURIComponent(secret).replaceAll('%20', '+')}`).toString('base64')}`;
const both = {
  metadata: { token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'] },
};
const onlyPost = { metadata: { token_endpoint_auth_methods_supported: ['client_secret_post'] } };

describe('bouncer proves itself to the token endpoint', () => {
  it.each<[string, Partial<OidcProviderSettings>, Lies, string | undefined, string | null]>([
    ['by Basic where nothing is said', {}, {}, basic, null],
    ['by Basic where both are listed', {}, both, basic, null],
    ['by a form where only that is listed', {}, onlyPost, undefined, secret],
    [
      'by a form where both are listed and the settings say so',
      { tokenEndpointAuth: 'client_secret_post' },
      both,
      undefined,
      secret,
    ],
    [
      'by Basic where the settings say so',
      { tokenEndpointAuth: 'client_secret_basic' },
      onlyPost,
      basic,
      null,
    ],
    ['not at all without a secret', { clientSecret: null }, both, undefined, null],
    [
      'not at all where the settings say so',
      { clientSecret: null, tokenEndpointAuth: 'none' },
      both,
      undefined,
      null,
    ],
  ])('%s', async (_, settings, lies, authorization, inForm) => {
    const { site, one } = await start(settings);
    hostile.tell(lies);
    expect((await visitApplication(site, one)).status).toBe(200);
    const asked = hostile.tokenRequests.at(-1);
    expect([asked?.authorization, asked?.form.get('client_secret') ?? null]).toEqual([authorization, inForm]);
  });

  it.each([
    ['RSA, PEM', 'RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'pem'],
    ['P-256, JWK with an id', 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'jwk'],
    ['P-384, PEM', 'ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'pem'],
  ] as const)('by a signature of its own key: %s', async (_, algorithm, pair, format) => {
    const clientKey =
      format === 'pem'
        ? String(pair.privateKey.export({ type: 'pkcs8', format }))
        : JSON.stringify({ ...pair.privateKey.export({ format }), kid: 'mine' });
    const { site, one } = await start({
      clientSecret: null,
      clientKey,
      tokenEndpointAuth: 'private_key_jwt',
    });
    expect((await visitApplication(site, one)).status).toBe(200);
    const form = hostile.tokenRequests.at(-1)?.form;
    expect(form?.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const { payload, protectedHeader } = await jwtVerify(
      form?.get('client_assertion') ?? '',
      pair.publicKey,
      {
        algorithms: [algorithm],
        issuer: 'bouncer',
        subject: 'bouncer',
      },
    );
    expect([payload.aud].flat()).toContain(hostile.issuer);
    expect(protectedHeader.kid).toBe(format === 'jwk' ? 'mine' : undefined);
  });
});

describe('the authorization request', () => {
  it('says what the settings want besides, and nothing of it in place of what bouncer says', async () => {
    const { site, one } = await start({
      authorizationParameters: { access_type: 'offline', prompt: 'consent', hd: 'example.com' },
    });
    await visitApplication(site, one);
    const asked = Object.fromEntries(hostile.authorizations.at(-1) ?? []);
    expect(asked).toMatchObject({
      access_type: 'offline',
      prompt: 'consent',
      hd: 'example.com',
      client_id: 'bouncer',
    });
    await one.get(`${site.at('wiki.localhost')}/.bouncer/login?account=other&return_to=/page`);
    expect(hostile.authorizations.at(-1)?.get('prompt')).toBe('consent select_account');
  });
});

describe('logging in as somebody else', () => {
  const path = (returnTo: string): string =>
    `/.bouncer/login?account=other&return_to=${encodeURIComponent(returnTo)}`;
  it.each([
    ['for a choice of accounts where the provider lists nothing', {}, 'select_account'],
    [
      'for a choice where it lists that',
      { prompt_values_supported: ['none', 'select_account'] },
      'select_account',
    ],
    ['for a login where it does not', { prompt_values_supported: ['none', 'login'] }, 'login'],
  ])('asks %s, although there is a session, and comes back to the page', async (_, metadata, prompt) => {
    const { site, one } = await start();
    const first = sessionIn(await visitApplication(site, one));
    hostile.tell({ metadata, claims: { sub: 'bob' } });
    const before = hostile.requests.filter((line) => line.endsWith('/openid-configuration')).length;
    site.advance(3_601_000);
    // What the provider lists is read anew every hour, in the background.
    const isKnown = async (): Promise<boolean> => {
      await one.get(site.at('wiki.localhost') + path('/other'), {
        stopAt: (url) => url.startsWith(hostile.issuer),
      });
      return hostile.requests.filter((line) => line.endsWith('/openid-configuration')).length >= before + 2;
    };
    for (let n = 0; n < 100 && !(await isKnown()); n++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const end = await one.get(site.at('wiki.localhost') + path('/deep?x=1'));
    expect(hostile.authorizations.at(-1)?.get('prompt')).toBe(prompt);
    expect([end.url, sessionIn(end)?.identity.sub]).toEqual([`${site.at('wiki.localhost')}/deep?x=1`, 'bob']);
    expect(await site.store.sessions.findLogin(first?.id ?? '')).toBeNull();
  });

  it('is not settled by the session that is there, on auth_url neither', async () => {
    const { site, one } = await start();
    await visitApplication(site, one);
    const before = hostile.authorizations.length;
    await one.get(`${site.authUrl}/.bouncer/login?account=other`);
    expect(hostile.authorizations.length).toBe(before + 1);
    expect((await one.get(`${site.authUrl}/.bouncer/login?account=mine`)).status).toBe(400);
    expect(loginUrl('/x', [{ what: 'login' }])).not.toContain('account');
  });

  it('leaves the session alone when the person gives up', async () => {
    const { site, one } = await start();
    const first = sessionIn(await visitApplication(site, one));
    hostile.tell({ authorization: { code: null, error: 'access_denied' } });
    await one.get(site.at('wiki.localhost') + path('/page'));
    expect(sessionIn(await one.get(`${site.at('wiki.localhost')}/page`))?.id).toBe(first?.id);
  });
});

describe('logout with more groups than an address holds', () => {
  it('goes to the provider without the hint, and the provider lets it (oidc-provider)', async () => {
    const groups = Array.from({ length: 200 }, (_, n) => `a-group-with-a-long-name-${n}`);
    let real: TestOidcProvider | null = null;
    const site = await startLoginSite({
      providers: async (authUrl) => {
        real = await startOidcProvider({
          clients: [{ clientId: 'bouncer', clientSecret: secret, authUrl }],
          people: [{ id: 'alice', claims: { email: 'alice@example.com', email_verified: true, groups } }],
        });
        return [providerSettings({ id: 'idp', issuer: real.issuer })];
      },
    });
    const one = new BrowserClient();
    const issuer = site.settings().identityProviders[0]?.issuer ?? '';
    closers.push(
      async () => real?.close(),
      site.close,
      () => one.close(),
    );
    const end = await logInAtProvider(one, await visitApplication(site, one), 'alice');
    expect(sessionIn(end)?.identity.groups).toHaveLength(200);
    const out = await one.post(`${site.at('wiki.localhost')}/.bouncer/logout`, {});
    const at = out.trail.find((url) => url.startsWith(issuer)) ?? '';
    expect(at.length).toBeGreaterThan(0);
    expect(at.length).toBeLessThanOrEqual(3500);
    expect(new URL(at).searchParams.get('id_token_hint')).toBeNull();
    expect(new URL(at).searchParams.get('client_id')).toBe('bouncer');
    expect(out.status).toBe(200);
  });
});
