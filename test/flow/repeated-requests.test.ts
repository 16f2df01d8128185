// One client connection on which requests repeat, nearly repeat and do not repeat, while rules change and sessions and tokens end: whatever
// is kept of a connection, each request gets what it would have got on a connection of its own. The application's view, the answer and the
// record are compared.
import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { KeptHeads } from '../../src/gateway/kept-heads.ts';
import { issueToken, revokeToken } from '../../src/identity/tokens/token-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { SeenRequest } from '../fixtures/recording-upstream.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { makeCertificate, makeFolder } from '../front/front-fixture.ts';
import {
  type Answer,
  Http1Client,
  Http2Client,
  type LastingClient,
  type Message,
  refusedByHttp2,
} from './lasting-clients.ts';

const rulesOf = (set: 0 | 1): string => `
applications:
  - name: wiki
    hosts: [wiki.localhost, handbook.localhost]
    upstream: UPSTREAM
    identity_headers: { ${set === 0 ? 'X-Forwarded-Email: email, X-Forwarded-Groups: groups' : 'X-Forwarded-Groups: email'} }
    request_headers: { ${set === 0 ? 'set: { X-Set: one }' : 'set: { X-Set: two }, remove: [Accept-Language, X-Own], pass: [X-Auth-User]'} }
    policies:
      - { name: outside, action: deny, include: [{ ip: [203.0.113.0/24] }] }
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
      - { name: programs, action: allow, include: [{ service_token: ci }] }
    paths:
      - path: /public
        policies: [{ name: open, action: bypass, include: [everyone] }]
      - path: /admin
        policies: [{ name: readers, action: allow, include: [everyone], require: [{ method: [GET, HEAD] }, { group: staff }] }]
  - name: photos
    host: photos.localhost
    upstream: UPSTREAM
    upstream_options: { host_header: upstream }
    policies: [{ name: everyone, action: ${set === 0 ? 'bypass' : 'deny'}, include: [everyone] }]
`;

let site: Site;
let store: Store;
let addresses = 0;

/** How the requests of one connection come. */
const protocols = {
  'HTTP/1.1': {
    start: () => startSite({ settings: 'trusted_proxies: [127.0.0.0/8]', rules: rulesOf(0) }),
    connect: (address: string): LastingClient => new Http1Client(site.port, address),
  },
  'HTTP/2': {
    start: () =>
      startSite({
        settings: 'trusted_proxies: [127.0.0.0/8]',
        rules: rulesOf(0),
        tls: makeCertificate(folder, 'wiki.localhost'),
      }),
    connect: (address: string): LastingClient => new Http2Client(site.port, address),
  },
} as const;

const folder = makeFolder();
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await store.close();
  await site.close();
});

