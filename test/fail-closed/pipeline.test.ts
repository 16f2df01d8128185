// The fail-closed matrix of the pipeline: every step throws, hangs or returns nonsense, for every kind of request.
// Nothing reaches the application, the client is told within a bounded time, and the next request is served.
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BouncerError } from '../../src/bouncer-error.ts';
import type { Snapshot } from '../../src/configuration/snapshot.ts';
import type { Session } from '../../src/identity/sessions/session.ts';
import type { Application, Area, CompiledRules } from '../../src/rules/model/compiled-rules.ts';
import { exchangeRaw } from '../attacks/raw-exchange.ts';
import {
  type Faults,
  type FaultyGateway,
  serviceOf,
  sessionOf,
  startFaultyGateway,
  tokenOfCi,
} from './faulty-gateway.ts';

let gateway: FaultyGateway;
beforeAll(async () => {
  gateway = await startFaultyGateway();
});
afterAll(() => gateway.close());
beforeEach(() => {
  gateway.fault = {};
});

/** For values that types would not let through: that is what is tested. */
const nonsense = (value: unknown): never => value as never;
const broken = (): never => {
  throw new Error('a fault made for this test');
};
const never = (): never => nonsense(new Promise(() => {}));

const withSettings = (change: object) => ({
  snapshot: (real: Snapshot): Snapshot => ({ ...real, settings: { ...real.settings, ...change } }),
});
const withRules = (findApplication: (real: CompiledRules) => unknown): Faults => ({
  snapshot: (real) => ({
    ...real,
    rules: { ...real.rules, findApplication: () => nonsense(findApplication(real.rules)) },
  }),
});
/** The wiki with another member, known to the snapshot like a real one. */
const withApplication = (change: (wiki: Application) => object): Faults => ({
  snapshot(real) {
    const wiki = real.rules.findApplication(nonsense('wiki.localhost'));
    if (wiki === null) throw new Error('no wiki');
    const changed = { ...wiki, ...change(wiki) };
    const plans = real.headerPlans.get(wiki);
    if (plans === undefined) throw new Error('no plans');
    return {
      ...real,
      rules: { ...real.rules, findApplication: () => changed },
      headerPlans: new Map([[changed, { ...plans, areas: new Set(changed.areas) }]]),
    };
  },
});
const withDecide = (decide: (area: Area) => unknown): Faults =>
  withApplication((wiki) => {
    const areas = wiki.areas.map((area) => ({ ...area, decide: () => nonsense(decide(area)) }));
    return { areas, selectArea: () => areas[0] };
  });
const identify = (result: (host: string) => unknown): Faults => ({
  sessions: { identify: (_cookie, { host }) => nonsense(result(host)) },
});
const mint = (result: () => unknown): Faults => ({ assertions: { mint: () => nonsense(result()) } });
const allowed = {
  outcome: 'allow',
  reason: 'policy-allowed',
  policy: 'p',
  isBypass: false,
  missing: [],
  reports: [],
};
const other = (rules: CompiledRules): Application | null => rules.findApplication(nonsense('open.localhost'));

