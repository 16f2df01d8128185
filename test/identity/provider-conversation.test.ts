// How bouncer speaks to a provider: how it proves itself, what it asks for besides, which account, and how it says goodbye.
import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loginUrl } from '../../src/identity/login/login-needs.ts';
import type { LoginStep } from '../../src/identity/login/login-step.ts';
import type { OidcProviderSettings } from '../../src/settings/settings.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { type HostileProvider, type Lies, startHostileProvider } from '../fixtures/hostile-provider.ts';
import { logInAtProvider, startOidcProvider, type TestOidcProvider } from '../fixtures/oidc-provider.ts';
import {
  hasSession,
  type LoginSite,
  problemIn,
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

describe('logging in as somebody else at a provider that knows no choice of accounts and does not say so', () => {
  const otherAccount = '/.bouncer/login?account=other&return_to=%2Fdeep%3Fx%3D1';
  const toProvider = (url: string): boolean => url.startsWith(hostile.issuer);
  const promptsAsked = (from: number): readonly (string | null)[] =>
    hostile.authorizations.slice(from).map((asked) => asked.get('prompt'));

  it.each(['invalid_request', 'login_required', 'interaction_required', 'account_selection_required'])(
    'asks for a login instead when it says %s, and comes back to the page',
    async (error) => {
      const { site, one } = await start();
      await visitApplication(site, one);
      const from = hostile.authorizations.length;
      hostile.tell({ authorization: { code: null, error } });
      const again = await one.get(site.at('wiki.localhost') + otherAccount, {
        stopAt: (url) => toProvider(url) && url.includes('prompt=login'),
      });
      hostile.tell({ claims: { sub: 'bob' } });
      const end = await one.get(String(again.headers['location']));
      expect(promptsAsked(from)).toEqual(['select_account', 'login']);
      expect([end.url, sessionIn(end)?.identity.sub]).toEqual([
        `${site.at('wiki.localhost')}/deep?x=1`,
        'bob',
      ]);
      expect(site.events.filter(({ name }) => name === 'login_failed')).toEqual([]);
    },
  );

  it('asks once more and no oftener: a refusal of that is a refusal', async () => {
    const { site, one } = await start();
    const first = sessionIn(await visitApplication(site, one));
    const from = hostile.authorizations.length;
    hostile.tell({ authorization: { code: null, error: 'login_required' } });
    const end = await one.get(site.at('wiki.localhost') + otherAccount);
    expect(promptsAsked(from)).toEqual(['select_account', 'login']);
    expect(problemIn(end).problem).toBe('refused-by-provider');
    expect(sessionIn(await one.get(`${site.at('wiki.localhost')}/page`))?.id).toBe(first?.id);
  });

  it.each(['access_denied', 'server_error', 'temporarily_unavailable', 'Invalid_Request', '__proto__'])(
    'takes %s for what it is',
    async (error) => {
      const { site, one } = await start();
      await visitApplication(site, one);
      const from = hostile.authorizations.length;
      hostile.tell({ authorization: { code: null, error } });
      expect(problemIn(await one.get(site.at('wiki.localhost') + otherAccount)).problem).toBe(
        'refused-by-provider',
      );
      expect(promptsAsked(from)).toEqual(['select_account']);
    },
  );

  it('does not ask again where nobody asked for another account', async () => {
    const { site, one } = await start();
    const from = hostile.authorizations.length;
    hostile.tell({ authorization: { code: null, error: 'login_required' } });
    expect(problemIn(await visitApplication(site, one)).problem).toBe('refused-by-provider');
    expect(promptsAsked(from)).toEqual([null]);
  });

  it('takes no such refusal from another issuer', async () => {
    const { site, one } = await start();
    await visitApplication(site, one);
    const from = hostile.authorizations.length;
    hostile.tell({ authorization: { code: null, error: 'login_required', iss: 'https://evil.test' } });
    expect(problemIn(await one.get(site.at('wiki.localhost') + otherAccount)).problem).toBe(
      'provider-answer-invalid',
    );
    expect(promptsAsked(from)).toEqual(['select_account']);
  });
});

describe('a provider that gives no refresh token', () => {
  const told = (site: LoginSite): readonly unknown[] =>
    site.events.filter(({ name }) => name === 'recheck_impossible').map(({ fields }) => fields['hint']);

  it('is told about once an hour, with what to write', async () => {
    const { site, one } = await start();
    const logIn = async (): Promise<void> => {
      one.dropCookies('wiki.localhost');
      one.dropCookies('auth.localhost');
      expect((await visitApplication(site, one)).status).toBe(200);
    };
    await logIn();
    await logIn();
    expect(told(site)).toEqual([expect.stringContaining('`offline_access` among the `scopes`')]);
    site.advance(59 * 60_000);
    await logIn();
    expect(told(site)).toHaveLength(1);
    site.advance(60_000);
    await logIn();
    expect(told(site)).toHaveLength(2);
    site.advance(-50_000);
    await logIn();
    expect(told(site)).toHaveLength(3);
  });

  it.each([
    [{ scopes: ['openid', 'offline_access'] }, 'allow refresh tokens'],
    [{ authorizationParameters: { access_type: 'offline' } }, '`prompt: consent`'],
  ])('with settings that ask for one: what may be wrong then (%o)', async (settings, hint) => {
    const { site, one } = await start(settings);
    await visitApplication(site, one);
    expect(told(site)).toEqual([expect.stringContaining(hint)]);
  });

  it('is not told about when it gives one, or when no login would ever be checked', async () => {
    const { site, one } = await start();
    hostile.tell({ refreshToken: 'one' });
    await visitApplication(site, one);
    hostile.tell({});
    site.change({ session: { ...site.settings().session, recheckMs: 86_400_000 } });
    one.dropCookies('wiki.localhost');
    one.dropCookies('auth.localhost');
    await visitApplication(site, one);
    expect(told(site)).toEqual([]);
  });
});

describe('logout with more groups than an address holds', () => {
  const groups = Array.from({ length: 200 }, (_, n) => `a-group-with-a-long-name-${n}`);

  it('goes to the provider without the hint, and the provider lets it (oidc-provider)', async () => {
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
    const issuer = (real as TestOidcProvider | null)?.issuer ?? '';
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
    expect(at.length).toBeLessThanOrEqual(2000);
    expect(new URL(at).searchParams.get('id_token_hint')).toBeNull();
    expect(new URL(at).searchParams.get('client_id')).toBe('bouncer');
    expect(out.status).toBe(200);
  });

  it('goes to a provider that needs the hint by a form, which has it whole', async () => {
    const { site, one } = await start({ longLogout: 'form' });
    hostile.tell({ metadata: { end_session_endpoint: `${hostile.issuer}/end` }, claims: { groups } });
    expect(sessionIn(await visitApplication(site, one))?.identity.groups).toHaveLength(200);
    const out = await one.post(`${site.at('wiki.localhost')}/.bouncer/logout`, {});
    expect(await hasSession(site, one)).toBe(false);
    const step = JSON.parse(out.body) as Extract<LoginStep, { kind: 'send-form' }>;
    expect(step).toMatchObject({
      kind: 'send-form',
      action: `${hostile.issuer}/end`,
      fields: { client_id: 'bouncer', post_logout_redirect_uri: `${site.authUrl}/.bouncer/logout` },
    });
    const [, payload] = step.fields['id_token_hint']?.split('.') ?? [];
    expect(JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()).groups).toHaveLength(200);
    expect((await one.post(step.action, step.fields)).url).toBe(`${site.authUrl}/.bouncer/logout`);
  });
});
