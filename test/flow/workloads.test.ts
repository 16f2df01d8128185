// Programs that prove themselves with a token of an issuer that is trusted: GitHub Actions, GitLab CI and Kubernetes by the claims that
// they document, what the application learns, and everything that is refused.

import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createAssertionVerifier } from '../../src/verify.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import {
  githubClaims,
  gitlabClaims,
  kubernetesClaims,
  type Manner,
  startTokenIssuer,
  type TokenIssuer,
} from '../fixtures/token-issuer.ts';

const audience = 'https://bouncer.example';
let site: Site;
const issuers: Record<'github' | 'gitlab' | 'cluster', TokenIssuer> = {} as never;
/** Issuers that do not answer as they should. */
const moods: { readonly name: string; readonly manner: Manner; readonly issuer: TokenIssuer }[] = [];
const manners: readonly Manner[] = [
  ...(['silent', 'trickles', 'breaks', 'not found', 'another page', 'another issuer'] as const),
  ...(['redirects', 'too much', 'keys elsewhere', 'no keys'] as const),
];
/** Every token that was made: none of them may be in the log. */
const tokens: string[] = [];

const rules = `
applications:
  - name: api
    host: api.localhost
    upstream: UPSTREAM
    identity_headers: { X-Forwarded-User: sub }
    policies:
      - name: releases
        action: allow
        include: [{ workload: { issuer: github, claims: { repository: acme/app, ref: refs/heads/main } } }]
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
    paths:
      - path: /any
        policies: [{ name: any, action: allow, include: [{ workload: [github, gitlab, cluster, ${manners.map((_, n) => `mood${n}`).join(', ')}] }] }]
      - path: /stream
        policies: [{ name: stream, action: allow, include: [{ workload: gitlab }] }]
      - path: /team
        policies:
          - { name: team, action: allow, include: [{ workload: { issuer: gitlab, claims: { project_path: acme/team/*, ref_protected: true } } }] }
      - path: /prod
        policies:
          - name: prod
            action: allow
            include: [{ workload: { issuer: cluster, subject: 'system:serviceaccount:prod:*', claims: { kubernetes.io: { namespace: prod, pod: { name: deploy-* } } } } }]
      - path: /tokens
        policies: [{ name: tokens, action: allow, include: [any_service_token] }]
      - path: /everyone
        policies: [{ name: everyone, action: allow, include: [everyone] }]
      - path: /people
        policies: [{ name: people, action: allow, include: [authenticated] }]
      - path: /public
        policies: [{ name: open, action: bypass, include: [everyone] }]
tests:
  - name: the release job deploys
    url: http://api.localhost/x
    as: { workload: { issuer: github, claims: { repository: acme/app, ref: refs/heads/main } } }
    expect: allow
  - name: a branch does not
    url: http://api.localhost/x
    as: { workload: { issuer: github, claims: { repository: acme/app, ref: refs/heads/else } } }
    expect: deny
`;

beforeAll(async () => {
  for (const name of ['github', 'gitlab', 'cluster'] as const)
    issuers[name] = await startTokenIssuer(audience);
  for (const [index, manner] of manners.entries()) {
    const issuer = await startTokenIssuer(audience);
    issuer.behave(manner);
    moods.push({ name: `mood${index}`, manner, issuer });
  }
  site = await startSite({
    settings: `trusted_proxies: [127.0.0.1/32]
client_ip_header: X-Forwarded-For
trusted_issuers:
  - { name: github, issuer: "${issuers.github.issuer}", audience: "${audience}", subject: repo:acme/*, claims: { repository_owner_id: 65 } }
  - { name: gitlab, issuer: "${issuers.gitlab.issuer}", audience: "${audience}" }
  - { name: cluster, issuer: "${issuers.cluster.issuer}", audience: "${audience}", jwks_uri: "${issuers.cluster.issuer}/jwks" }
${moods.map(({ name, issuer }) => `  - { name: ${name}, issuer: "${issuer.issuer}", audience: "${audience}" }`).join('\n')}`,
    rules,
  });
});

