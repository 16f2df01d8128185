// Programs with a service token: the three ways to present it, what the application learns, and everything that is refused.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSecret } from '../../src/identity/tokens/service-secret.ts';
import { issueToken, revokeToken, rotateToken } from '../../src/identity/tokens/token-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createAssertionVerifier } from '../../src/verify.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

let site: Site;
let store: Store;
/** Every secret that was made: none of them may be in the log. */
const secrets: string[] = [];

const day = 86_400_000;

beforeAll(async () => {
  site = await startSite({
    settings: 'trusted_proxies: [127.0.0.1/32]\nclient_ip_header: X-Forwarded-For',
    rules: `
applications:
  - name: api
    host: api.localhost
    upstream: UPSTREAM
    identity_headers: { X-Forwarded-Email: email, X-Forwarded-User: sub }
    policies:
      - { name: programs, action: allow, include: [{ service_token: [ci, short, doomed] }] }
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
    paths:
      - path: /any
        policies: [{ name: any, action: allow, include: [any_service_token] }]
      - path: /people
        policies: [{ name: people, action: allow, include: [authenticated] }]
      - path: /public
        policies: [{ name: open, action: bypass, include: [everyone] }]
  - name: other
    host: other.localhost
    upstream: UPSTREAM
    policies: [{ name: programs, action: allow, include: [any_service_token] }]
    paths:
      - path: /public
        policies: [{ name: open, action: bypass, include: [everyone] }]
  - name: open
    host: open.localhost
    upstream: UPSTREAM
    policies: [{ name: open, action: bypass, include: [everyone] }]
`,
  });
  store = await openStore(site.bouncer.settings);
});

afterAll(async () => {
  const log = site.logText();
  await store.close();
  await site.close();
  for (const secret of secrets) expect(log).not.toContain(secret.slice(6, 40));
});

async function issue(
  name: string,
  own: { applications?: readonly string[]; lifetimeMs?: number } = {},
): Promise<{ readonly id: string; readonly secret: string }> {
  const { applications = null, lifetimeMs = null } = own;
  const { token, secret } = await issueToken(store.tokens, { name, applications, lifetimeMs }, Date.now());
  secrets.push(secret);
  return { id: token.id, secret };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request with exactly these header fields, as a program would send it. */
function ask(
  path: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
  host = 'api.localhost',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request(
      {
        host: '127.0.0.1',
        port: site.port,
        path,
        headers: { host: `${host}:${site.port}`, ...headers } as never,
      },
      (res) => {
        let body = '';
        res.setEncoding('utf8');
        res.on('data', (text) => {
          body += text;
        });
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }));
      },
    );
    req.on('error', reject);
    req.end();
  });
}

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
/** An address of its own, so that no test uses up the tries of another. */
let addresses = 0;
const from = (): { readonly 'x-forwarded-for': string } => {
  addresses += 1;
  return { 'x-forwarded-for': `198.51.100.${addresses}` };
};

function recordOf(requestId: string): Promise<Readonly<Record<string, unknown>>> {
  return vi.waitFor(
    () => {
      const found = site.records().find((one) => one['request_id'] === requestId && 'status' in one);
      if (found === undefined) throw new Error('no record yet');
      return found;
    },
    { timeout: 30_000 },
  );
}