/** Everything that comes of a request, but for what is another text each time. */
interface Outcome {
  readonly answer: { readonly status: number; readonly pairs: readonly string[]; readonly body: string };
  readonly seen: readonly object[];
  readonly records: readonly object[];
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

function withoutChance(text: string, id: string | undefined): string {
  const plain = id === undefined ? text : text.replaceAll(id, '*').replaceAll(id.slice(0, 8), '*');
  return plain.replaceAll(uuid, '*').replace(/(state|nonce|return_to|code_challenge)=[^&"]*/g, '$1=*');
}

function comparableAnswer({ status, fields, body }: Answer): Outcome['answer'] {
  const id = fields[fields.findIndex((name) => name.toLowerCase() === 'x-request-id') + 1];
  const pairs: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const value = withoutChance(fields[i + 1] ?? '', id);
    if (name.toLowerCase() === 'date') continue;
    pairs.push(`${name}: ${name.toLowerCase() === 'set-cookie' ? value.replace(/=[^;]*/, '=*') : value}`);
  }
  return { status, pairs, body: withoutChance(body, id) };
}

function comparableSeen({ method, url, rawHeaders, body }: SeenRequest): object {
  const fields = rawHeaders.map((text, i) =>
    rawHeaders[i - 1] === 'X-Request-Id' ? text.replace(uuid, '*') : text,
  );
  return { method, url, fields, body };
}

async function outcomeOf(client: LastingClient, message: Message): Promise<Outcome> {
  const seenBefore = site.upstream.seen.length;
  const logBefore = site.logText().length;
  const answer = await client.ask(message);
  if (answer === refusedByHttp2)
    return {
      answer: { status: 0, pairs: [], body: '' },
      seen: site.upstream.seen.slice(seenBefore).map(comparableSeen),
      records: [],
    };
  // A record is written when an answer is through, which its reader may know first.
  const records = await vi.waitFor(() => {
    const lines = site.logText().slice(logBefore).split('\n').slice(0, -1);
    const found = lines
      .map((line) => JSON.parse(line))
      .filter((line) => 'request_id' in line && 'status' in line);
    expect(found.length).toBeGreaterThan(0);
    return found;
  });
  return {
    answer: comparableAnswer(answer),
    seen: site.upstream.seen.slice(seenBefore).map(comparableSeen),
    records: records.map(
      ({ time: _t, request_id: _i, duration_ms: _d, upstream_ms: _u, ...record }) => record,
    ),
  };
}

/** What a story is told with. */
interface Credentials {
  readonly cookie: string;
  /** Of another person, who is in other groups. */
  readonly otherCookie: string;
  readonly token: string;
}

const browser = (cookie: string, accept: string): string[] => [
  ...['Host', 'wiki.localhost', 'Connection', 'keep-alive', 'Cache-Control', 'max-age=0'],
  ...['sec-ch-ua', '"Chromium";v="140", "Not A(Brand";v="24"', 'sec-ch-ua-mobile', '?0'],
  ...['sec-ch-ua-platform', '"Linux"', 'Upgrade-Insecure-Requests', '1'],
  ...['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0', 'Accept', accept],
  ...['Sec-Fetch-Site', 'same-origin', 'Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document'],
  ...['Accept-Encoding', 'gzip, deflate, br', 'Accept-Language', 'de,en;q=0.9', 'Cookie', cookie],
];

/** Heads that people and programs send, and some that nobody should. */
const bases: readonly ((by: Credentials) => string[])[] = [
  ({ cookie }) => ['Host', 'wiki.localhost', 'Cookie', cookie],
  ({ cookie }) => browser(`theme=dark; ${cookie}; bouncer_session2=x`, 'text/html,*/*;q=0.8'),
  ({ cookie }) => browser(cookie, 'image/avif,*/*'),
  () => browser('theme=dark', 'text/html,*/*;q=0.8'),
  ({ token }) => ['Host', 'wiki.localhost', 'Accept', '*/*', 'Authorization', `Bearer ${token}`],
  ({ token, cookie }) => ['Host', 'wiki.localhost', 'Cookie', cookie, 'Bouncer-Token', token],
  ({ cookie }) => ['Host', 'wiki.localhost', 'Cookie', cookie, 'X-Forwarded-For', '203.0.113.9'],
  ({ cookie }) => ['Host', 'wiki.localhost', 'Cookie', cookie, 'X-Forwarded-For', '198.51.100.9'],
  ({ cookie }) => [
    ...[
      'Host',
      'wiki.localhost',
      'Connection',
      'keep-alive, X-Own',
      'X-Own',
      'ends here',
      'X-Other',
      'goes on',
    ],
    ...['X-Forwarded-Email', 'forged@example.com', 'X-Auth-User', 'forged', 'X-Request-Id', 'X-Request-Id'],
    ...['Cookie', cookie, 'Referer', 'X-Request-Id', 'Authorization', 'Basic Zm9vOmJhcg=='],
  ],
  ({ cookie }) => [
    'Host',
    'wiki.localhost',
    'Cookie',
    cookie,
    'Content-Type',
    'text/plain',
    'Content-Length',
    '5',
  ],
  ({ cookie }) => ['Host', 'wiki.localhost', 'Cookie', cookie, 'Transfer-Encoding', 'chunked'],
  ({ cookie }) => ['Host', 'wiki.localhost', 'Destination', 'http://wiki.localhost/b', 'Cookie', cookie],
  () => ['Host', 'wiki.localhost', 'Origin', 'https://x.example', 'Access-Control-Request-Method', 'PUT'],
];

/** Changes of a head: its fields are `[name, value]` pairs. Framing is left alone, so that the connection goes on. */
type Change = (pairs: [string, string][], at: number, by: Credentials) => void;
const changes: Readonly<Record<string, Change>> = {
  nothing: () => {},
  swapped: (pairs, at) => void pairs.push(...pairs.splice(at, 1)),
  'in another case': (pairs, at) => edit(pairs, at, ([name, value]) => [swapCase(name), value]),
  'with another value': (pairs, at) => edit(pairs, at, ([name, value]) => [name, `${value}x`]),
  'with a shorter value': (pairs, at) => edit(pairs, at, ([name, value]) => [name, value.slice(0, -1)]),
  'without one': (pairs, at) => void pairs.splice(at, 1),
  'one twice': (pairs, at) => void pairs.push([...(pairs[at] ?? ['X', 'x'])] as [string, string]),
  'with one more': (pairs, at) => void pairs.splice(at, 0, ['X-More', 'more']),
  'with one renamed': (pairs, at) => edit(pairs, at, ([name, value]) => [`X-${name}`, value]),
  'by somebody else': (pairs, _, { cookie, otherCookie }) => {
    for (const pair of pairs) pair[1] = pair[1].replace(cookie, otherCookie);
  },
  'with the cookies in another order': (pairs, _, { cookie, otherCookie }) => {
    for (const pair of pairs) pair[1] = pair[1].replace(cookie, `${otherCookie}; ${cookie}`);
  },
  'at another host': (pairs) => toHost(pairs, 'photos.localhost'),
  'at another name': (pairs) => toHost(pairs, 'HANDBOOK.localhost'),
  'at nobody': (pairs) => toHost(pairs, 'nobody.localhost'),
};

function edit(
  pairs: [string, string][],
  at: number,
  make: (pair: [string, string]) => [string, string],
): void {
  const pair = pairs[at];
  if (pair !== undefined && !/^(content-length|transfer-encoding)$/i.test(pair[0])) pairs[at] = make(pair);
}

function toHost(pairs: [string, string][], host: string): void {
  for (const pair of pairs) if (pair[0].toLowerCase() === 'host') pair[1] = host;
}

function swapCase(name: string): string {
  return name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase();
}

type Step =
  | {
      readonly kind: 'ask';
      readonly base: number;
      readonly change: string;
      readonly at: number;
      readonly line: number;
    }
  /** The other rules come into force. */
  | { readonly kind: 'rules' }
  | { readonly kind: 'end'; readonly what: 'session' | 'token' };

const lines: readonly (readonly [method: string, path: string])[] = [
  ...([
    ['GET', '/a'],
    ['GET', '/b?x=1'],
    ['GET', '/public/x'],
    ['HEAD', '/a'],
    ['GET', '/admin/x'],
  ] as const),
  ...([
    ['POST', '/admin/x'],
    ['POST', '/a'],
    ['OPTIONS', '/a'],
    ['COPY', '/a'],
    ['GET', '/a%2e%2e/b'],
  ] as const),
  ...([
    ['GET', '/.bouncer/identity'],
    ['GET', '/status/404'],
    ['GET', 'http://wiki.localhost/a'],
  ] as const),
];

const steps = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant('ask' as const),
        base: fc.nat(bases.length - 1),
        change: fc.constantFrom(...Object.keys(changes)),
        at: fc.nat(59),
        line: fc.nat(lines.length - 1),
      }),
    },
    { weight: 4, arbitrary: fc.constant({ kind: 'rules' as const }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('end' as const),
        what: fc.constantFrom('session' as const, 'token' as const),
      }),
    },
  ),
  { minLength: 2, maxLength: 10 },
);