afterAll(async () => {
  const log = site.logText();
  await site.close();
  for (const one of [...Object.values(issuers), ...moods.map(({ issuer }) => issuer)]) await one.close();
  for (const token of tokens) expect(log).not.toContain(token.slice(-60));
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function ask(
  path: string,
  headers: Readonly<Record<string, string>>,
  host = 'api.localhost',
): Promise<Answer> {
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

let addresses = 0;
/** An address of its own, so that no test uses up the tries of another. */
const from = (): { readonly 'x-forwarded-for': string } => {
  addresses += 1;
  return { 'x-forwarded-for': `198.51.100.${addresses}` };
};

async function signed(
  by: keyof typeof issuers,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const token = await issuers[by].sign(claims, header);
  tokens.push(token);
  return token;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}`, ...from() });

function causeOf(requestId: string | undefined): Promise<string> {
  return vi.waitFor(
    () => {
      const found = site
        .records()
        .find((one) => one['event'] === 'token_use_failed' && one['request_id'] === requestId);
      if (found === undefined) throw new Error('no event yet');
      return String(found['cause']);
    },
    { timeout: 30_000 },
  );
}

const idOf = ({ body }: Answer): string => JSON.parse(body).request_id;

describe('a job of GitHub Actions', () => {
  const ways: Readonly<Record<string, (token: string) => Readonly<Record<string, string>>>> = {
    'after Bearer': (token) => ({ authorization: `Bearer ${token}` }),
    'as the password of Basic': (token) => ({
      authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}`,
    }),
    'as Bouncer-Token beside credentials of the application’s own': (token) => ({
      'bouncer-token': token,
      authorization: 'Bearer own-of-the-application',
    }),
  };
  test.each(Object.entries(ways))('gets in with its token %s, as often as it asks', async (_, way) => {
    const token = await signed('github', githubClaims);
    for (let time = 0; time < 3; time++) {
      const answer = await ask('/deploy?x=1', { ...way(token), ...from() });
      expect([answer.status, answer.body.slice(0, 200)]).toEqual([200, expect.anything()]);
      const seen = JSON.parse(answer.body).headers;
      expect(JSON.stringify(seen)).not.toContain(token);
      expect(JSON.stringify(seen)).not.toContain(Buffer.from(`x:${token}`).toString('base64'));
      expect(seen['authorization']).toBe(
        'bouncer-token' in way('') ? 'Bearer own-of-the-application' : undefined,
      );
      expect(seen['x-forwarded-user']).toBe(`github:${githubClaims.sub}`);
    }
  });

  test('is a service to the application, by its issuer and subject', async () => {
    const answer = await ask('/x', bearer(await signed('github', githubClaims)));
    const verify = createAssertionVerifier({
      issuer: site.at('auth.localhost', ''),
      audience: 'api',
      jwksUrl: site.at('auth.localhost', '/.bouncer/certs'),
    });
    const assertion = await verify(JSON.parse(answer.body).headers['x-bouncer-jwt-assertion']);
    expect(assertion).toMatchObject({ type: 'service', sub: `github:${githubClaims.sub}` });
    expect(assertion.email).toBeUndefined();
  });

  test('asks the issuer for its keys once, whatever many tokens come', async () => {
    const before = issuers.github.keyRequests();
    const many = await Promise.all(
      Array.from({ length: 12 }, async (_, n) =>
        ask('/x', bearer(await signed('github', { ...githubClaims, jti: `${n}` }))),
      ),
    );
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200]));
    expect(issuers.github.keyRequests() - before).toBeLessThanOrEqual(1);
  });

  test('is refused where the rules ask for something else, and is no person and has no service token', async () => {
    const other = bearer(await signed('github', { ...githubClaims, ref: 'refs/heads/feature' }));
    expect((await ask('/x', other)).status).toBe(403);
    expect((await ask('/any', other)).status).toBe(200);
    for (const path of ['/tokens', '/everyone', '/people']) expect((await ask(path, other)).status).toBe(403);
    const open = await ask('/public', other);
    expect(open.status).toBe(200);
    expect(JSON.parse(open.body).headers['x-forwarded-user']).toBe(`github:${githubClaims.sub}`);
  });

  test('is explained by its issuer and subject, from the log too', async () => {
    const answer = await ask('/x', bearer(await signed('github', { ...githubClaims, ref: 'refs/heads/b' })));
    const record = await vi.waitFor(
      () => {
        const found = site.records().find((one) => one['request_id'] === idOf(answer) && 'status' in one);
        if (found === undefined) throw new Error('no record yet');
        return found;
      },
      { timeout: 30_000 },
    );
    expect(record).toMatchObject({ sub: `github:${githubClaims.sub}`, decision: 'deny', status: 403 });
    expect(record['email']).toBeNull();
  });
});