describe('a program with a service token', () => {
  let ci: { readonly id: string; readonly secret: string };
  beforeAll(async () => {
    ci = await issue('ci');
  });

  const ways: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
    'as id and secret': () => ({ 'bouncer-client-id': ci.id, 'bouncer-client-secret': ci.secret }),
    'after Bearer': () => bearer(ci.secret),
    'after bearer in lower case and two blanks': () => ({ authorization: `bearer  ${ci.secret}` }),
    'as the password of Basic': () => basic('anybody', ci.secret),
    'as the password of Basic without a name': () => basic('', ci.secret),
    'as Bouncer-Token beside credentials of the application’s own': () => ({
      'bouncer-token': ci.secret,
      ...basic('app', 'own'),
    }),
  };
  test.each(Object.entries(ways))(
    'gets in when it is presented %s, and none of it goes on',
    async (_, way) => {
      const answer = await ask('/x', { ...way(), ...from() });
      expect(answer.status).toBe(200);
      const seen = JSON.parse(answer.body).headers;
      expect(JSON.stringify(seen)).not.toContain(ci.secret);
      expect(JSON.stringify(seen)).not.toContain(Buffer.from(`anybody:${ci.secret}`).toString('base64'));
      expect(Object.keys(seen).filter((name) => name.startsWith('bouncer-'))).toEqual([]);
      expect(seen['authorization']).toBe(
        'bouncer-token' in way() ? basic('app', 'own').authorization : undefined,
      );
      expect(seen['x-forwarded-user']).toBe('ci');
      expect(seen['x-forwarded-email']).toBeUndefined();
      expect(await recordOf(seen['x-request-id'])).toMatchObject({
        ...{ sub: 'ci', email: null, idp: null, decision: 'allow', policy: 'programs' },
        session: expect.stringMatching(/^[\w-]{12}$/),
      });
    },
  );

  test('is told to the application by an assertion that its verifier takes', async () => {
    const issuer = site.at('auth.localhost', '').replace(/\/$/, '');
    const verify = createAssertionVerifier({ issuer, audience: 'api' });
    const seen = JSON.parse((await ask('/x', { ...bearer(ci.secret), ...from() })).body).headers;
    const assertion = await verify(seen['x-bouncer-jwt-assertion']);
    expect(assertion).toMatchObject({ type: 'service', sub: 'ci', common_name: 'ci', aud: ['api'] });
    expect(assertion).not.toHaveProperty('email');
    expect(assertion).not.toHaveProperty('sid');
  });

  test('meets no selector about people, and is not sent to log in', async () => {
    const answer = await ask('/people', { ...bearer(ci.secret), ...from() });
    expect([answer.status, JSON.parse(answer.body).reason]).toEqual([403, 'no-policy-matched']);
  });

  test('is named where a path is open to everybody', async () => {
    const answer = await ask('/public', { ...bearer(ci.secret), ...from() });
    expect(JSON.parse(answer.body).headers['x-forwarded-user']).toBe('ci');
  });

  test('is one event an hour and a count in the store, with the place', async () => {
    const place = from();
    for (let count = 0; count < 3; count++) await ask('/any', { ...bearer(ci.secret), ...place });
    const used = site
      .records()
      .filter((record) => record['event'] === 'token_used' && record['ip'] === place['x-forwarded-for']);
    expect(used).toHaveLength(1);
    expect(used[0]).toMatchObject({ token: 'ci', host: 'api.localhost' });
    await vi.waitFor(
      async () => {
        const use = (await store.tokens.list()).find(({ token }) => token.name === 'ci')?.use;
        expect(use).toMatchObject({ lastIp: place['x-forwarded-for'] });
        expect(use?.uses).toBeGreaterThanOrEqual(3);
      },
      { timeout: 15_000 },
    );
  });

  test('is refused beside a session, and the session alone is not', async () => {
    const { browser } = await site.logIn('alice', site.at('api.localhost', '/x'));
    const cookie = [...browser.cookiesOf('api.localhost')]
      .map(([name, value]) => `${name}=${value}`)
      .join('; ');
    const both = await ask('/x', { ...bearer(ci.secret), cookie, ...from() });
    expect([both.status, JSON.parse(both.body).reason]).toEqual([400, 'credentials-ambiguous']);
    expect((await ask('/x', { cookie })).status).toBe(200);
    const stale = cookie.replace(/=.*/, `=${'A'.repeat(43)}`);
    expect((await ask('/x', { ...bearer(ci.secret), cookie: stale, ...from() })).status).toBe(200);
  });

  test.each<[string, () => Readonly<Record<string, string | readonly string[]>>, number, string]>([
    [
      'in two Authorization fields',
      () => ({ authorization: [`Bearer ${ci.secret}`, `Bearer ${ci.secret}`] }),
      400,
      'header-repeated',
    ],
    [
      'in two ways',
      () => ({ ...bearer(ci.secret), 'bouncer-token': ci.secret }),
      400,
      'credentials-ambiguous',
    ],
    [
      'with the id of another token',
      () => ({ 'bouncer-client-id': 'x', 'bouncer-client-secret': ci.secret }),
      401,
      'token-invalid',
    ],
    ['without its id', () => ({ 'bouncer-client-secret': ci.secret }), 401, 'token-invalid'],
    ['as an id alone', () => ({ 'bouncer-client-id': ci.id }), 401, 'token-invalid'],
    ['as the user name of Basic', () => basic(ci.secret, ''), 401, 'token-invalid'],
    ['under another scheme', () => ({ authorization: `Token ${ci.secret}` }), 401, 'token-invalid'],
    ['without a scheme', () => ({ authorization: ci.secret }), 401, 'token-invalid'],
    ['cut', () => bearer(ci.secret.slice(0, -3)), 401, 'token-invalid'],
    [
      'with a letter changed',
      () => bearer(ci.secret.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))),
      401,
      'token-invalid',
    ],
    ['that nobody made', () => bearer(createSecret()), 401, 'token-invalid'],
    ['of a kind that is not known', () => bearer(`bnc_u_${'A'.repeat(49)}`), 401, 'token-invalid'],
  ])(
    'is refused %s, also where everybody may enter, and nothing reaches the application',
    async (_, fields, status, reason) => {
      const before = site.upstream.seen.length;
      for (const path of ['/x', '/public', '/.bouncer/identity']) {
        const answer = await ask(path, { ...fields(), ...from() });
        expect([answer.status, JSON.parse(answer.body).reason], path).toEqual([status, reason]);
        if (status === 401)
          expect(answer.headers['www-authenticate']).toMatch(/^(Bearer|Basic) realm="api\.localhost"/);
      }
      expect(site.upstream.seen.length).toBe(before);
    },
  );

  test.each(['/x?token=SECRET', '/x/SECRET/y'])(
    'is refused in an address (%s), with a hint',
    async (path) => {
      const answer = await ask(path.replace('SECRET', ci.secret), from());
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.body)).toMatchObject({
        reason: 'token-in-url',
        hint: expect.stringContaining('Authorization: Bearer'),
      });
    },
  );

  test('is refused in an address however it is encoded there, and no application gets it from another field', async () => {
    const { secret } = await issue('misplaced');
    for (const text of [secret, secret.replaceAll('_', '%5F'), secret.replaceAll('_', '%255f')])
      for (const path of [`/public?token=${text}`, `/public/${text}`]) {
        const refused = await ask(path, from());
        expect([path.replace(text, ''), refused.status, refused.body]).toEqual([
          path.replace(text, ''),
          401,
          expect.stringContaining('token-in-url'),
        ]);
      }
    const passed = await ask('/public', {
      ...from(),
      'x-api-key': secret,
      referer: `http://wiki.localhost/?token=${secret}`,
      cookie: `a=1; token=${secret}`,
    });
    expect([passed.status, passed.body]).toEqual([200, expect.stringContaining('a=1')]);
    expect(passed.body).not.toContain(secret.slice(6, 40));
  });

  test('leaves an Authorization that is not bouncer’s alone', async () => {
    for (const value of [
      'Bearer eyJhbGciOiJub25lIn0.e30.',
      'Basic YTpi',
      'Digest username="x"',
      'Bearer ',
      'AWS4-HMAC-SHA256 Credential=a/b',
    ]) {
      const answer = await ask('/public', { authorization: value, ...from() });
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.body).headers['authorization']).toBe(value.trim());
    }
  });
});