/**
 * Each request several times, as clients do, then nearly the same, and again as it was: what was kept of the one before must not count for
 * the next. What is between requests is also between two that are the same.
 */
function repeated(story: readonly Step[]): Step[] {
  return story.flatMap((step, i) => {
    if (step.kind !== 'ask') return [step];
    const same: Step = { ...step, change: 'nothing' };
    const next = story[i + 1];
    const between = next !== undefined && next.kind !== 'ask' ? [next] : [];
    return [same, same, same, step, step, same, ...between, same];
  });
}

function messageOf(step: Extract<Step, { kind: 'ask' }>, by: Credentials): Message {
  const [method, path] = lines[step.line] ?? ['GET', '/'];
  const flat = (bases[step.base] ?? (() => []))(by);
  const pairs = Array.from({ length: flat.length / 2 }, (_, i): [string, string] => [
    flat[2 * i] ?? '',
    (flat[2 * i + 1] ?? '').replace(/^wiki\.localhost$/, `wiki.localhost:${site.port}`),
  ]);
  changes[step.change]?.(pairs, step.at % pairs.length, by);
  return { method, path, pairs };
}

/** Told on one connection, each request once more alone. @returns how many were compared */
async function tell(story: readonly Step[], connect: (address: string) => LastingClient): Promise<number> {
  const wiki = site.at('wiki.localhost');
  const { browser: other } = await site.logIn('admin', wiki);
  const { browser: person } = await site.logIn('alice', wiki);
  const named = { name: 'ci', applications: null, lifetimeMs: null };
  const by: Credentials = {
    cookie: person.cookieFor(wiki) ?? '',
    otherCookie: other.cookieFor(wiki) ?? '',
    token: (await issueToken(store.tokens, named, Date.now())).secret,
  };
  // Of its own: an address with too many wrong tokens is told so, whatever it asks.
  const address = `127.1.${addresses >> 8}.${addresses++ & 255}`;
  const lasting = connect(address);
  let [count, rules] = [0, 0 as 0 | 1];
  try {
    for (const step of repeated(story)) {
      if (step.kind === 'rules') {
        rules = rules === 0 ? 1 : 0;
        site.writeRules(rulesOf(rules));
        expect(await site.bouncer.reload()).toBe(true);
      } else if (step.kind === 'end' && step.what === 'session') {
        await person.post(site.at('wiki.localhost', '/.bouncer/logout'), {}, { stopAt: () => true });
      } else if (step.kind === 'end') {
        await revokeToken(store.tokens, 'ci').catch(() => {});
      } else {
        const message = messageOf(step, by);
        const own = connect(address);
        const alone = await outcomeOf(own, message);
        await own.close();
        const repeating = await outcomeOf(lasting, message);
        if (alone.answer.status === 429 || repeating.answer.status === 429) return count;
        expect(repeating).toEqual(alone);
        count++;
      }
    }
  } finally {
    await lasting.close();
    await revokeToken(store.tokens, 'ci').catch(() => {});
  }
  return count;
}

test.each(['HTTP/1.1', 'HTTP/2'] as const)(
  'a request over %s that repeats others of its connection gets what it would get alone',
  { timeout: 600_000 },
  async (name) => {
    const { start, connect } = protocols[name];
    site = await start();
    store = await openStore(site.bouncer.settings);
    const recall = vi.spyOn(KeptHeads.prototype, 'recall');
    let count = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (story) => {
        count += await tell(story, connect);
      }),
      { numRuns: 12 },
    );
    const reused = recall.mock.results.filter(({ value }) => value?.isRepeated === true).length;
    recall.mockRestore();
    // Otherwise nothing was compared.
    expect(reused).toBeGreaterThan(count / 4);
  },
);