const matrix: readonly (readonly [step: string, kind: string, fault: () => Faults])[] = [
  ['start', 'throws: no configuration', () => ({ snapshot: broken })],
  ['start', 'nonsense: the configuration is undefined', () => ({ snapshot: () => nonsense(undefined) })],
  ['start', 'throws: the clock', () => ({ now: broken })],
  ['start', 'nonsense: the clock is not a number', () => ({ now: () => Number.NaN })],
  [
    'gate',
    'throws: the limits',
    () =>
      withSettings({
        get limits() {
          return broken();
        },
      }),
  ],
  ['gate', 'nonsense: no limits', () => withSettings({ limits: undefined })],
  ['gate', 'throws: the head cannot be read', () => ({ rawHeaders: broken })],
  ['gate', 'nonsense: no head', () => ({ rawHeaders: () => undefined })],
  ['gate', 'nonsense: a head of numbers', () => ({ rawHeaders: () => [1, 2, 3, 4] })],
  ['gate', 'nonsense: half a head', () => ({ rawHeaders: () => ['Host'] })],
  ['gate', 'nonsense: an empty head', () => ({ rawHeaders: () => [] })],
  [
    'client address',
    'throws',
    () => ({ snapshot: (real) => ({ ...real, trust: { isEmpty: false, isTrusted: broken } }) }),
  ],
  [
    'client address',
    'nonsense: nobody to ask',
    () => ({ snapshot: (real) => ({ ...real, trust: nonsense(undefined) }) }),
  ],
  ['client address', 'nonsense: no list', () => ({ snapshot: (real) => ({ ...real, trust: nonsense({}) }) })],
  ['route', 'throws', () => withRules(broken)],
  ['route', 'nonsense: undefined', () => withRules(() => undefined)],
  ['route', 'nonsense: an empty application', () => withRules(() => ({}))],
  ['route', 'nonsense: a promise', () => withRules(never)],
  ['route', 'nonsense: the application of another host', () => withRules(other)],
  [
    'route',
    'nonsense: an application of rules that are not in force',
    () => withRules((rules) => ({ ...other(rules), hosts: ['wiki.localhost'] })),
  ],
  ['identify', 'throws', () => identify(broken)],
  [
    'identify',
    'throws: the store is down',
    () =>
      identify(() => {
        throw new BouncerError('store_unavailable', 'down');
      }),
  ],
  ['identify', 'rejects', () => identify(() => Promise.reject(new Error('a fault made for this test')))],
  ['identify', 'rejects with nothing', () => identify(() => Promise.reject(undefined))],
  ['identify', 'hangs', () => identify(never)],
  ['identify', 'nonsense: undefined', () => identify(() => undefined)],
  ['identify', 'nonsense: a promise of undefined', () => identify(() => Promise.resolve(undefined))],
  ['identify', 'nonsense: a text', () => identify(() => 'alice')],
  ['identify', 'nonsense: true', () => identify(() => true)],
  ['identify', 'nonsense: an empty session', () => identify(() => ({}))],
  [
    'identify',
    'nonsense: a session without an identity',
    () => identify((host) => sessionOf(host, { identity: nonsense(null) })),
  ],
  ['identify', 'nonsense: the session of another host', () => identify(() => sessionOf('other.localhost'))],
  [
    'identify',
    'nonsense: a session that is over',
    () => identify((host) => sessionOf(host, { expiresAtMs: Date.now() - 1000 })),
  ],
  [
    'identify',
    'nonsense: a session that never ends',
    () => identify((host) => sessionOf(host, { expiresAtMs: nonsense(undefined) })),
  ],
  [
    'identify',
    'nonsense: an identity without facts',
    () => identify((host) => sessionOf(host, { identity: nonsense({}) })),
  ],
  [
    'identify',
    'nonsense: something with a `then` of its own',
    () =>
      identify(() =>
        Object.defineProperty({}, 'then', {
          value: (done: (session: Session) => void) => done(sessionOf('wiki.localhost')),
        }),
      ),
  ],
  ['area', 'throws', () => withApplication(() => ({ selectArea: broken }))],
  ['area', 'nonsense: undefined', () => withApplication(() => ({ selectArea: () => undefined }))],
  ['area', 'nonsense: a text', () => withApplication(() => ({ selectArea: () => 'all' }))],
  ['area', 'ambiguous', () => withApplication(() => ({ selectArea: () => 'ambiguous' }))],
  [
    'area',
    'nonsense: an area of another application',
    () => withApplication(() => ({ selectArea: () => other(gateway.rules)?.areas[0] })),
  ],
  [
    'area',
    'nonsense: an area of nobody that allows everything',
    () => withApplication(() => ({ selectArea: () => ({ path: null, decide: () => allowed }) })),
  ],
  ['decide', 'throws', () => withDecide(broken)],
  ['decide', 'hangs', () => withDecide(never)],
  ['decide', 'nonsense: undefined', () => withDecide(() => undefined)],
  ['decide', 'nonsense: null', () => withDecide(() => null)],
  ['decide', 'nonsense: true', () => withDecide(() => true)],
  ['decide', 'nonsense: an empty decision', () => withDecide(() => ({}))],
  [
    'decide',
    'nonsense: an outcome that does not exist',
    () => withDecide(() => ({ ...allowed, outcome: 'permit' })),
  ],
  ['decide', 'nonsense: an outcome in capitals', () => withDecide(() => ({ ...allowed, outcome: 'ALLOW' }))],
  [
    'decide',
    'nonsense: allowed because denied',
    () => withDecide(() => ({ ...allowed, reason: 'policy-denied' })),
  ],
  ['decide', 'nonsense: allowed without a reason', () => withDecide(() => ({ outcome: 'allow' }))],
  [
    'decide',
    'nonsense: allowed by an error',
    () => withDecide(() => ({ ...allowed, reason: 'decision-error' })),
  ],
  ['decide', 'nonsense: a promise of a yes', () => withDecide(() => Promise.resolve(allowed))],
  [
    'decide',
    'denies for its own error',
    () => withDecide(() => ({ ...allowed, outcome: 'deny', reason: 'decision-error' })),
  ],
  [
    'authorize',
    'nonsense: no header rules',
    () => ({ snapshot: (real) => ({ ...real, headerPlans: new Map() }) }),
  ],
  [
    'authorize',
    'throws: the header rules',
    () => ({ snapshot: (real) => ({ ...real, headerPlans: nonsense({ get: broken }) }) }),
  ],
  ['mint', 'throws', () => mint(broken)],
  [
    'mint',
    'throws: no key',
    () =>
      mint(() => {
        throw new BouncerError('store_unavailable', 'no key');
      }),
  ],
  ['mint', 'hangs', () => mint(never)],
  ['mint', 'nonsense: undefined', () => mint(() => undefined)],
  ['mint', 'nonsense: null', () => mint(() => null)],
  ['mint', 'nonsense: nothing', () => mint(() => '')],
  [
    'mint',
    'nonsense: a header of its own',
    () => mint(() => 'a.b.c\r\nX-Forwarded-Email: admin@example.com'),
  ],
  ['mint', 'nonsense: an object', () => mint(() => ({ toString: () => 'a.b.c' }))],
  ['forward', 'throws', () => ({ forwarder: { forward: broken, upgrade: broken } })],
  [
    'forward',
    'fails',
    () => {
      const fail: (...all: readonly never[]) => void = (...all) =>
        (all.at(-1) as unknown as { onFailure(error: BouncerError, ms: null): void }).onFailure(
          new BouncerError('upstream_timeout', 'too slow'),
          null,
        );
      return { forwarder: { forward: nonsense(fail), upgrade: nonsense(fail) } };
    },
  ],
  [
    'forward',
    'nonsense: fails for no reason',
    () => {
      const fail: (...all: readonly never[]) => void = (...all) =>
        (all.at(-1) as unknown as { onFailure(error: unknown, ms: unknown): void }).onFailure(
          undefined,
          undefined,
        );
      return { forwarder: { forward: nonsense(fail), upgrade: nonsense(fail) } };
    },
  ],
];