describe('jobs and pods of others', () => {
  test('of GitLab CI: a number or a truth value is compared as it is written', async () => {
    expect((await ask('/team', bearer(await signed('gitlab', gitlabClaims)))).status).toBe(200);
    for (const own of [
      { ref_protected: 'false' },
      { project_path: 'acme/teamwork/app' },
      { project_path: 'evil/acme/team/app' },
      { project_path: undefined },
    ])
      expect((await ask('/team', bearer(await signed('gitlab', { ...gitlabClaims, ...own })))).status).toBe(
        403,
      );
  });

  test('of Kubernetes: its keys are where the settings say, and claims are reached into', async () => {
    const { 'kubernetes.io': own } = kubernetesClaims;
    const good = { ...kubernetesClaims, aud: [audience] };
    expect((await ask('/prod', bearer(await signed('cluster', good, { typ: undefined })))).status).toBe(200);
    for (const other of [
      { sub: 'system:serviceaccount:production:x' },
      { 'kubernetes.io': { ...own, namespace: 'dev' } },
      { 'kubernetes.io': { ...own, pod: { name: 'other' } } },
      { 'kubernetes.io': 'prod' },
    ])
      expect((await ask('/prod', bearer(await signed('cluster', { ...good, ...other })))).status).toBe(403);
  });
});

