// What each kind of proxy may say in its question, and what of it makes the question unclear: none of a field, two, another spelling, or
// another proxy's.
import { describe, expect, it } from 'vitest';
import { type FrontKind, frontKinds, parseCheck } from '../../src/http/forward-auth-fields.ts';

type Pairs = readonly (readonly [name: string, value: string])[];

const forwarded: Pairs = [
  ['X-Forwarded-Host', 'wiki.test'],
  ['X-Forwarded-Uri', '/a?b'],
  ['X-Forwarded-Method', 'POST'],
];
const named: Readonly<Record<FrontKind, Pairs>> = {
  nginx: [
    ['X-Original-URL', 'https://wiki.test/a?b'],
    ['X-Original-Method', 'POST'],
  ],
  traefik: forwarded,
  caddy: forwarded,
  haproxy: forwarded,
  envoy: [['Host', 'wiki.test']],
};
const ofClient: Pairs = [
  ['User-Agent', 'x'],
  ['Cookie', 'a=b'],
];

const ask = (proxy: FrontKind, fields: Pairs) =>
  parseCheck(
    proxy === 'envoy'
      ? { method: 'POST', url: '/.bouncer/verify/a?b', httpVersion: '1.1', rawHeaders: fields.flat() }
      : {
          ...{ method: 'GET', url: '/.bouncer/verify', httpVersion: '1.1' },
          rawHeaders: [['Host', 'of-the-question'], ...fields].flat(),
        },
    proxy,
  );
const causeOf = (proxy: FrontKind, fields: Pairs): string => {
  const read = ask(proxy, fields);
  return read.kind === 'unclear' ? read.cause : `${read.kind} ${JSON.stringify(read)}`;
};

describe.each(frontKinds)('of %s', (proxy) => {
  const own = named[proxy];
  const whole = [...own, ...ofClient];
  const isOwn = (name: string): boolean => own.some(([one]) => one.toLowerCase() === name.toLowerCase());

  it('its own fields name the request, and the client’s go along', () => {
    expect(ask(proxy, whole)).toMatchObject({
      kind: 'request',
      mode: 'verify',
      head: { method: 'POST', url: '/a?b', rawHeaders: ['Host', 'wiki.test', ...ofClient.flat()] },
    });
  });

  it.each(own)('without %s nothing is known', (name) => {
    const cause = `\`${name.toLowerCase()}\` is missing`;
    expect(
      causeOf(
        proxy,
        whole.filter(([one]) => one !== name),
      ),
    ).toBe(cause);
    expect(
      causeOf(
        proxy,
        whole.map(([one, value]) => [one, one === name ? '' : value]),
      ),
    ).toBe(cause);
  });

  it.each(own)('two of %s say two things, also where they are the same', (name, value) => {
    for (const second of [name, name.toLowerCase(), name.toUpperCase()])
      expect(causeOf(proxy, [...whole, [second, value]])).toMatch(/twice$/);
  });

  it.each(own.filter(([name]) => name.includes('-')))(
    '%s in another spelling is another field',
    (name, value) => {
      for (const other of [
        name.replaceAll('-', '_'),
        name.replace(/-([^-]*)$/, '.$1'),
        name.toLowerCase().replaceAll('-', '_'),
      ]) {
        expect(causeOf(proxy, [...whole, [other, value]])).toMatch(/another spelling$/);
        expect(
          causeOf(
            proxy,
            whole.map(([one, each]) => [one === name ? other : one, each]),
          ),
        ).toMatch(/another spelling$/);
      }
    },
  );

  it('a field of another proxy is nobody’s', () => {
    const others = [
      ...[
        'X-Original-URL',
        'X-Original-URI',
        'X-Original-Method',
        'X-Original-Host',
        'X-Rewrite-URL',
        'X-Forwarded-Host',
      ],
      ...[
        'X-Forwarded-Uri',
        'X-Forwarded-Method',
        'X-Forwarded-Url',
        'X-Forwarded-Path',
        'X-Forwarded-Prefix',
      ],
      ...['X-Envoy-Original-Path', 'X-Replaced-Path', 'x_forwarded_uri', 'X_ORIGINAL_URL'],
    ].filter((name) => !isOwn(name) && !isOwn(name.replaceAll('_', '-')));
    for (const name of others.filter((each) => !(proxy === 'envoy' && each.startsWith('X-Envoy-'))))
      expect([name, causeOf(proxy, [...whole, [name, '/x']])]).toEqual([
        name,
        `\`${name.toLowerCase().replaceAll('_', '-')}\` is not a field of ${proxy}`,
      ]);
  });

  it('what belongs to the question’s own connection is not the request’s', () => {
    const more: Pairs = [
      ['Connection', 'keep-alive, Cookie'],
      ['Content-Length', '0'],
      ['Expect', '100-continue'],
      ['Transfer-Encoding', 'chunked'],
      ['Upgrade', 'h2c'],
    ];
    expect(ask(proxy, [...whole, ...more])).toMatchObject({
      head: { rawHeaders: ['Host', 'wiki.test', ...ofClient.flat()] },
    });
  });
});
