// Applications written for Cloudflare Access, Pomerium, oauth2-proxy and `Remote-User`, checked as the documents of those projects tell
// applications to: by jose and by PyJWT, with the key address, issuer and audience of each, and at each other's verifiers.
import { execFile, execFileSync } from 'node:child_process';
import { request } from 'node:http';
import { promisify } from 'node:util';
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { issueToken } from '../../src/identity/tokens/token-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createAssertionVerifier } from '../../src/verify.ts';
import type { BrowserClient } from '../fixtures/browser-client.ts';
import { person, type Site, startSite } from '../fixtures/running-site.ts';

const python = process.env['BOUNCER_PYTHON'] ?? 'python3';
const hasPyJwt = ((): boolean => {
  try {
    execFileSync(python, ['-c', 'import jwt, cryptography'], { stdio: 'ignore' });
    return true;
  } catch {
    // Under CI it must be there: the test fails and says so.
    return process.env['CI'] !== undefined;
  }
})();

let site: Site;
let alice: BrowserClient;
let token: { readonly id: string; readonly secret: string };
let seen: Readonly<Record<string, string>>;

const hosts = ['cf', 'pomerium', 'o2p', 'remote', 'plain'];
const rules = `
applications:
${[
  ['cf', 'cloudflare'],
  ['pomerium', 'pomerium'],
  ['o2p', 'oauth2-proxy'],
  ['remote', 'remote'],
]
  .map(
    ([host, also]) => `  - name: ${host}
    host: ${host}.localhost
    upstream: UPSTREAM
    assertion: { also: [${also}] }
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }, { service_token: ci }] }
    paths:
      - { path: /open, policies: [{ name: open, action: bypass, include: [everyone] }] }
`,
  )
  .join('')}
  - name: kept
    host: kept.localhost
    upstream: UPSTREAM
    assertion: { also: [{ cloudflare: 32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228 }, pomerium, oauth2-proxy, remote] }
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
  - name: plain
    host: plain.localhost
    upstream: UPSTREAM
    policies: [{ name: open, action: bypass, include: [everyone] }]
`;

beforeAll(async () => {
  site = await startSite({
    rules,
    people: [person('alice', 'alice@example.com', ['staff', 'a,b', 'größe', 'ops and more', ' x'])],
  });
  const store = await openStore(site.bouncer.settings);
  const order = { name: 'ci', applications: null, lifetimeMs: null };
  const made = await issueToken(store.tokens, order, Date.now());
  token = { id: made.token.id, secret: made.secret };
  await store.close();
  alice = (await site.logIn('alice', site.at('cf.localhost'))).browser;
  seen = await headersAt('kept.localhost');
}, 60_000);
afterAll(() => site.close());

async function headersAt(host: string): Promise<Readonly<Record<string, string>>> {
  const page = await alice.get(site.at(host, '/page'));
  expect(page.status).toBe(200);
  return JSON.parse(page.body).headers;
}

function ask(
  host: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}> {
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port: site.port, path };
    const req = request({ ...to, headers: { host: `${host}:${site.port}`, ...headers } }, (res) => {
      let body = '';
      res.setEncoding('utf8');
      res.on('data', (text) => {
        body += text;
      });
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }));
    });
    req.on('error', reject);
    req.end();
  });
}

/** A key set as applications fetch it. `*.localhost` is this machine whether the resolver knows it or not. */
function keysAt(address: string): ReturnType<typeof createRemoteJWKSet> {
  return createRemoteJWKSet(new URL(address), {
    [customFetch]: async (url) => {
      const { hostname, pathname } = new URL(url);
      const answer = await ask(hostname, pathname);
      return new Response(answer.body, {
        status: answer.status,
        headers: { 'content-type': 'application/json' },
      });
    },
  });
}

/** As each project tells applications to verify: key address, issuer, audience. */
const verifiers = {
  cloudflare: () => ({
    field: 'cf-access-jwt-assertion',
    keys: site.at('cf.localhost', '/cdn-cgi/access/certs'),
    issuer: site.at('cf.localhost', ''),
    audience: 'cloudflare:cf',
    algorithm: 'RS256',
    host: 'cf.localhost',
  }),
  pomerium: () => ({
    field: 'x-pomerium-jwt-assertion',
    keys: site.at('pomerium.localhost', '/.well-known/pomerium/jwks.json'),
    issuer: 'pomerium.localhost',
    audience: 'pomerium.localhost',
    algorithm: 'ES256',
    host: 'pomerium.localhost',
  }),
};