describe('a token that counts for nothing', () => {
  const seconds = () => Math.floor(Date.now() / 1000);
  const wrong: Readonly<Record<string, readonly [() => Readonly<Record<string, unknown>>, RegExp]>> = {
    'for several parties': [() => ({ aud: [audience, 'https://else.example'] }), /`aud`/],
    'without an end': [() => ({ exp: undefined }), /`exp`/],
    'whose end is a text': [() => ({ exp: '2099-01-01' }), /`exp`/],
    'that has expired': [() => ({ exp: seconds() - 1 }), /expired/],
    'without a beginning': [() => ({ iat: undefined }), /`iat`/],
    'older than a quarter of an hour': [() => ({ iat: seconds() - 901, exp: seconds() + 900 }), /15 minutes/],
    'from ahead of the clock': [() => ({ iat: seconds() + 120 }), /future/],
    'not valid yet': [() => ({ nbf: seconds() + 120 }), /not valid yet/],
    'without a subject': [() => ({ sub: undefined }), /`sub`/],
    'with a subject of two lines': [() => ({ sub: 'repo:acme/a\nx' }), /`sub`/],
    'of another owner': [() => ({ sub: 'repo:acme-evil/app:ref:x' }), /`sub`.*`repo:acme\/\*`/],
    'of another owner’s number': [() => ({ repository_owner_id: '66' }), /`repository_owner_id`/],
    'without the owner’s number': [() => ({ repository_owner_id: undefined }), /`repository_owner_id`/],
  };
  test.each(Object.entries(wrong))(
    '%s: 401, nothing goes on, and the log says why',
    async (_, [own, cause]) => {
      const before = site.upstream.seen.length;
      const token = await signed('github', { ...githubClaims, ...own() });
      for (const path of ['/any', '/public']) {
        const answer = await ask(path, bearer(token));
        expect(answer.status).toBe(401);
        expect(await causeOf(idOf(answer))).toMatch(cause);
      }
      expect(site.upstream.seen.length).toBe(before);
    },
  );

  test.each([
    ['without a signature', (token: string) => `${token.split('.').slice(0, 2).join('.')}.`],
    ['of somebody else’s signature', (token: string) => token.replace(/.{40}$/, 'A'.repeat(40))],
    ['with claims of its own', (token: string) => tampered(token)],
  ])('%s: 401', async (_, forge) => {
    const answer = await ask('/any', bearer(forge(await signed('github', githubClaims))));
    expect(answer.status).toBe(401);
  });

  test('signed by nobody, or with the public key as a secret', async () => {
    const [, payload] = (await signed('github', githubClaims)).split('.');
    for (const alg of ['none', 'HS256']) {
      const head = Buffer.from(JSON.stringify({ alg, typ: 'JWT' })).toString('base64url');
      expect((await ask('/any', bearer(`${head}.${payload}.AAAA`))).status).toBe(401);
    }
  });

  test('that brings its own key', async () => {
    const token = await signed('github', githubClaims, { jku: 'https://evil.example/jwks' });
    expect((await ask('/any', bearer(token))).status).toBe(401);
  });

  test('of an issuer that is not trusted is the application’s own, and Bouncer-Token never is', async () => {
    const token = await signed('github', { ...githubClaims, iss: 'https://else.example' });
    const answer = await ask('/public', bearer(token));
    expect(JSON.parse(answer.body).headers['authorization']).toBe(`Bearer ${token}`);
    expect((await ask('/public', { 'bouncer-token': token, ...from() })).status).toBe(401);
    const another = await signed('github', { ...githubClaims, aud: 'the-application' });
    const passed = await ask('/public', bearer(another));
    expect(JSON.parse(passed.body).headers['authorization']).toBe(`Bearer ${another}`);
  });

  test('beside another one, or beside a session, is ambiguous', async () => {
    const token = await signed('github', githubClaims);
    const both = await ask('/any', { ...bearer(token), 'bouncer-token': 'bnc_s_x' });
    expect(both.status).toBe(400);
    const { browser } = await site.logIn('alice', site.at('api.localhost', '/people'));
    const beside = await browser.get(site.at('api.localhost', '/people'), {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(beside.status).toBe(400);
  });

  test('too often is slowed for the address, and a good one that is known is not', async () => {
    const address = from();
    const good = await signed('github', githubClaims);
    const first = await ask('/any', { authorization: `Bearer ${good}`, ...address });
    expect(first.status).toBe(200);
    const bad = `${good.slice(0, -8)}AAAAAAAA`;
    let status = 0;
    for (let n = 0; n < 25 && status !== 429; n++)
      ({ status } = await ask('/any', { authorization: `Bearer ${bad}`, ...address }));
    expect(status).toBe(429);
    expect((await ask('/any', { authorization: `Bearer ${good}`, ...address })).status).toBe(200);
    const fresh = await signed('github', { ...githubClaims, jti: 'fresh' });
    expect((await ask('/any', { authorization: `Bearer ${fresh}`, ...address })).status).toBe(429);
  });
});

describe('an issuer', () => {
  test('that does not answer as it should: 503 in good time, told once, and well again when it answers', async () => {
    const answers = await Promise.all(
      moods.map(async (mood) => ask('/any', bearer(await tokenOf(mood.issuer)))),
    );
    expect(Object.fromEntries(moods.map(({ manner }, n) => [manner, answers[n]?.status]))).toEqual(
      Object.fromEntries(moods.map(({ manner }) => [manner, 503])),
    );
    const told = () =>
      site.records().flatMap((one) => (one['event'] === 'issuer_unreachable' ? [one['issuer']] : []));
    await vi.waitFor(() => expect(told().sort()).toEqual(moods.map(({ name }) => name).sort()), 10_000);
    for (const { issuer } of moods) issuer.behave('answers');
    const tokensThen = await Promise.all(moods.map(({ issuer }) => tokenOf(issuer)));
    await vi.waitFor(
      async () => {
        const again = await Promise.all(tokensThen.map((token) => ask('/any', bearer(token))));
        expect(new Set(again.map(({ status }) => status))).toEqual(new Set([200]));
      },
      { timeout: 40_000, interval: 500 },
    );
    // Whose token was verified carries on: nothing of it depends on the issuer.
    for (const { issuer } of moods) issuer.behave('silent');
    for (const token of tokensThen) expect((await ask('/any', bearer(token))).status).toBe(200);
  }, 60_000);

  test('with new keys is asked for them again', async () => {
    await issuers.gitlab.rotate();
    expect((await ask('/any', bearer(await signed('gitlab', gitlabClaims)))).status).toBe(200);
  });

  test('that is not trusted any more ends what its tokens opened', async () => {
    const token = await signed('gitlab', gitlabClaims);
    const stream = await openStream('/stream', bearer(token));
    const file = join(site.folder, 'bouncer.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/ +- \{ name: gitlab.*\n/, ''));
    site.writeRules(rules.replaceAll('gitlab', 'github'));
    expect(await site.bouncer.reload()).toBe(true);
    await stream.ended;
    // It is the application's own affair now, and makes nobody of the request here.
    expect((await ask('/any', bearer(token))).status).toBe(403);
  });
});

async function tokenOf(issuer: TokenIssuer): Promise<string> {
  const token = await issuer.sign({ sub: 'a-program' });
  tokens.push(token);
  return token;
}

function tampered(token: string): string {
  const [head, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const other = Buffer.from(JSON.stringify({ ...claims, ref: 'refs/heads/main2' })).toString('base64url');
  return `${head}.${other}.${signature}`;
}

/** Comes back with the first byte of the stream. */
function openStream(
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly ended: Promise<void> }> {
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port: site.port, path };
    const req = request({ ...to, headers: { host: `api.localhost:${site.port}`, ...headers } }, (res) => {
      const ended = new Promise<void>((end) => res.once('close', end));
      res.once('data', () => resolve({ ended }));
      res.on('error', () => {});
    });
    req.on('error', reject);
    req.end();
  });
}
