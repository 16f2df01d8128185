import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { type HostileProvider, type Lies, startHostileProvider } from '../fixtures/hostile-provider.ts';
import { logInAtProvider, startOidcProvider } from '../fixtures/oidc-provider.ts';
import { createCertificates } from '../upstream/forward/certificates.ts';
import {
  type LoginSite,
  providerSettings,
  type SiteEvent,
  startLoginSite,
  visitApplication,
} from './login-site.ts';

let hostile: HostileProvider;
let site: LoginSite;
let browser: BrowserClient;

beforeAll(async () => {
  hostile = await startHostileProvider('bouncer');
  site = await startLoginSite({
    providers: () => [providerSettings({ id: 'idp', issuer: hostile.issuer })],
    asksAbout: ['email', 'group'],
  });
});
afterAll(async () => {
  await site.close();
  await hostile.close();
});
beforeEach(() => {
  hostile.tell({});
  browser = new BrowserClient();
});
afterEach(() => browser.close());

/** The events of one visit, and that the person's page says nothing of them. */
async function eventsOf(visit: () => Promise<{ readonly body: string }>, at = site): Promise<SiteEvent[]> {
  const before = at.events.length;
  const { body } = await visit();
  const events = at.events.slice(before);
  for (const { fields } of events)
    if (typeof fields['cause'] === 'string') expect(body).not.toContain(fields['cause']);
  return events;
}

async function failureOf(lies: Lies): Promise<Readonly<Record<string, unknown>>> {
  hostile.tell(lies);
  const events = await eventsOf(() => visitApplication(site, browser));
  const failures = events.filter(({ name }) => name === 'login_failed');
  expect(failures).toHaveLength(1);
  return failures[0]?.fields ?? {};
}

const now = (): number => Math.floor(Date.now() / 1000);
const callback = (): string => `${site.authUrl}/.bouncer/callback/idp`;
const refused = (error: string, description?: string): Lies => ({
  authorization: {
    code: null,
    error,
    ...(description === undefined ? {} : { error_description: description }),
  },
});
const tokenSays = (error: string, description?: string, tokenStatus = 400): Lies => ({
  tokenStatus,
  tokenBody: JSON.stringify({ error, error_description: description }),
});

/** What is wrong, what of it the operator reads, and which setting they are led to. */
type Case = readonly [what: string, lies: () => Lies, cause: RegExp | (() => string), hint: string];

