// What another proxy may ask and what it is told: who may ask, which fields count, and that a yes always carries everything. The proxies
// themselves are in fronts.test.ts.

import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { KeptQuestions } from '../../src/gateway/kept-questions.ts';
import { issueToken, revokeToken } from '../../src/identity/tokens/token-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { hostilePaths } from '../http/attack-cases.ts';
import { type FrontSite, startFrontSite, wiki } from './front-site.ts';

type Fields = readonly (readonly [name: string, value: string])[];

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A question with exactly these fields. */
function question(
  to: { port: number } | { socketPath: string },
  path: string,
  fields: Fields,
  agent?: Agent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      ...to,
      path,
      setHost: false,
      ...(agent === undefined ? {} : { agent }),
    };
    const req = request({ ...options, headers: fields.flat() as never }, (res) => {
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

const verify = '/.bouncer/verify';
/** As Traefik writes them. */
const about = (path: string, method = 'GET', host = 'wiki.localhost'): Fields => [
  ['Host', '127.0.0.1:4180'],
  ['X-Forwarded-Host', host],
  ['X-Forwarded-Uri', path],
  ['X-Forwarded-Method', method],
  ['X-Forwarded-Proto', 'http'],
  ['X-Forwarded-For', '192.0.2.9'],
];
const without = (fields: Fields, name: string): Fields => fields.filter(([own]) => own !== name);

let site: FrontSite;
let ask: (fields: Fields, path?: string) => Promise<Answer>;

beforeAll(async () => {
  site = await startFrontSite({
    proxy: 'traefik',
    applications: [
      {
        ...wiki,
        identity_headers: { 'X-Forwarded-Email': 'email', 'X-Forwarded-Groups': 'groups' },
        request_headers: { set: { 'X-Tenant': 'acme' }, pass: ['X-Auth-User'] },
        policies: [
          ...wiki.policies,
          { name: 'ci', action: 'allow', include: [{ service_token: ['ci', 'brief'] }] },
        ],
      },
      { name: 'own', host: 'own.localhost', upstream: 'http://127.0.0.1:1', policies: wiki.policies },
    ],
  });
  ask = (fields, path = verify) => question({ port: site.places.check }, path, fields);
});
afterAll(() => site.close());

const eventOf = (answer: Answer): Promise<Readonly<Record<string, unknown>>> =>
  vi.waitFor(
    () => {
      const id = answer.headers['x-request-id'];
      const found = site.records().find((one) => one['request_id'] === id && 'status' in one);
      if (found === undefined) throw new Error('no record yet');
      return found;
    },
    { timeout: 30_000 },
  );

const identityFields = ['x-bouncer-jwt-assertion', 'x-forwarded-email', 'x-forwarded-groups'];

describe('a yes', () => {
  test('for nobody sets every identity header, empty', async () => {
    const answer = await ask(about('/public/x'));
    expect(answer.status).toBe(200);
    for (const name of [...identityFields, 'cookie', 'authorization', 'bouncer-token'])
      expect(answer.headers[name]).toBe('');
    expect(answer.headers['x-tenant']).toBe('acme');
    expect(answer.body).toBe('');
  });

  test('for a program says who it is, and gives its token to nobody', async () => {
    const store = await openStore(site.bouncer.settings);
    const order = { name: 'ci', applications: null, lifetimeMs: null };
    const { secret } = await issueToken(store.tokens, order, Date.now());
    await store.close();
    for (const field of [
      ['Authorization', `Bearer ${secret}`],
      ['Bouncer-Token', secret],
    ] as const) {
      const answer = await ask([...about('/page'), field]);
      expect(answer.status).toBe(200);
      expect(answer.headers['x-bouncer-jwt-assertion']).toMatch(/^ey/);
      expect(answer.headers['x-forwarded-email']).toBe('');
      expect(JSON.stringify(answer)).not.toContain(secret);
    }
  });

  test('passes what the application takes from clients, and its own credentials', async () => {
    const answer = await ask([
      ...about('/public/x'),
      ['X-Auth-User', 'own'],
      ['Authorization', 'Bearer own'],
      ['Cookie', 'a=b'],
    ]);
    expect(answer.status).toBe(200);
    expect(answer.headers['authorization']).toBe('Bearer own');
    expect(answer.headers['cookie']).toBe('a=b');
  });
});

test('no answer may be kept, yes or no', async () => {
  for (const path of ['/public/x', '/page', '/admin']) {
    for (const accept of ['text/html', 'application/json']) {
      const answer = await ask([...about(path), ['Accept', accept]]);
      expect(answer.headers['cache-control']).toContain('no-store');
    }
  }
});

test('what a client calls itself changes nothing', async () => {
  for (const agent of ['kube-probe/1.30', 'GoogleHC/1.0', 'ELB-HealthChecker/2.0', 'bouncer']) {
    const answer = await ask([...about('/admin'), ['User-Agent', agent]]);
    expect(answer.status).toBe(401);
  }
});

test('whoever must log in is sent to the application’s own address, not to that of the question', async () => {
  const answer = await ask([...about('/page?a=1'), ['Accept', 'text/html']]);
  expect(answer.status).toBe(302);
  expect(answer.headers['location']).toMatch(
    new RegExp(`^${site.at('wiki.localhost', '/.bouncer/login')}\\?.*return_to=%2Fpage%3Fa%3D1`),
  );
  const long = await ask([...about(`/page?${'x'.repeat(8_170)}`), ['Accept', 'text/html']]);
  expect(long.status).toBe(302);
  expect(String(long.headers['location']).length).toBeLessThan(200);
});

test('who is not named may not ask, whatever they say', async () => {
  const other = await startFrontSite({
    proxy: 'traefik',
    settings: { forward_auth: { listen: '127.0.0.1:0', from: ['192.0.2.1/32'], proxy: 'traefik' } },
  });
  try {
    for (const path of ['/public/x', '/page', '/.bouncer/login']) {
      const answer = await question({ port: other.places.check }, verify, [
        ...about(path),
        ['X-Forwarded-For', '192.0.2.1'],
      ]);
      expect(answer.status).toBe(403);
      for (const name of identityFields) expect(answer.headers[name]).toBeUndefined();
    }
  } finally {
    await other.close();
  }
});

const usual = about('/public/x');
const unclear: Readonly<Record<string, Fields>> = {
  'no host': without(usual, 'X-Forwarded-Host'),
  'no path': without(usual, 'X-Forwarded-Uri'),
  'no method': without(usual, 'X-Forwarded-Method'),
  'an empty host': [...without(usual, 'X-Forwarded-Host'), ['X-Forwarded-Host', '']],
  'an empty path': [...without(usual, 'X-Forwarded-Uri'), ['X-Forwarded-Uri', '']],
  'a path that is none': [...without(usual, 'X-Forwarded-Uri'), ['X-Forwarded-Uri', 'public']],
  'a whole address': [
    ...without(usual, 'X-Forwarded-Uri'),
    ['X-Forwarded-Uri', 'http://wiki.localhost/public/x'],
  ],
  'two paths': [...usual, ['X-Forwarded-Uri', '/admin']],
  'two hosts': [...usual, ['X-Forwarded-Host', 'own.localhost']],
  'two methods': [...usual, ['x-forwarded-method', 'GET']],
  'a path in another spelling': [...usual, ['X_Forwarded_Uri', '/admin']],
  'a method in another spelling': [...usual, ['X-Forwarded.Method', 'POST']],
  'an unknown method': about('/public/x', 'BREW'),
  'a refused method': about('/public/x', 'TRACE'),
  'fields of nginx': [...usual, ['X-Original-URL', 'http://wiki.localhost/admin']],
  'further fields of nginx': [...usual, ['X-Original-URI', '/admin']],
  'a rewriting server’s': [...usual, ['X-Rewrite-URL', '/admin']],
  'Envoy’s': [...usual, ['X-Envoy-Original-Path', '/admin']],
  'a prefix': [...usual, ['X-Forwarded-Prefix', '/admin']],
};
test('a question that names its request in no way, in two ways or in another proxy’s is 400, and says so in the log', async () => {
  for (const [what, fields] of Object.entries(unclear)) {
    const answer = await ask(fields);
    expect([what, answer.status]).toEqual([what, 400]);
    for (const name of identityFields) expect(answer.headers[name]).toBeUndefined();
    expect(await eventOf(answer)).toMatchObject({
      reason: 'check-unclear',
      cause: expect.stringMatching(/./),
    });
  }
});

test('no hostile path in the fields opens what it should not', async () => {
  for (const [id, path] of hostilePaths) {
    const answer = await ask(about(path));
    const isOpen = answer.status === 200 && !/^\/public(?:[/?]|$)/.test(path);
    expect([id, path, isOpen]).toEqual([id, path, false]);
    if (answer.status === 200) expect(await eventOf(answer)).toMatchObject({ path: path.split('?')[0] });
  }
});

test('who claims an identity is refused: the proxy would pass it on', async () => {
  const claims = [
    'X-Bouncer-Jwt-Assertion',
    'X-Forwarded-Email',
    'X_Forwarded_Groups',
    'Remote-User',
    'Cf-Access-Jwt-Assertion',
  ];
  for (const name of claims) {
    const answer = await ask([...about('/public/x'), [name, 'admin@example.com']]);
    expect([name, answer.status]).toEqual([name, 400]);
    expect(await eventOf(answer)).toMatchObject({ reason: 'identity-claimed' });
  }
});

test('each door has its own: applications of the proxy, applications of bouncer, and bouncer’s pages', async () => {
  expect((await ask(about('/page', 'GET', 'own.localhost'))).status).toBe(421);
  expect((await ask(about('/page', 'GET', 'auth.localhost'))).status).toBe(421);
  expect((await ask(about('/page', 'GET', 'else.localhost'))).status).toBe(421);
  for (const path of ['/.bouncer/login', '/.bouncer/identity', '/.bouncer/verify', '/.bouncer'])
    expect([path, (await ask(about(path))).status]).toEqual([path, 421]);
  for (const path of ['/', '/public/x', '/.bouncer/login', '/.bouncer/verify/public/x'])
    expect([path, (await ask(usual, path)).status]).toEqual([path, 404]);
  const direct = await question({ port: site.places.listen }, '/public/x', [
    ['Host', `wiki.localhost:${site.places.port}`],
  ]);
  expect([direct.status, JSON.parse(direct.body).error]).toEqual([421, 'misdirected_request']);
  const elsewhere = await question({ port: site.places.listen }, verify, about('/public/x'));
  expect(elsewhere.status).toBe(421);
  expect((await question({ port: site.places.listen }, verify, [['Host', 'wiki.localhost']])).status).toBe(
    404,
  );
  expect(site.upstream.seen).toEqual([]);
});

test('rules by address see the client’s, as the proxy writes it', async () => {
  const answer = await ask(about('/page'));
  expect(await eventOf(answer)).toMatchObject({ ip: '192.0.2.9' });
});

test('a question that repeats others of its connection is answered as on one of its own', async () => {
  const recall = vi.spyOn(KeptQuestions.prototype, 'recall');
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  const comparable = ({
    status,
    headers: { date: _d, 'x-request-id': id, connection: _c, 'keep-alive': _k, ...rest },
    body,
  }: Answer) =>
    JSON.stringify([status, rest, body]).replaceAll(String(id), '*').replaceAll(String(id).slice(0, 8), '*');
  const clients: Fields[] = [
    [],
    [['Accept', 'text/html']],
    [
      ['Cookie', 'a=b'],
      ['X-Auth-User', 'own'],
    ],
    [['X-Forwarded-Email', 'x']],
  ];
  try {
    for (let round = 0; round < 3; round++)
      for (const client of clients)
        for (const line of [
          about('/public/x'),
          about('/readonly/x'),
          about('/readonly/x', 'POST'),
          about('/page?x=1'),
          about('/public/x', 'GET', 'own.localhost'),
        ]) {
          const fields = [...line, ...client];
          const alone = await question({ port: site.places.check }, verify, fields);
          const repeating = await question({ port: site.places.check }, verify, fields, kept);
          expect(comparable(repeating)).toBe(comparable(alone));
        }
    const store = await openStore(site.bouncer.settings);
    const order = { name: 'ci', applications: null, lifetimeMs: null };
    const { secret } = await issueToken(store.tokens, { ...order, name: 'brief' }, Date.now());
    const bearer: Fields = [...about('/page'), ['Authorization', `Bearer ${secret}`]];
    const status = async (): Promise<number> =>
      (await question({ port: site.places.check }, verify, bearer, kept)).status;
    expect([await status(), await status()]).toEqual([200, 200]);
    await revokeToken(store.tokens, 'brief');
    await store.close();
    await expect.poll(status, { timeout: 30_000 }).toBe(401);
    const reused = recall.mock.results.filter(
      ({ value }) => value.kind === 'request' && value.head.known?.isRepeated,
    );
    expect(reused.length).toBeGreaterThan(20);
  } finally {
    recall.mockRestore();
    kept.destroy();
  }
});

test('over a Unix socket its mode says who may ask', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-check-'));
  const path = join(folder, 'check.sock');
  const other = await startFrontSite({
    proxy: 'caddy',
    settings: { forward_auth: { listen: `unix:${path}`, proxy: 'caddy' } },
  });
  try {
    const answer = await question({ socketPath: path }, `${verify}?x=1`, about('/public/x'));
    expect([answer.status, answer.headers['x-bouncer-jwt-assertion']]).toEqual([200, '']);
  } finally {
    await other.close();
    rmSync(folder, { recursive: true });
  }
});

test('nginx gets the two answers that it knows, and the whole one when it asks for it', async () => {
  const other = await startFrontSite({ proxy: 'nginx' });
  const of = (path: string, method = 'GET'): Fields => [
    ['Host', 'wiki.localhost'],
    ['X-Original-URL', `http://wiki.localhost${path}`],
    ['X-Original-Method', method],
    ['Accept', 'text/html'],
  ];
  const at = (question_: string, fields: Fields) => question({ port: other.places.check }, question_, fields);
  try {
    expect((await at(verify, of('/public/x'))).status).toBe(200);
    expect(await at(verify, of('/page'))).toMatchObject({ status: 401, body: '' });
    expect(await at(verify, of('/public/..%2fadmin'))).toMatchObject({ status: 403, body: '' });
    expect((await at('/.bouncer/answer', of('/page'))).status).toBe(302);
    expect((await at('/.bouncer/answer', of('/public/..%2fadmin'))).status).toBe(400);
    const now = await at('/.bouncer/answer', of('/public/x?a=1', 'POST'));
    expect([now.status, now.headers['location']]).toEqual([307, other.at('wiki.localhost', '/public/x?a=1')]);
    expect(now.headers['x-bouncer-jwt-assertion']).toBeUndefined();
    for (const url of [
      '',
      '/page',
      'wiki.localhost/page',
      'ftp://wiki.localhost/page',
      'http://wiki.localhost',
    ])
      expect(
        (
          await at(verify, [
            ...of('/x').filter(([name]) => name !== 'X-Original-URL'),
            ['X-Original-URL', url],
          ])
        ).status,
      ).toBe(403);
  } finally {
    await other.close();
  }
});