describe.each(Object.entries(verifiers))('a program written for %s', (name, describeIt) => {
  test('verifies its JWT with jose', async () => {
    const { field, keys, issuer, audience, algorithm, host } = describeIt();
    const jwt = (await headersAt(host))[field] ?? '';
    const { payload, protectedHeader } = await jwtVerify(jwt, keysAt(keys), {
      ...{ issuer, audience, algorithms: [algorithm] },
    });
    expect(protectedHeader.typ).toBe('JWT');
    expect(payload).toMatchObject({ sub: 'alice', email: 'alice@example.com' });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(300);
    if (name === 'cloudflare') expect(payload).toMatchObject({ aud: [audience], type: 'app' });
    else
      expect(payload).toMatchObject({
        aud: audience,
        user: 'alice',
        groups: expect.arrayContaining(['staff']),
      });
  });

  test.skipIf(!hasPyJwt)('verifies its JWT with PyJWT', async () => {
    const { field, keys, issuer, audience, algorithm, host } = describeIt();
    const jwt = (await headersAt(host))[field] ?? '';
    const program = `import sys, json, jwt, urllib.request
token, keys, issuer, audience, algorithm = sys.argv[1:]
key_set = jwt.PyJWKSet.from_dict(json.loads(urllib.request.urlopen(keys).read()))
key = key_set[jwt.get_unverified_header(token)["kid"]]
print(json.dumps(jwt.decode(token, key.key, algorithms=[algorithm], audience=audience, issuer=issuer)))`;
    const local = keys.replace(/\/\/[^:/]*/, '//127.0.0.1');
    const { stdout } = await promisify(execFile)(python, [
      ...[
        '-c',
        program.replace(
          'urlopen(keys)',
          `urlopen(urllib.request.Request(keys, headers={"Host": "${host}"}))`,
        ),
      ],
      ...[jwt, local, issuer, audience, algorithm],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ email: 'alice@example.com' });
  });

  test('refuses the JWT of every other one, and bouncer’s', async () => {
    const { field, keys, issuer, audience, algorithm } = describeIt();
    const others = Object.entries(seen).filter(([own, value]) => /^ey/.test(value) && own !== field);
    expect(others.length).toBe(2);
    for (const [, jwt] of others)
      await expect(
        jwtVerify(jwt, keysAt(keys), { issuer, audience, algorithms: [algorithm] }),
      ).rejects.toThrow();
    // Nor that of another application, whose key is the same.
    await expect(jwtVerify(seen[field] ?? '', keysAt(keys), { issuer, audience })).rejects.toThrow(/claim/);
  });
});

test('bouncer-proxy/verify refuses the JWT of each dialect, and its keys are not among bouncer’s', async () => {
  for (const audience of [
    'kept',
    '32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228',
    'kept.localhost',
  ]) {
    for (const issuer of [site.at('auth.localhost', ''), site.at('kept.localhost', '')]) {
      const verify = createAssertionVerifier({
        issuer,
        audience,
        jwksUrl: site.at('auth.localhost', '/.bouncer/certs'),
      });
      for (const field of ['cf-access-jwt-assertion', 'x-pomerium-jwt-assertion'])
        await expect(verify(seen[field] ?? '')).rejects.toThrow();
    }
  }
  const kids = async (host: string, path: string) =>
    JSON.parse((await ask(host, path)).body).keys.map(({ kid, d }: { kid: string; d?: string }) => [kid, d]);
  const all = [
    await kids('auth.localhost', '/.bouncer/certs'),
    await kids('kept.localhost', '/cdn-cgi/access/certs'),
    await kids('kept.localhost', '/.well-known/pomerium/jwks.json'),
  ].flat();
  expect(new Set(all.map(([kid]) => kid)).size).toBe(all.length);
  expect(all.every(([, secret]) => secret === undefined)).toBe(true);
});

test('an audience that the rules name is that of the JWT', async () => {
  const keys = keysAt(site.at('kept.localhost', '/cdn-cgi/access/certs'));
  const { payload } = await jwtVerify(seen['cf-access-jwt-assertion'] ?? '', keys, {
    issuer: site.at('kept.localhost', ''),
    audience: '32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228',
  });
  expect(payload.sub).toBe('alice');
});