const cases: readonly Case[] = [
  [
    'a wrong secret',
    () => tokenSays('invalid_client', 'client authentication failed', 401),
    () =>
      `\`${hostile.issuer}/token\` answered with status 401 and \`invalid_client\`: client authentication failed`,
    '`client_secret` of `idp`',
  ],
  [
    'another redirect URI, or a code that is over',
    () => tokenSays('invalid_grant', 'redirect_uri mismatch'),
    /\/token` answered with status 400 and `invalid_grant`: redirect_uri mismatch$/,
    '/.bouncer/callback/idp` must be registered exactly so',
  ],
  [
    'another audience',
    () => ({ claims: { aud: 'other-client' } }),
    /^`aud` of the ID token is `other-client`, and `bouncer` is wanted$/,
    '`client_id`',
  ],
  [
    'a refusal as if all were well',
    () => tokenSays('invalid_grant', 'too late', 200),
    /^the identity provider answered with status 200 and `invalid_grant`: too late$/,
    '/.bouncer/callback/idp` must be registered exactly so',
  ],
  [
    'no kind of token',
    () => ({ tokenMembers: { token_type: null } }),
    /^`token_type` of the token endpoint's answer is not right: a text is wanted, as `Bearer`$/,
    'for the provider to put right',
  ],
  [
    'a time that is none',
    () => ({ tokenMembers: { expires_in: 'soon' } }),
    /^`expires_in` of the token endpoint's answer is not right: a number of seconds is wanted$/,
    'for the provider to put right',
  ],
  [
    'a refresh token that is a number',
    () => ({ tokenMembers: { refresh_token: 7 } }),
    /^`refresh_token` of the token endpoint's answer is not right: a text is wanted, or nothing at all$/,
    'for the provider to put right',
  ],
  [
    'scopes in a list',
    () => ({ tokenMembers: { scope: ['openid'] } }),
    /^`scope` of the token endpoint's answer is not right: a text is wanted$/,
    'for the provider to put right',
  ],
  [
    'no access token',
    () => ({ tokenMembers: { access_token: null } }),
    /^the token endpoint sent no `access_token`$/,
    'for the provider to put right',
  ],
  [
    'UserInfo of nobody',
    () => ({ claims: { email: null }, userInfo: '{"email":"alice@example.com"}' }),
    /^UserInfo names nobody: its `sub` is not a text$/,
    'for the provider to put right',
  ],
  [
    'UserInfo that is signed without a word about it',
    () => ({
      claims: { email: null },
      userInfo: hostile.logoutToken({ sub: 'alice' }),
      userInfoType: 'application/jwt',
    }),
    /^the login cannot be finished: /,
    'signed only by an algorithm that its metadata list',
  ],
  [
    'further audiences',
    () => ({ claims: { aud: ['bouncer', 'evil'] } }),
    /^`aud` of the ID token is `\["bouncer","evil"\]`, and `bouncer` alone is wanted$/,
    '`azp`',
  ],
  [
    'another authorized party',
    () => ({ claims: { azp: 'evil' } }),
    /^`azp` of the ID token is `evil`, and `bouncer` is wanted$/,
    '`client_id`',
  ],
  [
    'another issuer in the token',
    () => ({ claims: { iss: 'https://other.test' } }),
    () => `\`iss\` of the ID token is \`https://other.test\`, and \`${hostile.issuer}\` is wanted`,
    '`issuer`',
  ],
  [
    'no issuer in the token',
    () => ({ claims: { iss: null } }),
    () => `\`iss\` of the ID token is nothing, and \`${hostile.issuer}\` is wanted`,
    '`issuer`',
  ],
  [
    'another `iss` parameter',
    () => ({ authorization: { iss: 'https://other.test' } }),
    () => `the answer came from the issuer \`https://other.test\`, and \`${hostile.issuer}\` was asked`,
    'mix-up',
  ],
  [
    'an algorithm that is not allowed',
    () => ({ signing: 'es256' }),
    /^the token is signed with `ES256`, and `RS256` is allowed$/,
    'add `ES256` to `id_token_algorithms`',
  ],
  [
    'an algorithm that never is',
    () => ({ signing: 'hmac-of-public-key', header: { alg: 'HS256' } }),
    /^the token is signed with `HS256`, and `RS256` is allowed$/,
    'never accepted',
  ],
  [
    'a foreign key',
    () => ({ signing: 'foreign' }),
    /^a token is signed with the key `key-1` \(RS256\), and no key at `http:.*\/jwks` made that signature: it has `key-1`/,
    'keys of their own',
  ],
  ['another nonce', () => ({ claims: { nonce: 'wrong' } }), /has another `nonce`/, 'another login'],
  ['no nonce', () => ({ claims: { nonce: null } }), /has no `nonce`/, 'drops `nonce`'],
  [
    'no ID token',
    () => ({ tokenMembers: { id_token: null } }),
    /sent an access token and no ID token/,
    '`scopes` of `idp` asks for `openid email profile groups`',
  ],
  [
    'a token that expired',
    () => ({ claims: { exp: now() - 3600 } }),
    /^the ID token has expired: `exp` is .*Z, 36\d\d s behind this machine's clock \(.*Z\)$/,
    'NTP',
  ],
  [
    'a token of the future',
    () => ({ claims: { iat: now() + 3600 } }),
    /^the ID token was issued in the future: `iat` is .*Z, 3[56]\d\d s ahead of this machine's clock/,
    'NTP',
  ],
  [
    'a token that is not valid yet',
    () => ({ claims: { nbf: now() + 3600 } }),
    /^the ID token is not valid yet: `nbf` is .*Z, 3[56]\d\d s ahead of/,
    'NTP',
  ],
  [
    'UserInfo of somebody else',
    () => ({ claims: { email: null }, userInfo: { sub: 'admin' } }),
    /^UserInfo speaks of `admin`, and the ID token of `alice`$/,
    'the same `sub`',
  ],
  [
    'UserInfo that does not answer so',
    () => ({ claims: { email: null }, userInfo: '{}', userInfoStatus: 403 }),
    () => `\`${hostile.issuer}/userinfo\` answered with status 403`,
    'of this provider',
  ],
  [
    'a scope that the provider does not know',
    () => refused('invalid_scope', 'requested scope is not allowed: groups'),
    /with `invalid_scope`: requested scope is not allowed: groups$/,
    '`scopes` of `idp` asks for `openid email profile groups`',
  ],
  [
    'a client that may not do this',
    () => refused('unauthorized_client'),
    /with `unauthorized_client`$/,
    '/.bouncer/callback/idp` registered as its redirect URI',
  ],
  [
    'a client that may not do this, at the token endpoint',
    () => tokenSays('unauthorized_client'),
    /\/token` answered with status 400 and `unauthorized_client`$/,
    'the authorization code flow',
  ],
  [
    'an access token that the ID token does not go with',
    () => ({ claims: { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' } }),
    /^`at_hash` of the ID token is not that of the access token that came with it$/,
    '`at_hash`',
  ],
  [
    'a subject that is a number',
    () => ({ claims: { sub: 7 } }),
    /^`sub` of the ID token is `7`, and a short text is wanted$/,
    'printable ASCII',
  ],
  [
    'an expiry that is a text',
    () => ({ claims: { exp: 'tomorrow' } }),
    /^`exp` of the ID token is `tomorrow`, and a time within a year is wanted$/,
    'number of seconds',
  ],
  [
    'a time of the login that is a text',
    () => ({ claims: { auth_time: 'today' } }),
    /^`auth_time` of the ID token is `today`, and a number of seconds is wanted$/,
    'number of seconds',
  ],
  [
    'a strength that the provider does not have',
    () => refused('unmet_authentication_requirements'),
    /with `unmet_authentication_requirements`$/,
    '`hardware_key.acr_values` of `idp`',
  ],
  [
    'a provider that wants to see the person',
    () => refused('interaction_required'),
    /with `interaction_required`$/,
    'leave `prompt` out of `authorization_parameters` of `idp`',
  ],
  [
    'a fault of the provider',
    () => refused('server_error', 'database down'),
    /with `server_error`: database down$/,
    'its own log says more',
  ],
  [
    'an error that nobody has words for',
    () => refused('account_frozen', 'ask the help desk'),
    /with `account_frozen`: ask the help desk$/,
    'check `client_id`, `scopes` and `authorization_parameters` of `idp`',
  ],
  [
    'a no',
    () => refused('access_denied', 'AADSTS50105: not assigned'),
    /`access_denied`: AADSTS50105: not assigned$/,
    'assigned',
  ],
  [
    'words that would write lines of their own, or hold a token',
    () => refused('access_denied', `no\n{"level":"info"}\u001b[2J ${'x'.repeat(40)} end`),
    /`access_denied`: no\\u000a\{"level":"info"\}\\u001b\[2J … end$/,
    'assigned',
  ],
];

describe('a login that fails tells its operator what was seen, what is wanted and what to set', () => {
  it.each(cases)('%s', async (_, lies, cause, hint) => {
    const fields = await failureOf(lies());
    if (typeof cause === 'function') expect(fields['cause']).toBe(cause());
    else expect(fields['cause']).toMatch(cause);
    expect(fields['hint']).toContain(hint);
    expect(fields).toMatchObject({ provider: 'idp', request_id: 'request-1' });
  });

  it('and names exactly the address to register', async () => {
    expect((await failureOf(tokenSays('invalid_grant')))['hint']).toContain(`\`${callback()}\``);
  });

  it('a key that the provider does not confirm, with what it said', async () => {
    hostile.tell({ claims: { amr: ['pwd', 'otp'], acr: 'silver' } });
    const events = await eventsOf(() =>
      visitApplication(site, browser, '/admin', 'wiki.localhost', [
        { what: 'hardware_key', maxAgeMs: null, source: 'any' },
      ]),
    );
    expect(events.find(({ name }) => name === 'login_failed')?.fields).toMatchObject({
      reason: 'hardware-key-not-confirmed',
      cause:
        'the provider said `amr` `pwd`, `otp` and `acr` `silver`, and `hwk` among `amr`, or `phrh` as `acr`, is wanted',
      hint: expect.stringContaining('`hardware_key` of `idp`'),
    });
  });

  it.each([
    [() => now() - 7200, /^`auth_time` is 72\d\d s ago, and at most \d+ s is wanted$/],
    [() => null, /^the provider sent no `auth_time`, and at most \d+ s is wanted$/],
  ])('a login that is not fresh, with its age (%#)', async (authTime, cause) => {
    hostile.tell({ claims: { auth_time: authTime() } });
    const events = await eventsOf(() =>
      visitApplication(site, browser, '/admin', 'wiki.localhost', [
        { what: 'fresh_login', maxAgeMs: 60_000 },
      ]),
    );
    expect(events.find(({ name }) => name === 'login_failed')?.fields).toMatchObject({
      reason: 'fresh-login-not-confirmed',
      cause: expect.stringMatching(cause),
      hint: expect.stringContaining('`max_age`'),
    });
  });
});