describe('the limits of a token', () => {
  test('are its applications: elsewhere it opens nothing, not even what is open', async () => {
    const { secret } = await issue('narrow', { applications: ['api'] });
    expect((await ask('/any', { ...bearer(secret), ...from() })).status).toBe(200);
    for (const path of ['/x', '/public']) {
      const answer = await ask(path, { ...bearer(secret), ...from() }, 'other.localhost');
      expect([answer.status, JSON.parse(answer.body).reason]).toEqual([403, 'token-elsewhere']);
    }
  });

  test('are its end: then it is refused, and the stream that it opened is cut', async () => {
    const { secret } = await issue('short', { lifetimeMs: 3_000 });
    const stream = openStream('api.localhost', secret);
    await stream.begun;
    expect(await stream.over).toBe('cut');
    const answer = await ask('/any', { ...bearer(secret), ...from() });
    expect([answer.status, JSON.parse(answer.body).reason]).toEqual([401, 'token-expired']);
  });

  test('a rotation: both secrets work until the end of the first', async () => {
    const first = await issue('rotated');
    await waitForEvent({ event: 'token_created', token: 'rotated' });
    const { secret, token } = await rotateToken(
      store.tokens,
      { name: 'rotated', keepMs: 2_000, lifetimeMs: undefined },
      Date.now(),
    );
    secrets.push(secret);
    expect(token.id).toBe(first.id);
    expect((await ask('/any', { ...bearer(secret), ...from() })).status).toBe(200);
    expect((await ask('/any', { ...bearer(first.secret), ...from() })).status).toBe(200);
    await vi.waitFor(
      async () => {
        const answer = await ask('/any', { ...bearer(first.secret), ...from() });
        expect([answer.status, JSON.parse(answer.body).reason]).toEqual([401, 'token-expired']);
      },
      { timeout: 10_000, interval: 200 },
    );
    expect((await ask('/any', { ...bearer(secret), ...from() })).status).toBe(200);
  });

  test('a revocation: at once for requests, soon for streams, and an event', async () => {
    const { secret } = await issue('doomed');
    const stream = openStream('api.localhost', secret);
    const open = openStream('open.localhost', secret);
    await Promise.all([stream.begun, open.begun]);
    await waitForEvent({ event: 'token_created', token: 'doomed', applications: ['all'], expires: null });
    await revokeToken(store.tokens, 'doomed');
    expect((await ask('/any', { ...bearer(secret), ...from() })).status).toBe(401);
    expect(await Promise.all([stream.over, open.over])).toEqual(['cut', 'cut']);
    await waitForEvent({ event: 'token_revoked', token: 'doomed' });
    await waitForEvent({ event: 'token_rotated', token: 'rotated', old_secret_ends: expect.any(String) });
    expect(
      site.records().filter((record) => record['cause'] === 'token-ended' && record['sub'] === 'doomed'),
    ).toHaveLength(2);
  });
});

