// Whatever `check` takes, `serve` starts with: settings and rules with odd header names, methods, hosts and networks, through the
// real loading and the real start. A name that one table knows and another does not would be a fault that shows at the start only.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadConfiguration } from '../../src/configuration/load-configuration.ts';
import { createSnapshot } from '../../src/configuration/snapshot.ts';
import { createBouncer } from '../../src/create-bouncer.ts';
import { headerFamilies } from '../../src/http/header-families.ts';
import { inWholeRun } from '../fixtures/whole-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'bouncer-accepted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = [
  ...headerFamilies.flatMap((family) => family.names.map((name) => name.replace('*', 'x'))),
  ...[
    'Alt-Svc',
    'Alternate-Protocol',
    'Proxy-Authentication-Info',
    'Proxy-Authenticate',
    'Transfer_Encoding',
  ],
  ...[
    'Host',
    'Cookie',
    'Set-Cookie',
    'Content-Length',
    'Connection',
    'TE',
    'Trailer',
    'Expect',
    'Via',
    'Upgrade',
  ],
  ...[
    'Sec-WebSocket-Key',
    'HTTP2-Settings',
    'X-Bouncer',
    'X-Bouncer-User',
    'Authorization',
    'Date',
    'Origin',
  ],
  ...[
    'X-Id',
    'X_Id',
    'x.id',
    'X-Other',
    'Content-Security-Policy',
    'Strict-Transport-Security',
    'a b',
    'ä',
    '',
  ],
  ...['__proto__', 'constructor', 'X-Request-Id', 'X_Request_Id', 'Range', 'If-Match', 'Accept'],
];
const name = fc.oneof(
  fc.constantFrom(...names),
  fc.constantFrom(...names).map((text) => text.replaceAll('-', '_')),
  fc.constantFrom(...names).map((text) => text.toUpperCase()),
  fc.stringMatching(/^[A-Za-z0-9._~!-]{1,12}$/),
);
const few = fc.array(name, { maxLength: 2 });
const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const config = fc.record({
  assertion: fc.oneof(
    { weight: 2, arbitrary: fc.constant('X-Bouncer-Jwt-Assertion') },
    { weight: 3, arbitrary: name },
  ),
  identity: few,
  set: few,
  remove: few,
  pass: few,
  responseSet: few,
  responseRemove: few,
  methods: fc.array(oneOf('GET', 'PROPFIND', 'QUERY', 'PURGE', 'M-SEARCH', 'TRACE', 'get', 'LIST'), {
    maxLength: 2,
  }),
  proxies: fc.array(
    oneOf(
      '10.0.0.0/8',
      '10.0.0.1',
      '::1',
      'fd00::/8',
      '::/0',
      '0.0.0.0/1',
      '::ffff:10.0.0.0/104',
      '10.0.0.1/8',
    ),
    { maxLength: 2 },
  ),
  host: oneOf(
    'a.example.com',
    '*.example.com',
    '10.0.0.7',
    '[::1]',
    'a_b.example.com',
    'auth.example.com',
    'x',
  ),
  value: oneOf('x', 'a b', 'a\tb', ' x', 'é', ''),
});

type Config = typeof config extends fc.Arbitrary<infer T> ? T : never;

let count = 0;

/** Writes the files. @returns the settings' path */
function write(drawn: Config): string {
  const base = join(folder, String(count++));
  const rules = `${base}-rules.yaml`;
  const some = <T>(list: readonly T[], value: unknown) => (list.length === 0 ? undefined : value);
  const object = (list: readonly string[], value: string) =>
    some(list, Object.fromEntries(list.map((key) => [key, value])));
  writeFileSync(
    `${base}.yaml`,
    stringify({
      auth_url: 'https://auth.example.com',
      listen: '127.0.0.1:0',
      rules,
      data_dir: `${base}-data`,
      assertion: { header: drawn.assertion },
      ...(drawn.proxies.length === 0 ? {} : { trusted_proxies: drawn.proxies }),
      identity_providers: [
        { id: 'a', type: 'oidc', issuer: 'https://id.example', client_id: 'x', client_secret: 'y' },
      ],
    }),
  );
  writeFileSync(
    rules,
    stringify({
      applications: [
        {
          name: 'a',
          host: drawn.host,
          upstream: 'http://127.0.0.1:1',
          identity_headers: object(drawn.identity, 'email'),
          request_headers: {
            set: object(drawn.set, drawn.value),
            remove: some(drawn.remove, drawn.remove),
            pass: some(drawn.pass, drawn.pass),
          },
          response_headers: {
            set: object(drawn.responseSet, drawn.value),
            remove: some(drawn.responseRemove, drawn.responseRemove),
          },
          policies: [
            {
              name: 'p',
              action: 'allow',
              include: ['authenticated', ...drawn.methods.map((method) => ({ method }))],
            },
          ],
        },
      ],
    }),
  );
  return `${base}.yaml`;
}