describe('a login that works and is not enough says so in one event', () => {
  it.each([
    [{ email: null }, 'email', /sent no e-mail address$/, 'scope `email`'],
    [{ email_verified: false }, 'email', /`email_verified` was not `true`$/, '`email_verified`'],
    [
      { email: 'a@b@c' },
      'email',
      /^the provider sent something else than one plain e-mail address$/,
      'ASCII',
    ],
    [
      { groups: null },
      'groups',
      /^the claim `groups` was neither in the ID token nor in UserInfo$/,
      // What is wrong most often comes first, with what was asked for.
      'only for a scope (asked for were `openid`, `email`, `profile`, `groups`)',
    ],
    [
      { groups: null },
      'groups',
      /^the claim `groups` was/,
      'When only people in no group come without: `groups_missing: none`',
    ],
  ] as const)('%j', async (claims, claim, cause, hint) => {
    hostile.tell({ claims });
    const events = await eventsOf(() => visitApplication(site, browser));
    const told = events.filter(({ name, fields }) => name === 'claim_unusable' && fields['claim'] === claim);
    expect(told).toHaveLength(1);
    expect(told[0]?.fields).toMatchObject({
      cause: expect.stringMatching(cause),
      hint: expect.stringContaining(hint),
      ...(claim === 'groups' ? { is_used: true } : {}),
    });
  });
});

