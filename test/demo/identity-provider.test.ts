import * as client from 'openid-client';
import { Agent, fetch as fetchWithAgent } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { type RunningProvider, startIdentityProvider } from '../../src/demo/identity-provider.ts';

const dispatcher = new Agent({
  connect: { lookup: (_name, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]) },
});
const authUrl = 'http://auth.localhost:1';
const redirectUri = `${authUrl}/.bouncer/callback/example`;

let provider: RunningProvider;
let config: client.Configuration;

beforeAll(async () => {
  const issuer = `http://idp.localhost:${await findFreePort(0, 1)}`;
  provider = await startIdentityProvider(issuer, {
    clientId: 'bouncer',
    clientSecret: 'a secret',
    authUrl,
    redirectUri,
  });
  config = await client.discovery(new URL(issuer), 'bouncer', 'a secret', undefined, {
    execute: [client.allowInsecureRequests],
    [client.customFetch]: (url, options) =>
      fetchWithAgent(url, { ...options, dispatcher } as never) as unknown as Promise<Response>,
  });
});

afterAll(async () => {
  await provider.close();
  await dispatcher.close();
});

/** A browser with a cookie jar that stops where the provider sends it back to bouncer. */
function createVisitor() {
  const jar = new Map<string, string>();
  return async function visit(
    url: string,
    form?: Record<string, string>,
  ): Promise<{ url: string; text: string }> {
    let next = url;
    let body = form === undefined ? undefined : new URLSearchParams(form).toString();
    for (let hops = 0; hops < 10; hops++) {
      if (next.startsWith(authUrl)) return { url: next, text: '' };
      const response = await fetchWithAgent(next, {
        dispatcher,
        redirect: 'manual',
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        body: body ?? null,
      });
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';');
        const at = pair.indexOf('=');
        if (pair.length > at + 1) jar.set(pair.slice(0, at), pair.slice(at + 1));
        else jar.delete(pair.slice(0, at));
      }
      const location = response.headers.get('location');
      if (location === null) return { url: next, text: await response.text() };
      next = new URL(location, next).href;
      body = undefined;
    }
    throw new Error('redirected in circles');
  };
}

async function logIn(
  visit: ReturnType<typeof createVisitor>,
  form: Record<string, string>,
  parameters: Record<string, string> = {},
) {
  const verifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid email profile groups',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  });
  const page = await visit(url.href);
  const back = page.url.startsWith(authUrl) ? page : await visit(page.url, form);
  const tokens = await client.authorizationCodeGrant(config, new URL(back.url), {
    pkceCodeVerifier: verifier,
  });
  return { page, tokens, claims: tokens.claims() };
}

describe('the demonstration’s identity provider', () => {
  test('offers its people by name and vouches for who was picked', async () => {
    const { page, claims } = await logIn(createVisitor(), { person: 'erin' });
    for (const name of ['Erin, engineer', 'Ada, administrator', 'Mom, family', 'Sam, stranger']) {
      expect(page.text).toContain(name);
    }
    expect(claims).toMatchObject({
      sub: 'erin',
      email: 'erin@example.com',
      email_verified: true,
      name: 'Erin',
      groups: ['engineering'],
      amr: ['pwd'],
    });
  });

  test('says that a key was used only of who owns one and ticked the box', async () => {
    const ada = await logIn(createVisitor(), { person: 'ada', key: 'yes' });
    expect(ada.claims).toMatchObject({ amr: ['pwd', 'hwk'], acr: 'phrh', groups: ['engineering', 'admins'] });
    expect((await logIn(createVisitor(), { person: 'ada' })).claims).toMatchObject({ amr: ['pwd'] });
    expect((await logIn(createVisitor(), { person: 'erin', key: 'yes' })).claims).toMatchObject({
      amr: ['pwd'],
    });
  });

  test('asks nobody twice, unless a key is wanted that was not used', async () => {
    const visit = createVisitor();
    await logIn(visit, { person: 'ada' });
    expect((await logIn(visit, {})).page.url).toContain(authUrl);
    const stepUp = await logIn(visit, { person: 'ada', key: 'yes' }, { acr_values: 'phrh' });
    expect(stepUp.page.text).toContain('asks for a security key');
    expect(stepUp.claims).toMatchObject({ acr: 'phrh' });
    expect((await logIn(visit, {}, { acr_values: 'phrh' })).page.url).toContain(authUrl);
  });

  test('ends without a circle when the key that is wanted is not used', async () => {
    const { claims } = await logIn(createVisitor(), { person: 'erin' }, { acr_values: 'phrh' });
    expect(claims).toMatchObject({ acr: 'pwd' });
  });

  test('gives a refresh token that works', async () => {
    const { tokens } = await logIn(createVisitor(), { person: 'mom' });
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(refreshed.claims()).toMatchObject({ sub: 'mom' });
  });

  test('logs out on a page of its own and leads back', async () => {
    const visit = createVisitor();
    const { tokens } = await logIn(visit, { person: 'mom' });
    const back = `${authUrl}/.bouncer/logout`;
    const url = client.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: back,
    });
    const page = await visit(url.href);
    const action = /action="([^"]*)"/.exec(page.text)?.[1] ?? '';
    const xsrf = /name="xsrf" value="([^"]*)"/.exec(page.text)?.[1] ?? '';
    const left = await visit(new URL(action, page.url).href, { xsrf, logout: 'yes' });
    expect(left.url).toBe(back);
    expect((await logIn(visit, { person: 'sam' })).claims?.sub).toBe('sam');
  });

  test('a login page that is nobody’s is a page that says so', async () => {
    const { text } = await createVisitor()(`${provider.issuer}/login/nobody`);
    expect(text).toContain('start again');
  });
});
