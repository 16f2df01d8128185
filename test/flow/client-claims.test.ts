// What a client claims in headers, through a whole bouncer: dropped and said once, passed where an application asks for it, and a
// method override only where no policy looks at the method.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { headerFamilies } from '../../src/http/header-families.ts';
import { refusals } from '../../src/http/refusals.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

const rules = `
rule_groups:
  readers: { include: [{ method: [GET, HEAD, POST] }] }
applications:
  - name: plain
    host: plain.localhost
    upstream: UPSTREAM
    policies: [{ name: open, action: bypass, include: [everyone] }]
  - name: wanting
    host: wanting.localhost
    upstream: UPSTREAM
    request_headers: { pass: [X-Auth-User, Front-End-Https] }
    policies: [{ name: open, action: bypass, include: [everyone] }]
  - name: careful
    host: careful.localhost
    upstream: UPSTREAM
    policies: [{ name: open, action: bypass, include: [{ rule_group: readers }] }]
`;

let site: Site;
beforeAll(async () => {
  site = await startSite({ rules });
});
afterAll(() => site.close());

async function seen(host: string, headers: Record<string, string>, method: 'GET' | 'POST' = 'GET') {
  const before = site.upstream.seen.length;
  const url = site.at(host, '/page');
  const answer =
    method === 'GET'
      ? await site.browser().get(url, { headers })
      : await site.browser().post(url, { a: 'b' }, { headers });
  return { answer, request: site.upstream.seen.slice(before).at(-1) };
}

const dropped = () =>
  site
    .records()
    .filter((record) => record['event'] === 'header_dropped')
    .map(({ application, header }) => `${application} ${header}`);

describe('a header that only a proxy may write', () => {
  const all = headerFamilies
    .filter(({ claim }) => claim !== 'method')
    .flatMap(({ names }) => names.map((name) => name.replace('*', 'Of-Me')));

  test.each(all)('%s does not reach the application in any spelling', async (name) => {
    const spellings = { [name]: 'me', [name.replaceAll('-', '_').toUpperCase()]: 'me' };
    const { request } = await seen('plain.localhost', spellings);
    expect(request?.rawHeaders).toBeDefined();
    expect(request?.rawHeaders).not.toContain('me');
  });

  test('is said once for each application and name, with what it claims', async () => {
    for (let i = 0; i < 3; i++) {
      await seen('plain.localhost', { Impersonate_User: 'root' });
      await seen('careful.localhost', { 'Impersonate-User': 'root' });
    }
    const about = dropped().filter((line) => line.endsWith('impersonate-user'));
    expect(about.sort()).toEqual(['careful impersonate-user', 'plain impersonate-user']);
    const record = site.records().find(({ header }) => header === 'impersonate-user');
    expect(record).toMatchObject({ level: 'info', claims: 'identity' });
    expect(site.logText()).not.toContain('root');
  });

  test('is not said of what every proxy in front sends', async () => {
    await seen('plain.localhost', { 'X-Forwarded-For': '192.0.2.1', 'CF-Connecting-IP': '192.0.2.1' });
    expect(dropped().filter((line) => /forwarded-for|cf-connecting/.test(line))).toEqual([]);
  });

  test('fills no memory with names that strangers make up', async () => {
    for (let i = 0; i < 1_100; i += 50) {
      const many = Array.from({ length: 50 }, (_, n) => [`X-Auth-Request-${i + n}`, 'x'] as const);
      await seen('plain.localhost', Object.fromEntries(many));
    }
    expect(dropped().length).toBeLessThanOrEqual(1_000);
  });
});

describe('`request_headers.pass`', () => {
  test('lets a header of the client through, in the spelling of the rules alone', async () => {
    const { request } = await seen('wanting.localhost', {
      'X-Auth-User': 'anna',
      X_Auth_User: 'root',
      'x-auth-groups': 'wheel',
      'front-end-https': 'on',
    });
    expect(request?.headers).toMatchObject({ 'x-auth-user': 'anna', 'front-end-https': 'on' });
    expect(request?.rawHeaders).not.toContain('root');
    expect(request?.rawHeaders).not.toContain('wheel');
  });
});

describe('a method override', () => {
  const override = { 'X-HTTP-Method-Override': 'DELETE' };

  test('goes on where no policy looks at the method', async () => {
    const { request } = await seen('plain.localhost', override, 'POST');
    expect(request?.method).toBe('POST');
    expect(request?.headers['x-http-method-override']).toBe('DELETE');
  });

  test.each(['X-HTTP-Method-Override', 'x_http_method_override', 'X-Method-Override', 'X-HTTP-Method'])(
    '%s is refused where a policy does, even by a rule group',
    async (name) => {
      const { answer, request } = await seen('careful.localhost', { [name]: 'DELETE' }, 'POST');
      expect(answer.status).toBe(400);
      expect(answer.body).toContain(refusals['method-overridden'].text);
      expect(request).toBeUndefined();
      expect(site.records().at(-1)).toMatchObject({ status: 400, reason: 'method-overridden' });
    },
  );

  test('and without one the same request passes', async () => {
    expect((await seen('careful.localhost', {}, 'POST')).request?.method).toBe('POST');
  });
});