describe('a provider that cannot be asked', () => {
  async function failureAt(issuer: string, tell: () => void = () => {}): Promise<SiteEvent | undefined> {
    const other = await startLoginSite({ providers: () => [providerSettings({ id: 'idp', issuer })] });
    try {
      tell();
      const events = await eventsOf(() => visitApplication(other, browser), other);
      return events.find(({ name }) => name === 'login_failed');
    } finally {
      await other.close();
    }
  }

  it('names the address that was asked and its status', async () => {
    const failure = await failureAt(`${hostile.issuer}/realms/acme`);
    expect(failure?.fields).toMatchObject({
      cause: `\`${hostile.issuer}/realms/acme/.well-known/openid-configuration\` answered with status 404`,
      hint: expect.stringContaining('`issuer` must be the address below which'),
    });
  });
  it('names both issuers', async () => {
    const failure = await failureAt(hostile.issuer, () =>
      hostile.tell({ metadata: { issuer: 'https://other.test' } }),
    );
    expect(failure?.fields).toMatchObject({
      cause: expect.stringMatching(
        /^the identity provider calls itself `https:\/\/other\.test\/?`, and the settings say `http:/,
      ),
      hint: expect.stringContaining('`issuer`'),
    });
  });
  it.each([
    ['https://login.microsoftonline.com/{tenantid}/v2.0', 'write the id of your tenant in its place'],
    ['nonsense', 'not of the form that OpenID Connect gives it'],
    [7, 'copy its issuer'],
  ])('has a hint for an issuer that is none: %s', async (issuer, hint) => {
    const failure = await failureAt(hostile.issuer, () => hostile.tell({ metadata: { issuer } }));
    expect(failure?.fields['hint']).toContain(hint);
  });
  it('says where a redirect would have led', async () => {
    const failure = await failureAt(hostile.issuer, () =>
      hostile.tell({ redirectTo: 'https://login.test/x?secret' }),
    );
    expect(failure?.fields['cause']).toMatch(
      /answered with status 302, which leads to `https:\/\/login\.test`$/,
    );
  });
  it('says that nothing listens', async () => {
    const gone = await startHostileProvider('bouncer');
    await gone.close();
    const failure = await failureAt(gone.issuer);
    expect(failure?.fields).toMatchObject({
      reason: 'provider-unavailable',
      cause: `\`${gone.issuer}\` cannot be reached: nothing listens there (ECONNREFUSED)`,
      hint: expect.stringContaining('port'),
    });
  });

  it('has a private authority: the hint leads to `ca_file`, and with it people get in', async () => {
    const certificates = createCertificates();
    const pair = certificates.issue('idp', 'DNS:localhost');
    // TLS in front of a real provider whose metadata name the address that people see.
    const front = createServer({ cert: pair.cert, key: pair.key }, async (req, res) => {
      const body: Buffer[] = [];
      for await (const chunk of req) body.push(chunk as Buffer);
      const answer = await fetch(`${hostile.issuer}${req.url}`, {
        method: req.method ?? 'GET',
        headers: { 'content-type': req.headers['content-type'] ?? 'text/plain' },
        ...(body.length === 0 ? {} : { body: Buffer.concat(body).toString() }),
        redirect: 'manual',
      });
      res.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const issuer = `https://localhost:${(front.address() as AddressInfo).port}`;
    const metadata = {
      issuer,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      authorization_endpoint: `${issuer}/authorize`,
    };
    try {
      const failure = await failureAt(issuer, () => hostile.tell({ metadata }));
      expect(failure?.fields).toMatchObject({
        reason: 'provider-unavailable',
        cause: expect.stringContaining('of an authority that this machine does not know'),
        hint: expect.stringMatching(/`ca_file` of this provider.*NODE_EXTRA_CA_CERTS/),
      });
      hostile.tell({ metadata, claims: { iss: issuer } });
      const known = await startLoginSite({
        providers: () => [providerSettings({ id: 'idp', issuer, ca: certificates.ca.toString() })],
      });
      const trusting = new BrowserClient();
      const to = (await known.logins.begin({
        host: 'auth.localhost',
        application: null,
        query: '',
        cookie: undefined,
        session: null,
        ip: null,
        userAgent: undefined,
        language: 'en',
        requestId: 'request-2',
        nowMs: known.now(),
      } as never)) as { readonly kind: string; readonly location?: string };
      expect([to.kind, to.location?.startsWith(`${issuer}/authorize?`)]).toEqual(['redirect', true]);
      await trusting.close();
      await known.close();
    } finally {
      front.close();
      front.closeAllConnections();
      certificates.remove();
    }
  });
});

describe('a real provider', () => {
  it('that is given a wrong secret is named as such', async () => {
    let real: Awaited<ReturnType<typeof startOidcProvider>> | null = null;
    const other = await startLoginSite({
      providers: async (authUrl) => {
        real = await startOidcProvider({
          clients: [{ clientId: 'bouncer', clientSecret: 'the right one', authUrl, providerIds: ['idp'] }],
          people: [{ id: 'ada', claims: { email: 'ada@example.com', email_verified: true } }],
        });
        return [providerSettings({ id: 'idp', issuer: real.issuer, clientSecret: 'another one' })];
      },
    });
    try {
      const events = await eventsOf(
        async () => logInAtProvider(browser, await visitApplication(other, browser), 'ada'),
        other,
      );
      expect(events.find(({ name }) => name === 'login_failed')?.fields).toMatchObject({
        cause: expect.stringMatching(/\/token` answered with status 401 and `invalid_client`/),
        hint: expect.stringContaining('`client_id` and `client_secret` of `idp`'),
      });
    } finally {
      await other.close();
      await (real as { close(): Promise<void> } | null)?.close();
    }
  });
});