const page = 'Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n';
const cookie = 'Cookie: bouncer_session=alice\r\n';
const handshake =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://wiki.localhost\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const head = (line: string, fields: string): string =>
  `${line} HTTP/1.1\r\nHost: wiki.localhost\r\n${fields}\r\n`;

const requests: readonly (readonly [string, string])[] = [
  ['a page', head('GET /a', page + cookie)],
  ['a program', head('GET /a', cookie)],
  ['an upload', `${head('POST /a', `${cookie}Content-Length: 5\r\n`)}hello`],
  [
    'a chunked upload that asks first',
    head('PUT /a', `${cookie}Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n`),
  ],
  ['a WebSocket', head('GET /ws', cookie + handshake)],
  ['nobody', head('GET /a', '')],
  ['nobody at a page', head('GET /a', page)],
];

async function ask(text: string): Promise<number | 'closed' | 'nothing'> {
  const got = await exchangeRaw(gateway.port, Buffer.from(text, 'latin1'), {
    patienceMs: 30_000,
    quietMs: 5,
  });
  const status = /^HTTP\/1\.1 (\d{3})/.exec(got.received)?.[1];
  return status === undefined ? (got.isClosed ? 'closed' : 'nothing') : Number(status);
}

async function expectService(): Promise<void> {
  gateway.fault = {};
  const before = gateway.upstream.seen.length;
  expect(await ask(head('GET /after', cookie))).toBe(200);
  expect(gateway.upstream.seen.length).toBe(before + 1);
}

