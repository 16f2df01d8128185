// People and programs through each real proxy that asks bouncer, configured as docs/forward-auth.md says: login, step-up, refusal and
// logout, forged fields, and every hostile spelling of a path: what was judged is what the application gets.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { frontKinds } from '../../src/http/forward-auth-fields.ts';
import { createAssertionVerifier } from '../../src/verify.ts';
import { type Front, hasFront } from '../fixtures/front-program.ts';
import type { SeenRequest } from '../fixtures/recording-upstream.ts';
import { hostilePaths } from '../http/attack-cases.ts';
import { type FrontSite, startFrontSite, wiki } from './front-site.ts';
import { startFront } from './fronts.ts';

/** Another application that anybody may open, and that this proxy does not serve. */
const open = {
  ...{ name: 'open', host: 'open.localhost', upstream: 'forward_auth' },
  policies: [{ name: 'open', action: 'bypass', include: ['everyone'] }],
};

/** Open to one address. */
const office = {
  path: '/office',
  policies: [{ name: 'office', action: 'bypass', include: [{ ip: ['127.0.0.7/32'] }] }],
};

interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/**
 * A request exactly as written; a proxy that closes without an answer gives status 0.
 *
 * @param from an address of this machine
 */
function raw(port: number, lines: readonly string[], from = '127.0.0.1'): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = '';
    const done = (): void => {
      socket.destroy();
      const [head = '', ...body] = text.split('\r\n\r\n');
      resolve({
        status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0),
        head,
        body: body.join('\r\n\r\n'),
      });
    };
    const socket = connect({ port, host: '127.0.0.1', localAddress: from }, () =>
      socket.write([...lines, 'Connection: close', '', ''].join('\r\n')),
    );
    socket.setTimeout(10_000, done);
    socket.on('data', (data: Buffer) => {
      text += data.toString('latin1');
    });
    socket.once('error', done);
    socket.once('close', done);
  });
}

