// Scripts of other origins: preflights reach the application where its rules say so, and refusals can be read by whom the rules name.
import { type IncomingHttpHeaders, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Site, startSite } from '../fixtures/running-site.ts';

const origin = 'https://dashboard.example.com';
let site: Site;
let cookie: string;

beforeAll(async () => {
  const staff = 'policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]';
  site = await startSite({
    rules: `
applications:
  - name: api
    host: api.localhost
    upstream: UPSTREAM
    preflight: pass
    allowed_origins: ["${origin}"]
    ${staff}
    paths:
      - path: /reading
        policies: [{ name: reading, action: allow, include: [{ email_domain: example.com }], require: [{ method: [GET, PUT] }] }]
      - path: /office
        policies: [{ name: office, action: allow, include: [{ email_domain: example.com }], require: [{ ip: 192.0.2.0/24 }] }]
      - path: /closed
        policies: [{ name: closed, action: deny, include: [everyone] }]
  - { name: plain, host: plain.localhost, upstream: UPSTREAM, ${staff} }
  - { name: simple, host: simple.localhost, upstream: UPSTREAM, preflight: pass, ${staff} }
  - { name: exec, host: exec.localhost, upstream: UPSTREAM, preflight: pass, upgrades: [SPDY/3.1], allowed_origins: ["${origin}"], ${staff} }
`,
  });
  const { browser } = await site.logIn('alice', site.at('api.localhost'));
  cookie = browser.cookieFor(site.at('api.localhost')) ?? '';
});

afterAll(() => site.close());

const asks = { Origin: origin, 'Access-Control-Request-Method': 'PUT' };

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function send(
  host: string,
  line: string,
  fields: Readonly<Record<string, string>>,
  content = '',
): Promise<Answer> {
  const [method = '', path = ''] = line.split(' ');
  return new Promise((resolve, reject) => {
    const headers = { host: `${host}:${site.port}`, ...fields };
    const req = request(
      { host: '127.0.0.1', port: site.port, method, path, headers, agent: false },
      (res) => {
        let body = '';
        res.on('data', (chunk) => {
          body += String(chunk);
        });
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }));
      },
    );
    req.on('error', reject);
    req.end(content);
  });
}

/** What the application saw of the request, or `null`. */
async function seenOf(work: () => Promise<Answer>) {
  const before = site.upstream.seen.length;
  const answer = await work();
  return { answer, seen: site.upstream.seen.slice(before)[0] ?? null };
}