describe('who guesses', () => {
  test('is slowed after 20 tries, alone: a token in use goes on from the same address, and nobody elsewhere notices', async () => {
    const { secret } = await issue('calm', { lifetimeMs: day });
    const place = from();
    expect((await ask('/any', { ...bearer(secret), ...place })).status).toBe(200);
    const statuses: number[] = [];
    let last: Answer | null = null;
    for (let count = 0; count < 40; count++) {
      last = await ask('/any', { ...bearer(createSecret()), ...place });
      statuses.push(last.status);
    }
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(20);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    expect([last?.status, last?.headers['retry-after']]).toEqual([429, '3']);
    expect((await ask('/any', { ...bearer(secret), ...place })).status).toBe(200);
    expect((await ask('/any', { ...bearer(createSecret()), ...from() })).status).toBe(401);
    const told = site
      .records()
      .filter(
        (record) => record['event'] === 'token_use_failed' && record['ip'] === place['x-forwarded-for'],
      );
    expect(told.length).toBe(statuses.filter((status) => status === 401).length);
  });
});

function waitForEvent(fields: Readonly<Record<string, unknown>>): Promise<void> {
  return vi.waitFor(() => expect(site.records()).toContainEqual(expect.objectContaining(fields)), {
    timeout: 15_000,
    interval: 100,
  });
}

function openStream(
  host: string,
  secret: string,
): { readonly begun: Promise<void>; readonly over: Promise<string> } {
  let begin: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const over = new Promise<string>((resolve, reject) => {
    const req = request(
      {
        ...{ host: '127.0.0.1', port: site.port, path: '/stream' },
        headers: { host: `${host}:${site.port}`, ...bearer(secret) },
      },
      (res) => {
        res.on('data', () => begin());
        res.on('end', () => resolve(res.complete ? 'whole' : 'cut'));
        res.on('error', () => resolve('cut'));
      },
    );
    req.on('error', reject);
    req.end();
  });
  return { begun, over };
}