describe.each(frontKinds.filter(hasFront))('through %s', (kind) => {
  let site: FrontSite;
  let front: Front;
  let alice: string;

  beforeAll(async () => {
    site = await startFrontSite({
      proxy: kind,
      applications: [{ ...wiki, paths: [...wiki.paths, office] }, open],
    });
    front = await startFront(kind, site.places);
    // Traefik listens before it has read where to.
    await vi.waitFor(async () => expect((await ask('/public/ready')).status).toBe(200), 30_000);
    const { browser, response } = await site.logIn('alice', site.at('wiki.localhost', '/page?x=1'));
    expect(response.status).toBe(200);
    alice = browser.cookieFor(site.at('wiki.localhost')) ?? '';
  }, 60_000);
  afterAll(async () => {
    await front?.close();
    await site?.close();
  });

  const ask = (path: string, fields: readonly string[] = [], method = 'GET'): Promise<RawAnswer> =>
    raw(site.places.port, [
      `${method} ${path} HTTP/1.1`,
      `Host: wiki.localhost:${site.places.port}`,
      ...fields,
    ]);
  const seenBy = async (fields: readonly string[], path = '/page'): Promise<SeenRequest> => {
    const before = site.upstream.seen.length;
    const answer = await ask(path, fields);
    expect([answer.status, site.upstream.seen.length - before]).toEqual([200, 1]);
    return site.upstream.seen[before] as SeenRequest;
  };

  test('a person logs in, comes back to where they were going, and the application knows who it is', async () => {
    const { response } = await site.logIn('alice', site.at('wiki.localhost', '/deep/page?a=1&b=%2F'));
    expect([response.status, response.url]).toEqual([200, site.at('wiki.localhost', '/deep/page?a=1&b=%2F')]);
    const seen = JSON.parse(response.body) as SeenRequest;
    expect(seen.url).toBe('/deep/page?a=1&b=%2F');
    expect(seen.headers['x-forwarded-email']).toBe('alice@example.com');
    expect(seen.headers['cookie'] ?? '').not.toContain('bouncer');
    const verify = createAssertionVerifier({
      issuer: site.at('auth.localhost', ''),
      audience: 'wiki',
      jwksUrl: site.at('auth.localhost', '/.bouncer/certs'),
    });
    const assertion = await verify(String(seen.headers['x-bouncer-jwt-assertion']));
    expect(assertion).toMatchObject({ email: 'alice@example.com', type: 'user' });
    await vi.waitFor(
      () =>
        expect(
          site.records().find((one) => one['request_id'] === seen.headers['x-request-id'] && 'status' in one),
        ).toMatchObject({ decision: 'allow', path: '/deep/page', status: 200, application: 'wiki' }),
      { timeout: 30_000 },
    );
  });

  test('the application keeps its own cookies, and gets none of bouncer’s, nor any token', async () => {
    const seen = await seenBy([`Cookie: theme=dark; ${alice}; lang=pt`]);
    expect(seen.headers['cookie']).toBe('theme=dark; lang=pt');
    const alone = await seenBy([`Cookie: ${alice}`]);
    expect(alone.headers['cookie'] ?? '').toBe('');
    const own = await seenBy([`Cookie: ${alice}`, 'Authorization: Basic b3duOm93bg==']);
    expect(own.headers['authorization']).toBe('Basic b3duOm93bg==');
    expect(
      Object.keys(own.headers).filter((name) => name.startsWith('bouncer-') && own.headers[name] !== ''),
    ).toEqual([]);
  });

  test('a program that is nobody is told so, and nothing goes on', async () => {
    const before = site.upstream.seen.length;
    const answer = await ask('/page', ['Accept: application/json']);
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'login_required' });
    expect(answer.head.toLowerCase()).toContain('www-authenticate: bearer');
    expect((await ask('/page', ['Content-Length: 0'], 'POST')).status).toBe(401);
    expect(site.upstream.seen.length).toBe(before);
  });

  test('a person whom the rules keep out reads why', async () => {
    const browser = site.browser();
    for (const pair of alice.split('; '))
      browser.setCookie('wiki.localhost', ...(pair.split(/=(.*)/s, 2) as [string, string]));
    const page = await browser.get(site.at('wiki.localhost', '/admin/x'));
    expect(page.status).toBe(403);
    expect(page.body).toContain('You do not have access');
    expect(page.headers['cache-control']).toContain('no-store');
  });

  test('a step-up asks for the key and comes back', async () => {
    const { response } = await site.logIn('alice', site.at('wiki.localhost', '/vault/a'), 'hwk');
    expect([response.status, response.url]).toEqual([200, site.at('wiki.localhost', '/vault/a')]);
    const program = await ask('/vault/a', [`Cookie: ${alice}`, 'Accept: application/json']);
    expect([program.status, JSON.parse(program.body)['error']]).toEqual([
      401,
      'insufficient_user_authentication',
    ]);
  });

  test('a logout ends it', async () => {
    const { browser } = await site.logIn('admin', site.at('wiki.localhost', '/admin'));
    expect((await browser.get(site.at('wiki.localhost', '/admin'))).status).toBe(200);
    await browser.post(site.at('wiki.localhost', '/.bouncer/logout'), {});
    const after = await browser.get(site.at('wiki.localhost', '/admin'), {
      headers: { accept: 'application/json', 'sec-fetch-mode': 'cors' },
    });
    expect(after.status).toBe(401);
  });

  test('no field of the client’s poses as bouncer’s word', async () => {
    const before = site.upstream.seen.length;
    const forged = [
      ...[
        'X-Bouncer-Jwt-Assertion: forged',
        'X-Forwarded-Email: admin@example.com',
        'x_forwarded_email: forged',
      ],
      ...['X_Bouncer_Jwt_Assertion: forged', 'Remote-User: forged', 'X-Auth-Request-Email: forged'],
    ];
    for (const field of forged) {
      for (const cookie of [[], [`Cookie: ${alice}`]]) await ask('/public/x', [field, ...cookie]);
    }
    for (const { rawHeaders } of site.upstream.seen.slice(before))
      expect(JSON.stringify(rawHeaders)).not.toMatch(/forged|admin@example\.com/);
  });

  test('no field of the client’s names another request', async () => {
    const before = site.upstream.seen.length;
    const names = [
      ...[
        'X-Original-URL: http://wiki.localhost/public/x',
        'X-Original-URI: /public/x',
        'X-Original-Method: GET',
      ],
      ...['X-Forwarded-Uri: /public/x', 'X-Forwarded-Method: GET', 'X-Forwarded-Host: wiki.localhost'],
      ...['X_Forwarded_Uri: /public/x', 'X-Rewrite-URL: /public/x', 'X-Envoy-Original-Path: /public/x'],
    ];
    for (const field of names) {
      const answer = await ask('/admin/x', [field]);
      expect([field, answer.status >= 400 || answer.status === 302]).toEqual([field, true]);
      expect((await ask('/readonly/x', [field], 'DELETE')).status).toBeGreaterThanOrEqual(400);
    }
    expect(site.upstream.seen.length).toBe(before);
  });

  test('no name of another application opens this one, wherever in a request it stands', async () => {
    const before = site.upstream.seen.length;
    const [own, other] = ['wiki', 'open'].map((name) => `${name}.localhost:${site.places.port}`);
    for (const lines of [
      ['GET /admin/x HTTP/1.1', `Host: ${other}`],
      ['GET /admin/x HTTP/1.1', 'Host: open.localhost'],
      [`GET http://${own}/admin/x HTTP/1.1`, `Host: ${other}`],
      [`GET http://${other}/admin/x HTTP/1.1`, `Host: ${own}`],
      [`GET http://${own}/admin/x HTTP/1.0`, `Host: ${other}`],
      [`GET http://wiki.localhost/admin/x HTTP/1.0`],
      ['GET /admin/x HTTP/1.1', `Host: ${own}`, `Host: ${other}`],
      ['GET /admin/x HTTP/1.1', `Host: ${other}`, `Host: ${own}`],
      ['GET /admin/x HTTP/1.1', `Host: ${own}, ${other}`],
      ['GET /admin/x HTTP/1.1', `Host: open.localhost@${own}`],
      ['GET /admin/x HTTP/1.1', `Host: ${own}@open.localhost`],
      ['GET /admin/x HTTP/1.1', `Host: open.localhost#@${own}`],
      ['GET /admin/x HTTP/1.1', `Host: open.localhost/@${own}`],
      ['GET /admin/x HTTP/1.1', 'Host: '],
      ['GET /admin/x HTTP/1.0'],
    ]) {
      const answer = await raw(site.places.port, lines);
      expect([lines, answer.status, site.upstream.seen.length - before]).toEqual([lines, answer.status, 0]);
    }
  });

  test('the address of a client is the one that it comes from, whatever it says', async () => {
    const host = `Host: wiki.localhost:${site.places.port}`;
    const from = (fields: readonly string[], address: string) =>
      raw(site.places.port, ['GET /office/x HTTP/1.1', host, ...fields], address);
    const before = site.upstream.seen.length;
    for (const name of [
      ...['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'X_Forwarded_For', 'X-Envoy-External-Address'],
      ...['X-Client-IP', 'True-Client-IP', 'CF-Connecting-IP', 'X-Original-Forwarded-For'],
    ]) {
      const value = name === 'Forwarded' ? 'for=127.0.0.7' : '127.0.0.7';
      const answer = await from([`${name}: ${value}`], '127.0.0.8');
      expect([name, answer.status >= 400]).toEqual([name, true]);
    }
    expect(site.upstream.seen.length).toBe(before);
    expect((await from([], '127.0.0.7')).status).toBe(200);
  });

  test('methods are those of the request', async () => {
    expect((await ask('/readonly/x')).status).toBe(200);
    for (const method of ['POST', 'PUT', 'DELETE', 'BREW'])
      expect((await ask('/readonly/x', ['Content-Length: 0'], method)).status).toBeGreaterThanOrEqual(400);
    expect((await ask('/readonly/x', [], 'HEAD')).status).toBe(200);
  });

  test('no spelling of a path opens what it should not: what was judged is what the application gets', async () => {
    for (const [id, path] of hostilePaths) {
      const before = site.upstream.seen.length;
      const nobody = await ask(path);
      const opened = site.upstream.seen.slice(before).filter(({ url }) => !/^\/public(?:[/?]|$)/.test(url));
      expect([id, path, nobody.status, opened.map(({ url }) => url)]).toEqual([id, path, nobody.status, []]);
      await ask(path, [`Cookie: ${alice}`]);
      for (const { url, headers } of site.upstream.seen.slice(before)) {
        const record = await recordOf(String(headers['x-request-id']));
        expect([id, record['path']]).toEqual([id, url.split('?')[0]]);
      }
    }
  }, 120_000);

  test('ordinary paths pass as they were sent', async () => {
    for (const path of [
      '/public/caf%C3%A9',
      '/public/a%20b',
      '/public/a+b?q=../admin',
      "/public/~user/!$&'()*+,=:@-._",
      '/public?x=%2F..',
    ]) {
      const seen = await seenBy([], path);
      expect(seen.url).toBe(path);
    }
  });

  test('a WebSocket opens for who is logged in, from the application’s own pages alone', async () => {
    const open = (headers: Record<string, string>): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${site.places.port}/ws`, {
          headers: { host: `wiki.localhost:${site.places.port}`, ...headers },
        });
        socket.once('open', () => socket.send('hello'));
        socket.once('message', (data) => {
          socket.close();
          resolve(String(data));
        });
        socket.once('unexpected-response', (_, res) => resolve(`status ${res.statusCode}`));
        socket.once('error', (error) => resolve(error.message));
      });
    const own = site.at('wiki.localhost', '').replace(/\/$/, '');
    expect(await open({ cookie: alice, origin: own })).toBe('hello');
    expect(await open({ cookie: alice, origin: 'http://evil.localhost' })).toBe('status 403');
    expect(await open({ origin: own })).toBe('status 401');
  });

  const recordOf = (id: string): Promise<Readonly<Record<string, unknown>>> =>
    vi.waitFor(
      () => {
        const found = site.records().find((one) => one['request_id'] === id && 'status' in one);
        if (found === undefined) throw new Error(`no record of ${id}`);
        return found;
      },
      { timeout: 30_000 },
    );

  test('without bouncer nobody gets in', async () => {
    const before = site.upstream.seen.length;
    await site.bouncer.close();
    for (const fields of [[], [`Cookie: ${alice}`]])
      for (const path of ['/page', '/public/x'])
        expect((await ask(path, fields)).status).toBeGreaterThanOrEqual(400);
    expect(site.upstream.seen.length).toBe(before);
  });
});