test('without a fault everybody with a session is served and nobody else is', async () => {
  const statuses: (number | string)[] = [];
  for (const [, text] of requests.slice(0, 3)) statuses.push(await ask(text));
  statuses.push(
    await ask(requests[4]?.[1] ?? ''),
    await ask(requests[5]?.[1] ?? ''),
    await ask(requests[6]?.[1] ?? ''),
  );
  expect(statuses).toEqual([200, 200, 200, 101, 401, 302]);
});

describe.each(matrix)('%s %s', (_step, _kind, fault) => {
  test('lets no request through, tells the client, and is over when it is over', async () => {
    const before = gateway.upstream.seen.length;
    for (const [who, text] of requests) {
      gateway.fault = fault();
      const status = await ask(text);
      expect(status, who).not.toBe('nothing');
      // Nobody is sent to log in, as without the fault, where the fault is in a step that comes after.
      if (typeof status === 'number' && status !== 302) expect(status, who).toBeGreaterThanOrEqual(400);
    }
    expect(gateway.upstream.seen.length).toBe(before);
    await expectService();
  });
});

test('a fault inside of a decision is a no, and the log says where it is', async () => {
  const events: (readonly [string, unknown])[] = [];
  gateway.fault = {
    ...withDecide(() => ({
      ...{ ...allowed, outcome: 'deny', reason: 'decision-error' },
      fault: new TypeError('a fault of a selector'),
    })),
    telemetry: { event: (name, fields) => void events.push([name, fields]) },
  };
  expect(await ask(head('GET /a', cookie))).toBe(500);
  expect(events).toEqual([
    [
      'internal_error',
      {
        request_id: expect.any(String),
        message: expect.stringMatching(/TypeError: a fault of a selector[\s\S]*pipeline\.test/),
      },
    ],
  ]);
});

test('a fault while a stream is judged again ends the stream, and the log says where it is', async () => {
  const events: (readonly [string, unknown])[] = [];
  const socket = connect(gateway.port, '127.0.0.1').resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const switched = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
  socket.write(head('GET /ws', cookie + handshake));
  expect(await switched).toMatch(/^HTTP\/1\.1 101 /);
  gateway.fault = {
    sessions: { standing: broken, version: () => 2 },
    telemetry: { event: (name, fields) => void events.push([name, fields]) },
  };
  await closed;
  expect(events).toContainEqual([
    'internal_error',
    expect.objectContaining({ message: expect.stringContaining('a fault made for this test') }),
  ]);
});

const byToken = `Authorization: Bearer ${tokenOfCi}\r\n`;
const tokens = (result: () => unknown): Faults => ({ tokens: { identify: () => nonsense(result()) } });

