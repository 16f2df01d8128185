import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { BouncerError } from '../../src/bouncer-error.ts';
import type { LoginStep } from '../../src/identity/login/login-step.ts';
import {
  applicationOf,
  type ContextOptions,
  erin,
  loginsThat,
  memoryTelemetry,
  rulesOf,
  servePages,
} from './page-fixtures.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(options: Parameters<typeof servePages>[0]) {
  const served = await servePages(options);
  closers.push(() => served.close());
  return served.url;
}

async function ask(context: ContextOptions, path: string, init: RequestInit = {}, step?: LoginStep) {
  const logins = loginsThat(step ?? { kind: 'signed-out', setCookies: ['bouncer_session=; Max-Age=0'] });
  const url = await serve({ context, logins });
  const response = await fetch(`${url}${path}`, { redirect: 'manual', ...init });
  return { response, text: await response.text(), asked: logins.asked };
}

const ownOrigin = 'https://auth.example.com:8443';
const app = applicationOf('Wiki', ['wiki.example.com'], 'allow');

test('who decides about access and can open nothing themselves is led to their page', async () => {
  const closed = applicationOf('Payroll', ['pay.example.com'], 'deny');
  const by = (isApprover: boolean) => ({
    ...{
      mayAsk: () => false,
      mayApprove: () => isApprover,
      approvalNeeds: () => [],
      mayApproveOtherwise: () => false,
      told: [],
      maxDurationMs: 1,
    },
    isPurposeRequired: true,
  });
  const start = async (isApprover: boolean, isAuthHost = true) => {
    const rules = rulesOf([{ ...closed, requests: by(isApprover) }]);
    return (await ask({ identity: erin, isAuthHost, rules }, '/.bouncer/')).text;
  };
  expect(await start(true)).toContain('href="/.bouncer/approvals"');
  expect(await start(false)).not.toContain('approvals');
  expect(await start(true, false)).not.toContain('approvals');
});

describe('a login that cannot go on', () => {
  const wiki = {
    ...app,
    presentation: { label: 'The wiki', contact: 'https://help.example.com', deniedText: null },
  };
  const rules = {
    ...rulesOf([wiki]),
    findApplication: (host: string) => (host === 'wiki.example.com' ? wiki : null),
  };
  const problem: LoginStep = {
    kind: 'problem',
    problem: 'too-many-tries',
    status: 429,
    continueUrl: '/.bouncer/code?login=x',
    setCookies: [],
  };

  test.each([
    ['the way on leads to it', { continueUrl: 'https://wiki.example.com:8443/page' }, true],
    ['the way on leads elsewhere, and the login was to end there', { host: 'wiki.example.com' }, true],
    ['it was to end on the host of the login', {}, false],
    ['the way on is another host', { continueUrl: 'https://auth.example.com:8443/.bouncer/' }, false],
  ])('names the application and whom to ask where %s', async (_, more, isNamed) => {
    const { text } = await ask({ rules }, '/.bouncer/login', {}, { ...problem, ...more });
    expect([text.includes('The wiki'), text.includes('href="https://help.example.com"')]).toEqual([
      isNamed,
      isNamed,
    ]);
  });
});

describe('every answer', () => {
  test.each(['/.bouncer/', '/.bouncer/login', '/.bouncer/identity', '/.bouncer/nothing', '/.bouncer/logout'])(
    '%s is kept by no cache, framed by nobody and loads nothing',
    async (path) => {
      const { response } = await ask({ identity: erin }, path);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('x-frame-options')).toBe('DENY');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('x-request-id')).toBe('r7k2-93ha-x0');
      expect(response.headers.get('x-powered-by')).toBeNull();
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^default-src 'none';style-src 'sha256-[A-Za-z0-9+/=]{44}';img-src data:;/);
      expect(policy).toContain(`form-action 'self' ${ownOrigin} https://login.corp.example;`);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000');
    },
  );

  test('a page refers to itself on forms, so that its own origin is sent with them', async () => {
    const { response } = await ask({ identity: erin }, '/.bouncer/');
    expect(response.headers.get('referrer-policy')).toBe('same-origin');
  });
});