const source = (settings: string) => ({ settings, baseDir: folder, env: {} });

/** Checks, and makes what a start makes of it. @returns whether it was taken */
function isTaken(drawn: Config): boolean {
  const loaded = loadConfiguration(source(write(drawn)));
  if (!loaded.ok) {
    for (const problem of loaded.problems) {
      expect(problem.line).toBeGreaterThan(0);
      expect(problem.file).not.toBe('');
    }
    expect(loaded.problems.length + loaded.failedTests.length).toBeGreaterThan(0);
    return false;
  }
  createSnapshot(loaded.value.settings, loaded.value.loaded.rules);
  return true;
}

test('whatever is found good becomes a snapshot', { timeout: 120_000 }, () => {
  let taken = 0;
  fc.assert(
    fc.property(config, (drawn) => {
      if (isTaken(drawn)) taken++;
    }),
    { numRuns: inWholeRun(700, 300) },
  );
  expect(taken).toBeGreaterThan(inWholeRun(20, 4));
});

test('each name alone, in each place', { timeout: 120_000 }, () => {
  const plain: Config = {
    ...{ assertion: 'X-Bouncer-Jwt-Assertion', identity: [], set: [], remove: [], pass: [] },
    ...{ responseSet: [], responseRemove: [], methods: [], proxies: [], host: 'a.example.com', value: 'x' },
  };
  expect(isTaken(plain)).toBe(true);
  for (const one of names) {
    isTaken({ ...plain, assertion: one });
    for (const place of ['identity', 'set', 'remove', 'pass', 'responseSet', 'responseRemove'] as const)
      isTaken({ ...plain, [place]: [one] });
  }
});

test('and becomes a bouncer', { timeout: 120_000 }, async () => {
  const drawn = fc.sample(config, 400).filter(isTaken).slice(0, 12);
  expect(drawn.length).toBeGreaterThan(2);
  for (const one of drawn) {
    const bouncer = await createBouncer({ ...source(write(one)), log: { write: () => {} } });
    await bouncer.close();
  }
});

const base: Config = {
  ...{ assertion: 'X-Id', identity: [], set: [], remove: [], pass: [], responseSet: [], responseRemove: [] },
  ...{ methods: [], proxies: [], host: 'a.example.com', value: 'x' },
};

test.each<readonly [string, Partial<Config>, string]>([
  ['a response header that leads around', { responseSet: ['Alt-Svc'] }, 'header-not-yours'],
  ['its older name', { responseSet: ['Alternate-Protocol'] }, 'header-not-yours'],
  ['a header of the connection', { responseSet: ['Proxy-Authentication-Info'] }, 'header-not-yours'],
  ['an identity header that is the assertion’s', { identity: ['X-Id'] }, 'duplicate-header'],
  ['a set header that some servers take for the assertion’s', { set: ['X_Id'] }, 'duplicate-header'],
  ['removing the assertion', { remove: ['x-id'] }, 'duplicate-header'],
  ['framing as the assertion’s header', { assertion: 'Transfer_Encoding' }, 'reserved-header'],
  [
    'an identity header that passes from the client too',
    { identity: ['X-Auth-User'], pass: ['X-Auth-User'] },
    'duplicate-header',
  ],
  ['passing what bouncer sets', { pass: ['X-Forwarded-For'] }, 'header-not-yours'],
  ['passing another path', { pass: ['X-Original-URL'] }, 'header-not-yours'],
  ['passing what passes anyway', { pass: ['Accept'] }, 'header-not-yours'],
  ['a method that never passes', { methods: ['PURGE'] }, 'bad-method'],
  ['a method that nobody knows', { methods: ['M-SEARCH'] }, 'bad-method'],
])('%s is one problem, with its line', (_, change, code) => {
  const loaded = loadConfiguration(source(write({ ...base, ...change })));
  expect(loaded.ok ? [] : loaded.problems.map((problem) => problem.code)).toEqual([code]);
  if (!loaded.ok) expect(loaded.problems[0]?.line).toBeGreaterThan(1);
});