test('plain headers say the same, without a group that would be read as others', async () => {
  expect(seen).toMatchObject({
    'cf-access-authenticated-user-email': 'alice@example.com',
    'x-forwarded-user': 'alice',
    'x-forwarded-email': 'alice@example.com',
    'x-forwarded-groups': 'staff,ops and more',
    'x-auth-request-user': 'alice',
    'x-auth-request-groups': 'staff,ops and more',
    'remote-user': 'alice@example.com',
    'remote-email': 'alice@example.com',
    'remote-name': 'alice',
    'remote-groups': 'staff,ops and more',
  });
  await vi.waitFor(
    () => {
      const told = site
        .records()
        .filter((one) => one['event'] === 'group_left_out' && one['application'] === 'kept');
      expect(new Set(told.map((one) => one['group'])).size).toBe(3);
      expect(told.length).toBe(3);
    },
    { timeout: 30_000 },
  );
});

test('a client’s own fields of every dialect reach no application, whatever it speaks', async () => {
  const forged = Object.fromEntries(
    [
      ...[
        'Cf-Access-Jwt-Assertion',
        'Cf-Access-Authenticated-User-Email',
        'X-Pomerium-Jwt-Assertion',
        'Remote-User',
      ],
      ...['Remote_Groups', 'X-Forwarded-User', 'X-Auth-Request-Email', 'X_Auth_Request_Groups'],
    ].map((name) => [name, 'forged']),
  );
  for (const host of hosts) {
    const answer = await ask(`${host}.localhost`, '/open/x', forged);
    expect([host, answer.status]).toEqual([host, 200]);
    expect(answer.body).not.toContain('forged');
  }
});

describe('for Cloudflare’s programs', () => {
  test('a service token comes in the fields that they know, and nothing of it goes on', async () => {
    const fields = { 'CF-Access-Client-Id': token.id, 'CF-Access-Client-Secret': token.secret };
    const answer = await ask('cf.localhost', '/x', fields);
    expect(answer.status).toBe(200);
    expect(answer.body).not.toContain(token.secret);
    const jwt = JSON.parse(answer.body).headers['cf-access-jwt-assertion'];
    const keys = keysAt(site.at('cf.localhost', '/cdn-cgi/access/certs'));
    expect((await jwtVerify(jwt, keys)).payload).toMatchObject({ common_name: 'ci', sub: '', type: 'app' });
    // Elsewhere these fields are nobody's, and reach nobody.
    expect((await ask('pomerium.localhost', '/x', fields)).status).toBe(401);
    const open = await ask('pomerium.localhost', '/open/x', fields);
    expect(open.body).not.toContain(token.secret);
    for (const bad of [
      { 'CF-Access-Client-Id': token.id },
      { ...fields, 'CF-Access-Client-Secret': `${token.secret}x` },
      { ...fields, 'CF-Access-Client-Id': 'other' },
    ])
      expect((await ask('cf.localhost', '/open/x', bad)).status).toBe(401);
    expect(
      (await ask('cf.localhost', '/x', { ...fields, authorization: `Bearer ${token.secret}` })).status,
    ).toBe(400);
  });

  test('who am I, and a logout that asks first', async () => {
    const me = await alice.get(site.at('cf.localhost', '/cdn-cgi/access/get-identity'));
    expect(JSON.parse(me.body)).toMatchObject({
      email: 'alice@example.com',
      user_uuid: 'alice',
      idp: { id: 'test' },
    });
    expect((await ask('cf.localhost', '/cdn-cgi/access/get-identity')).status).toBe(401);
    const page = await alice.get(site.at('cf.localhost', '/cdn-cgi/access/logout'));
    expect(page.url).toBe(site.at('cf.localhost', '/.bouncer/logout'));
    expect((await alice.get(site.at('cf.localhost', '/page'))).status).toBe(200);
  });

  test('the addresses are bouncer’s where the application says so, and exactly these', async () => {
    const before = site.upstream.seen.length;
    for (const path of ['/cdn-cgi/access/certs', '/cdn-cgi/access/get-identity'])
      await ask('cf.localhost', path);
    expect(site.upstream.seen.length).toBe(before);
    for (const path of ['/cdn-cgi/access/certs', '/.well-known/pomerium/jwks.json'])
      expect((await ask('plain.localhost', path)).status).toBe(200);
    expect(site.upstream.seen.length).toBe(before + 2);
    expect((await ask('pomerium.localhost', '/cdn-cgi/access/certs')).status).toBe(401);
  });
});