describe('the table of endpoints', () => {
  test.each([
    '/.bouncer/Login',
    '/.bouncer/login/',
    '/.bouncer//login',
    '/.bouncer/%6cogin',
    '/.bouncer/login;x=1',
    '/.bouncer/nothing',
    '/.bouncer/__proto__',
  ])('has no entry for %s', async (path) => {
    const { response, asked } = await ask({}, path);
    expect(response.status).toBe(404);
    expect(asked).toEqual([]);
  });

  test.each([
    ['DELETE', '/.bouncer/login', 'GET, HEAD'],
    ['POST', '/.bouncer/callback', 'GET, HEAD'],
    ['PUT', '/.bouncer/logout', 'GET, HEAD, POST'],
    ['GET', '/.bouncer/backchannel-logout', 'POST'],
    ['OPTIONS', '/.bouncer/', 'GET, HEAD'],
  ])('answers %s %s with 405 and what is allowed', async (method, path, allow) => {
    const { response, asked } = await ask({}, path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(asked).toEqual([]);
  });

  test('a HEAD is a GET without a body', async () => {
    const { response, text } = await ask({}, '/.bouncer/', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(text).toBe('');
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1000);
  });

  test('a refusal is JSON for who names JSON, a page for everybody else', async () => {
    const json = await ask({}, '/.bouncer/nothing', { headers: { accept: 'application/json' } });
    expect(JSON.parse(json.text)).toEqual({
      error: 'not_found',
      reason: 'no-such-page',
      request_id: 'r7k2-93ha-x0',
    });
    const page = await ask({}, '/.bouncer/nothing', { headers: { accept: 'text/html,*/*' } });
    expect(page.response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  test('the key set is at /.well-known/jwks.json on auth_url’s host alone', async () => {
    expect((await ask({}, '/.well-known/jwks.json')).response.status).toBe(200);
    expect(
      (await ask({ isAuthHost: false, application: app }, '/.well-known/jwks.json')).response.status,
    ).toBe(404);
  });

  test('`/` is the start page where the host is only auth_url’s', async () => {
    expect((await ask({ identity: erin }, '/')).text).toContain('Your applications');
    expect((await ask({ identity: erin, application: app }, '/')).response.status).toBe(404);
  });
});

describe('login and callback', () => {
  const cookies = ['a=1; Path=/', 'b=2; Path=/'];

  test('a redirect is a 302 with every cookie', async () => {
    const step = {
      kind: 'redirect',
      location: 'https://login.corp.example/auth?x=1',
      setCookies: cookies,
    } as const;
    const { response, asked } = await ask({}, '/.bouncer/login?a=b', {}, step);
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe(step.location);
    expect(response.headers.getSetCookie()).toEqual(cookies);
    expect(asked).toEqual(['begin']);
  });

  test('the callback belongs to the login that is under way', async () => {
    expect((await ask({}, '/.bouncer/callback?code=x')).asked).toEqual(['callback']);
  });

  test('a problem keeps its status and cookies and says what to do', async () => {
    const step = {
      kind: 'problem',
      problem: 'expired',
      status: 400,
      continueUrl: '/.bouncer/login?return=%2Fx',
      setCookies: cookies,
    } as const;
    const { response, text } = await ask({}, '/.bouncer/callback', {}, step);
    expect(response.status).toBe(400);
    expect(response.headers.getSetCookie()).toEqual(cookies);
    expect(text).toContain('href="/.bouncer/login?return=%2Fx"');
    expect(text).toContain('r7k2-93h');
  });

  test('a provider that is down is a 503 that says when to try again', async () => {
    const step = {
      kind: 'problem',
      problem: 'provider-unavailable',
      status: 503,
      continueUrl: null,
      setCookies: [],
    } as const;
    const { response } = await ask({}, '/.bouncer/login', {}, step);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('10');
  });
});

describe('logout', () => {
  const context = { identity: erin } as const;
  const post = (headers: Record<string, string>, step?: LoginStep) =>
    ask(context, '/.bouncer/logout', { method: 'POST', headers }, step);

  test.each<Record<string, string>>([
    { origin: ownOrigin, 'sec-fetch-site': 'same-origin' },
    { origin: ownOrigin },
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'null', 'sec-fetch-site': 'same-origin' },
  ])('a form of this very host ends the session (%j)', async (headers) => {
    const { response, asked } = await post(headers);
    expect(response.status).toBe(200);
    expect(asked).toEqual(['logout']);
    expect(response.headers.getSetCookie()).toEqual(['bouncer_session=; Max-Age=0']);
  });

  test.each<Record<string, string>>([
    {},
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: 'https://auth.example.com' },
    { origin: 'https://wiki.example.com:8443', 'sec-fetch-site': 'same-site' },
    { origin: ownOrigin, 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ])('anything else does not (%j)', async (headers) => {
    const { response, asked } = await post(headers);
    expect(response.status).toBe(403);
    expect(asked).toEqual([]);
  });

  test('goes on with 303 to where the page’s own policy lets a form lead', async () => {
    const step = { kind: 'redirect', location: 'https://login.corp.example/end', setCookies: [] } as const;
    const { response } = await post({ origin: ownOrigin }, step);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(step.location);
  });

  test('goes on with a page from an application’s host, whose own pages may hold forms to it', async () => {
    const location = `${ownOrigin}/.bouncer/logout?request=x`;
    const { response, text } = await ask(
      { ...context, host: 'wiki.example.com', isAuthHost: false },
      '/.bouncer/logout',
      { method: 'POST', headers: { origin: 'https://wiki.example.com:8443' } },
      { kind: 'redirect', location, setCookies: [] },
    );
    expect(response.status).toBe(200);
    expect(text).toContain(`content="0;url=${location}"`);
  });

  test('goes on with a page to anywhere else, because browsers stop a form’s redirect there', async () => {
    const location = 'https://logout.elsewhere.example/end?a=1&b=2';
    const { response, text } = await post(
      { origin: ownOrigin },
      { kind: 'redirect', location, setCookies: ['x=1'] },
    );
    expect(response.status).toBe(200);
    expect(text).toContain('content="0;url=https://logout.elsewhere.example/end?a=1&amp;b=2"');
    expect(response.headers.getSetCookie()).toEqual(['x=1']);
  });

  test('a link asks first, an image is refused, and nobody is told that they are out', async () => {
    const navigation = { secFetchMode: 'navigate', secFetchDest: 'document' } as const;
    const link = await ask({ identity: erin, headers: navigation }, '/.bouncer/logout');
    expect(link.text).toContain('<form method="post" action="/.bouncer/logout">');
    expect(link.asked).toEqual([]);
    const image = { secFetchMode: 'no-cors', secFetchDest: 'image' } as const;
    expect((await ask({ identity: erin, headers: image }, '/.bouncer/logout')).response.status).toBe(405);
    expect((await ask({ headers: navigation }, '/.bouncer/logout')).text).toContain('You are logged out');
  });
});

describe('who am I here', () => {
  test('names the person and the end of the login, and never the session', async () => {
    const { response, text } = await ask({ identity: erin }, '/.bouncer/identity');
    expect(response.status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      type: 'user',
      sub: 'u-erin',
      email: 'erin@example.com',
      name: 'Erin Engineer',
      groups: ['engineering'],
      idp: 'corp',
      amr: ['pwd'],
      auth_time: 1_780_314_600,
      iat: 1_780_314_600,
      exp: 1_780_318_800,
    });
    expect(text).not.toContain('secret-session-id');
  });

  test('ends when the application’s own limit is nearer', async () => {
    const application = { ...app, session: { durationMs: 900_000, idleTimeoutMs: null } };
    const { text } = await ask({ identity: erin, application }, '/.bouncer/identity');
    expect(JSON.parse(text)).toMatchObject({ exp: 1_780_315_500 });
  });

  test('is 401 with the way to log in for nobody', async () => {
    const { response, text } = await ask({}, '/.bouncer/identity');
    expect(response.status).toBe(401);
    expect(JSON.parse(text)).toEqual({
      error: 'login_required',
      login_url: `${ownOrigin}/.bouncer/login`,
      request_id: 'r7k2-93ha-x0',
    });
  });
});

describe('the key set', () => {
  test('may be kept for minutes and read from any origin', async () => {
    const { response, text } = await ask({}, '/.bouncer/certs');
    expect(JSON.parse(text)).toEqual({ keys: [{ kty: 'EC', kid: 'k1' }] });
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('back-channel logout', () => {
  const form = (body: string, type = 'application/x-www-form-urlencoded') =>
    ask({}, '/.bouncer/backchannel-logout', { method: 'POST', body, headers: { 'content-type': type } });

  test('says 200 to a token that was accepted', async () => {
    const { response, asked } = await form('logout_token=good');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(asked).toEqual(['backchannel good']);
  });

  test.each(['logout_token=bad', '', 'logout_token=good&logout_token=good', 'other=good'])(
    'says 400 to %j',
    async (body) => {
      const { response, text } = await form(body);
      expect(response.status).toBe(400);
      expect(JSON.parse(text)).toEqual({ error: 'invalid_request' });
    },
  );

  test('does not read what is too large, or not a form', async () => {
    expect((await form(`logout_token=${'g'.repeat(70_000)}`)).asked).toEqual([]);
    expect((await form('{"logout_token":"good"}', 'application/json')).asked).toEqual([]);
  });
});

describe('the start page', () => {
  test('lists what the person can open and nothing else', async () => {
    const { text } = await ask({ identity: erin }, '/.bouncer/');
    expect(text).toContain('href="https://wiki.example.com:8443/"');
    expect(text).toContain('href="https://photos.example.com:8443/"');
    expect(text).toContain('href="https://payroll.example.com:8443/"');
    expect(text).toContain('asks for one more step');
    expect(text).not.toContain('secret.example.com');
    expect(text).toContain('Erin Engineer');
    expect(text).toContain('erin@example.com');
  });

  test('shows a wildcard without a link', async () => {
    const { text } = await ask({ identity: erin }, '/.bouncer/');
    expect(text).toContain('*.preview.example.com');
    expect(text).not.toContain('href="https://*');
  });

  test('welcomes who is nobody, and names only what is open to everybody', async () => {
    const { text } = await ask({}, '/.bouncer/');
    expect(text).toContain('href="/.bouncer/login"');
    expect(text).toContain('Family photos');
    expect(text).not.toContain('Wiki');
  });
});

describe('a fault inside', () => {
  test('is a page with the request number, an event, and nothing of the fault', async () => {
    const telemetry = memoryTelemetry();
    const logins = loginsThat(() => Promise.reject(new Error('secret detail')));
    const url = await serve({ logins, telemetry });
    const response = await fetch(`${url}/.bouncer/login`);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).toContain('r7k2-93h');
    expect(text).not.toContain('secret detail');
    expect(telemetry.events.map(({ name }) => name)).toEqual(['internal_error']);
  });

  test('takes nothing of the answer that failed along, its cookies least of all', async () => {
    const step = { kind: 'redirect', location: 'https://example.com/\n', setCookies: ['a=1'] } as const;
    const { response } = await ask({}, '/.bouncer/login', {}, step);
    expect(response.status).toBe(500);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('a store that is away is a 503', async () => {
    const telemetry = memoryTelemetry();
    const logins = loginsThat(() =>
      Promise.reject(new BouncerError('store_unavailable', 'disk full', { hint: 'make room' })),
    );
    const url = await serve({ logins, telemetry });
    expect((await fetch(`${url}/.bouncer/login`)).status).toBe(503);
    expect(telemetry.events).toEqual([
      {
        name: 'store_failed',
        fields: { action: 'answer', request_id: 'r7k2-93ha-x0', cause: 'disk full', hint: 'make room' },
      },
    ]);
  });
});

describe('a body that nobody reads', () => {
  test('ends the connection, so that it is never taken for a request', async () => {
    const url = new URL(await serve({ context: { identity: erin } }));
    const socket = connect(Number(url.port), url.hostname);
    const smuggled = 'GET /.bouncer/identity HTTP/1.1\r\nHost: auth.example.com\r\n\r\n';
    socket.write(
      `POST /.bouncer/logout HTTP/1.1\r\nHost: auth.example.com\r\nContent-Length: 5000\r\n\r\n${smuggled}`,
    );
    let seen = '';
    for await (const chunk of socket) seen += String(chunk);
    expect(seen).toMatch(/^HTTP\/1\.1 403 .*\r\nConnection: close\r\n/is);
    expect(seen.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });
});