describe('a preflight', () => {
  test('reaches the application without an identity, and nothing of bouncer stands in the way', async () => {
    const { answer, seen } = await seenOf(() => send('api.localhost', 'OPTIONS /item', asks));
    expect(answer.status).toBe(200);
    expect(seen).toMatchObject({ method: 'OPTIONS', url: '/item' });
    expect(seen?.headers).not.toHaveProperty('x-bouncer-jwt-assertion');
    expect(seen?.headers['origin']).toBe(origin);
    expect(site.records().find((record) => record['reason'] === 'preflight-passed')).toMatchObject({
      decision: 'allow',
      application: 'api',
      method: 'OPTIONS',
      status: 200,
    });
  });

  test.each<[string, string, Readonly<Record<string, string>>, string?]>([
    ['of an application that says nothing of preflights', 'plain.localhost', asks],
    ['with a cookie', 'api.localhost', { ...asks, Cookie: 'a=b' }],
    ['with an Authorization', 'api.localhost', { ...asks, Authorization: 'Bearer x' }],
    ['with a body', 'api.localhost', { ...asks, 'Content-Length': '1' }, 'x'],
    ['without an Origin', 'api.localhost', { 'Access-Control-Request-Method': 'PUT' }],
    ['without the method that it asks for', 'api.localhost', { Origin: origin }],
    [
      'for a method that nobody knows',
      'api.localhost',
      { ...asks, 'Access-Control-Request-Method': 'STEAL' },
    ],
    [
      'that a framework would take for another request',
      'simple.localhost',
      { ...asks, 'X-HTTP-Method-Override': 'DELETE' },
    ],
    [
      'that is another request in another spelling',
      'simple.localhost',
      { ...asks, X_Method_Override: 'DELETE' },
    ],
    [
      'that offers to change to another protocol',
      'exec.localhost',
      { ...asks, Connection: 'Upgrade', Upgrade: 'SPDY/3.1' },
    ],
    [
      'for a method that never passes',
      'api.localhost',
      { ...asks, 'Access-Control-Request-Method': 'TRACE' },
    ],
  ])('%s is a request like any other', async (_, host, fields, body) => {
    const { answer, seen } = await seenOf(() => send(host, 'OPTIONS /item', fields, body));
    expect(answer.status).toBe(401);
    expect(seen).toBeNull();
  });

  test('reaches an application whose policies look at no method, too', async () => {
    const { answer, seen } = await seenOf(() => send('simple.localhost', 'OPTIONS /item', asks));
    expect([answer.status, seen?.method]).toEqual([200, 'OPTIONS']);
  });

  test('of another method is none', async () => {
    for (const method of ['GET', 'PUT', 'HEAD']) {
      const { answer, seen } = await seenOf(() => send('api.localhost', `${method} /item`, asks));
      expect([answer.status, seen]).toEqual([401, null]);
    }
  });

  test('is judged by the method that it asks for, and never lets in what no login could', async () => {
    const preflight = (path: string, method: string) =>
      seenOf(() =>
        send('api.localhost', `OPTIONS ${path}`, { ...asks, 'Access-Control-Request-Method': method }),
      );
    expect((await preflight('/reading', 'PUT')).answer.status).toBe(200);
    expect(await preflight('/reading', 'DELETE')).toMatchObject({ answer: { status: 403 }, seen: null });
    expect(await preflight('/office', 'PUT')).toMatchObject({ answer: { status: 403 }, seen: null });
    expect(await preflight('/closed', 'PUT')).toMatchObject({ answer: { status: 403 }, seen: null });
    expect(await preflight('/.bouncer/identity', 'GET')).toMatchObject({
      answer: { status: 405 },
      seen: null,
    });
  });
});

describe('a refusal', () => {
  const read = ({ headers }: Answer) => headers['access-control-allow-origin'];

  test('can be read by a page of an origin that the rules name, with its login_url', async () => {
    const answer = await send('api.localhost', 'GET /item', { Origin: origin });
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body)).toMatchObject({ login_url: expect.stringContaining('/.bouncer/login') });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
    const denied = await send('api.localhost', 'GET /closed', { Origin: origin, Cookie: cookie });
    expect([denied.status, read(denied)]).toEqual([403, origin]);
  });

  test.each([
    'https://evil.example',
    'https://dashboard.example.com.evil.example',
    'null',
    'http://dashboard.example.com',
  ])('says nothing to %s', async (other) => {
    const answer = await send('api.localhost', 'GET /item', { Origin: other });
    expect([answer.status, read(answer), answer.headers['vary']]).toEqual([401, undefined, 'Origin']);
  });

  test('of an application that names no origins says nothing to anybody', async () => {
    const answer = await send('plain.localhost', 'GET /item', { Origin: origin });
    expect([answer.status, read(answer), answer.headers['vary']]).toEqual([401, undefined, undefined]);
  });

  test.each(['/.bouncer/identity', '/.bouncer/', '/.bouncer/login', '/.bouncer/nothing', '/.bouncer/logout'])(
    '%s can be read by no other origin',
    async (path) => {
      for (const fields of [{}, { Cookie: cookie }]) {
        const answer = await send('api.localhost', `GET ${path}`, { Origin: origin, ...fields });
        expect(read(answer)).toBeUndefined();
      }
    },
  );
});