describe('a request with a service token', () => {
  test('is served without a fault, and goes no further beside a session', async () => {
    expect(await ask(head('GET /a', byToken))).toBe(200);
    expect(await ask(head('GET /a', byToken + cookie))).toBe(400);
  });

  test.each<readonly [string, () => Faults, string]>([
    ['throws', () => tokens(broken), byToken],
    ['rejects', () => tokens(() => Promise.reject(new Error('a fault made for this test'))), byToken],
    ['hangs', () => tokens(never), byToken],
    [
      'throws: the store is down',
      () =>
        tokens(() => {
          throw new BouncerError('store_unavailable', 'down');
        }),
      byToken,
    ],
    [
      'rejects: the store is down',
      () => tokens(() => Promise.reject(new BouncerError('store_unavailable', 'down'))),
      byToken,
    ],
    ['nonsense: undefined', () => tokens(() => undefined), byToken],
    ['nonsense: null', () => tokens(() => null), byToken],
    ['nonsense: a text', () => tokens(() => 'ci'), byToken],
    ['nonsense: an empty service', () => tokens(() => ({})), byToken],
    ['nonsense: a person', () => tokens(() => sessionOf('wiki.localhost')), byToken],
    ['nonsense: nobody', () => tokens(() => ({ kind: 'nobody' })), byToken],
    ['nonsense: without a name', () => tokens(() => serviceOf({ name: '' })), byToken],
    [
      'nonsense: one that has ended',
      () => tokens(() => serviceOf({ expiresAtMs: Date.now() - 1000 })),
      byToken,
    ],
    [
      'nonsense: one without an end',
      () => tokens(() => serviceOf({ expiresAtMs: nonsense(undefined) })),
      byToken,
    ],
    ['nonsense: rejected for no reason', () => tokens(() => ({ kind: 'rejected' })), byToken],
    [
      'the session beside it cannot be looked up',
      () => ({ sessions: { standing: broken } }),
      byToken + cookie,
    ],
    ['the session beside it hangs', () => ({ sessions: { standing: never } }), byToken + cookie],
  ])('whose token %s gets nowhere, not even where everybody may enter', async (_, fault, fields) => {
    const before = gateway.upstream.seen.length;
    for (const host of ['wiki.localhost', 'open.localhost']) {
      gateway.fault = fault();
      const status = await ask(`GET /a HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`);
      expect(status, host).toBeGreaterThanOrEqual(500);
    }
    expect(gateway.upstream.seen.length).toBe(before);
    await expectService();
  });
});

describe('a page that cannot be made', () => {
  test.each([
    ['throws', broken],
    ['is undefined', () => nonsense(undefined)],
    ['is a number', () => nonsense({ html: 7, headers: {} })],
    [
      'has a header of its own making',
      () => ({ html: 'x', headers: { 'X-A': 'a\r\nSet-Cookie: bouncer_session=x' } }),
    ],
    ['is a promise', never],
  ])('%s: the refusal is told as JSON, with its own status', async (_, renderRefusal) => {
    gateway.fault = { renderRefusal };
    const text = head('GET /nobody', page + cookie);
    const got = await exchangeRaw(gateway.port, Buffer.from(text, 'latin1'));
    expect(got.received).toMatch(/^HTTP\/1\.1 403 [\s\S]*"reason":"policy-denied"/);
    expect(got.received).not.toMatch(/set-cookie/i);
    await expectService();
  });
});

describe("bouncer's own endpoints", () => {
  const begin = (step: () => unknown): Faults => ({ logins: { begin: () => nonsense(step()) } });
  test.each<readonly [string, () => Faults, readonly number[]]>([
    ['the pages throw', () => ({ own: { handle: broken } }), [500]],
    ['the pages never answer', () => ({ own: { handle: () => {} } }), [503]],
    ['a login throws', () => begin(broken), [500]],
    ['a login rejects', () => begin(() => Promise.reject(new Error('a fault made for this test'))), [500]],
    [
      'the store is down',
      () => begin(() => Promise.reject(new BouncerError('store_unavailable', 'down'))),
      [503],
    ],
    ['a login hangs', () => begin(never), [503]],
    ['a step is undefined', () => begin(() => Promise.resolve(undefined)), [500]],
    ['a step does not exist', () => begin(() => Promise.resolve({ kind: 'welcome', setCookies: [] })), [500]],
    [
      'a redirect has no address',
      () => begin(() => Promise.resolve({ kind: 'redirect', setCookies: [] })),
      [500],
    ],
    [
      'a redirect breaks out of its header',
      () =>
        begin(() => Promise.resolve({ kind: 'redirect', location: '/a\r\nSet-Cookie: a=b', setCookies: [] })),
      [500],
    ],
    ['the session cannot be found', () => identify(never), [503]],
  ])('%s', async (_, fault, statuses) => {
    gateway.fault = fault();
    const text = `GET /.bouncer/login?return_to=/ HTTP/1.1\r\nHost: wiki.localhost\r\n${page}\r\n`;
    const before = gateway.upstream.seen.length;
    const got = await exchangeRaw(gateway.port, Buffer.from(text, 'latin1'), { patienceMs: 30_000 });
    expect(statuses).toContain(got.responses[0]?.status);
    expect(got.received).not.toMatch(/set-cookie/i);
    expect(gateway.upstream.seen.length).toBe(before);
    await expectService();
  });
});

test('a page of bouncer that is ready, and waits behind a slow answer for longer than it may take, comes whole', async () => {
  const text = head('GET /after/700', cookie) + head('GET /.bouncer/', 'Connection: close\r\n');
  const got = await exchangeRaw(gateway.port, Buffer.from(text, 'latin1'), { patienceMs: 30_000 });
  expect(got.responses.map(({ status }) => status)).toEqual([200, 200]);
  await expectService();
});

describe('a log that fails', () => {
  test.each<readonly [string, Faults]>([
    ['for requests', { telemetry: { request: broken } }],
    ['for events', { telemetry: { event: broken } }],
    ['for both', { telemetry: { request: broken, event: broken } }],
  ])('%s: who is allowed is served, who is not is refused, and nothing breaks', async (_, fault) => {
    gateway.fault = fault;
    expect(await ask(head('GET /a', cookie))).toBe(200);
    expect(await ask(head('GET /nobody', cookie))).toBe(403);
    expect(await ask(head('GET /a', page))).toBe(302);
    expect(await ask(head('GET /.bouncer/', ''))).toBe(200);
    gateway.fault = { ...fault, ...identify(broken) };
    expect(await ask(head('GET /a', cookie))).toBe(500);
    gateway.fault = { ...fault, snapshot: broken };
    expect(['closed', 500]).toContain(await ask(head('GET /a', cookie)));
    await expectService();
  });
});

test('a session that ended while it was looked up is nobody’s answer, with nothing else that changes', async () => {
  const late = async (host: Session['host']): Promise<Session> => sessionOf(host);
  gateway.fault = { sessions: { identify: (_cookie, { host }) => late(host) } };
  expect(await ask(head('GET /a', cookie))).toBe(200);
  gateway.fault = { sessions: { identify: (_cookie, { host }) => late(host), standing: () => null } };
  expect(await ask(head('GET /a', cookie))).toBe(403);
  await expectService();
});

describe('a stream that is under way', () => {
  test.each<readonly [string, Faults]>([
    ['the store hangs', { sessions: { version: never, standing: never } }],
    ['the store throws', { sessions: { version: broken, standing: broken } }],
    ['the store no longer knows the session', { sessions: { version: () => 2, standing: () => null } }],
    [
      'the store says something that is not a session',
      { sessions: { version: () => 3, standing: () => nonsense({}) } },
    ],
    [
      'the store finds the session of somebody else',
      {
        sessions: {
          version: () => 6,
          standing: (_cookie, { host }) => ({
            session: sessionOf(host, { id: 'login-of-bob' }),
            idlesAtMs: Number.POSITIVE_INFINITY,
          }),
        },
      },
    ],
    ['the decision throws', { ...withDecide(broken), sessions: { version: () => 4 } }],
    ['the rules are gone', { ...withRules(() => null), sessions: { version: () => 5 } }],
  ])('ends when %s', async (_, fault) => {
    const socket = connect(gateway.port, '127.0.0.1');
    const events = new Promise<void>((resolve) => socket.once('data', () => resolve()));
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    socket.write(head('GET /stream', cookie));
    await events;
    gateway.fault = fault;
    await ended;
    await expectService();
  });
});
