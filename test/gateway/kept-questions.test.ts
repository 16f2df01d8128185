// What is kept of another proxy's questions: the same head as for a question that was never asked, never one of other fields, and bounded.
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeptQuestions } from '../../src/gateway/kept-questions.ts';
import {
  type FrontKind,
  frontKinds,
  type ParsedCheck,
  parseCheck,
} from '../../src/http/forward-auth-fields.ts';
import type { RawRequestHead } from '../../src/http/gated-request.ts';
import type { KnownHead } from '../../src/http/known-head.ts';

function connection(): Socket {
  return Object.assign(new EventEmitter(), { destroyed: false }) as unknown as Socket;
}

function question(rawHeaders: readonly string[], url = '/.bouncer/verify', method = 'GET'): RawRequestHead {
  return { method, url, httpVersion: '1.1', rawHeaders: [...rawHeaders] };
}

/** As nginx asks. */
const ofNginx = (path: string, ...fields: string[]): RawRequestHead =>
  question([
    ...['Host', 'wiki.test', 'X-Original-URL', `https://wiki.test${path}`, 'X-Original-Method', 'GET'],
    ...fields,
  ]);

const asking = (socket: Socket) => ({ socket, rawHeaders: [], httpVersionMajor: 1 });

function knownOf(read: ParsedCheck): KnownHead {
  const known = read.kind === 'request' ? read.head.known : undefined;
  if (known === undefined) throw new Error(`nothing is known of ${JSON.stringify(read)}`);
  return known;
}

/** What is kept of a question that came twice and was answered with yes. */
function asked(questions: KeptQuestions, on: Socket, one: RawRequestHead): KnownHead {
  questions.recall(on, one, 'nginx');
  const known = knownOf(questions.recall(on, one, 'nginx'));
  questions.keep(asking(on), known);
  return known;
}

/** What it says when nothing else was asked before. */
function parsed(one: RawRequestHead): object {
  const read = parseCheck(one, 'nginx');
  return read.kind === 'request' ? { mode: read.mode, head: read.head } : read;
}

/** What is kept of it now; `null`: nothing. */
function keptOf(questions: KeptQuestions, on: Socket, one: RawRequestHead): KnownHead | null {
  const read = questions.recall(on, one, 'nginx');
  const known = read.kind === 'request' ? read.head.known : undefined;
  return known?.isRepeated === true ? known : null;
}

const headers = fc.constantFrom(
  ...[
    'Host',
    'host',
    'X-Original-URL',
    'x-original-url',
    'X_Original_URL',
    'X-Original-Method',
    'X-Forwarded-Host',
  ],
  ...[
    'X-Forwarded-Uri',
    'X-Forwarded-Method',
    'X-Forwarded-For',
    'Cookie',
    'Sec-WebSocket-Key',
    'Connection',
  ],
  ...['Content-Length', 'Upgrade', 'X-Rewrite-URL', 'X-Envoy-Original-Path', 'X-A', 'x a'],
);
const values = fc.constantFrom(
  ...[
    'wiki.test',
    'open.test',
    'https://wiki.test/a',
    'https://open.test/a?b',
    'http://WIKI.test/a',
    '/a',
    '/b?c',
    'a',
  ],
  ...['GET', 'POST', 'BREW', '', 'a=b', 'dGhlIHNhbXBsZSBub25jZQ=='],
);
/** Those that every kind needs, with some more and some changed. */
const fields = fc
  .tuple(
    fc.array(fc.tuple(headers, values), { maxLength: 2 }),
    fc.record({ host: fc.constantFrom('wiki.test', 'open.test'), path: fc.constantFrom('/a', '/b?c', 'a') }),
    fc.constantFrom('GET', 'POST', 'BREW'),
  )
  .map(([more, { host, path }, method]): Record<FrontKind, readonly string[]> => {
    const forwarded = [
      'Host',
      'x',
      'X-Forwarded-Host',
      host,
      'X-Forwarded-Uri',
      path,
      'X-Forwarded-Method',
      method,
    ];
    const rest = more.flat();
    return {
      nginx: ['Host', 'x', 'X-Original-URL', `https://${host}${path}`, 'X-Original-Method', method, ...rest],
      traefik: [...forwarded, ...rest],
      caddy: [...forwarded, ...rest],
      haproxy: [...forwarded, ...rest],
      envoy: ['Host', host, ...rest],
    };
  });

describe('a connection', () => {
  it.each(frontKinds)('of %s is answered as if its questions were asked alone', (proxy) => {
    const urls =
      proxy === 'envoy'
        ? fc.constantFrom('/.bouncer/verify/a', '/.bouncer/verify/b?c', '/.bouncer/verify/c', '/x')
        : fc.constantFrom('/.bouncer/verify', '/.bouncer/verify?x', '/.bouncer/answer', '/x');
    const methods = fc.constantFrom('GET', 'POST', 'BREW');
    let repeated = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2), urls, methods), { minLength: 6, maxLength: 12 }),
        fc.tuple(fields, fields, fields),
        (story, heads) => {
          const [questions, on] = [new KeptQuestions(), connection()];
          for (const [which, url, method] of story) {
            const one = question(heads[which]?.[proxy] ?? [], url, method);
            const found = questions.recall(on, one, proxy);
            const alone = parseCheck(one, proxy);
            if (found.kind !== 'request' || alone.kind !== 'request') {
              expect(found).toEqual(alone);
              continue;
            }
            const { known, ...head } = found.head;
            expect({ mode: found.mode, head }).toEqual({ mode: alone.mode, head: alone.head });
            if (known?.isRepeated === true) repeated++;
            if (known !== undefined) questions.keep(asking(on), known);
          }
        },
      ),
      { numRuns: 300 },
    );
    // Otherwise nothing was compared.
    expect(repeated).toBeGreaterThan(100);
  });

  it('has what is known of the same client’s fields for another path and method', () => {
    const [questions, on] = [new KeptQuestions(), connection()];
    const known = asked(questions, on, ofNginx('/a', 'Cookie', 'a=b'));
    expect(keptOf(questions, on, ofNginx('/b?c', 'Cookie', 'a=b'))).toBe(known);
    expect(keptOf(questions, on, ofNginx('/a', 'Cookie', 'a=c'))).toBeNull();
    expect(keptOf(questions, on, ofNginx('/a', 'cookie', 'a=b'))).toBeNull();
    expect(keptOf(questions, connection(), ofNginx('/a', 'Cookie', 'a=b'))).toBeNull();
  });

  it.each(['Cookie', 'Accept', 'Authorization', 'X-Forwarded-For', 'User-Agent', 'X-A'])(
    'has nothing of a question whose `%s` differs in any one character',
    (name) => {
      const value = 'abcdefghijklmnopqrstuvwxyz0123456789';
      for (let at = 0; at < value.length; at++) {
        const [questions, on] = [new KeptQuestions(), connection()];
        const other = ofNginx('/a', name, `${value.slice(0, at)}!${value.slice(at + 1)}`);
        asked(questions, on, ofNginx('/a', name, value));
        expect(keptOf(questions, on, ofNginx('/b', name, value))).not.toBeNull();
        expect(keptOf(questions, on, other)).toBeNull();
        expect(questions.recall(on, other, 'nginx')).toMatchObject(parsed(other));
      }
    },
  );

  it('asks to change the protocol only for the method with which one can', () => {
    const [questions, on] = [new KeptQuestions(), connection()];
    const one = ofNginx('/a', 'Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==');
    expect(asked(questions, on, one).rawHeaders).toContain('Upgrade');
    const post = question(one.rawHeaders.map((text) => (text === 'GET' ? 'POST' : text)));
    expect(asked(questions, on, post).rawHeaders).not.toContain('Upgrade');
    expect(keptOf(questions, on, one)?.rawHeaders).toContain('Upgrade');
  });

  it('keeps clients who take turns, and of many the last', () => {
    const [questions, on] = [new KeptQuestions(), connection()];
    const of = (client: number) => ofNginx('/a', 'Cookie', `a=${client}`);
    const first = Array.from({ length: 64 }, (_, client) => asked(questions, on, of(client)));
    for (let client = 0; client < 64; client++) expect(keptOf(questions, on, of(client))).toBe(first[client]);
    asked(questions, on, of(64));
    expect(keptOf(questions, on, of(0))).toBeNull();
    expect(keptOf(questions, on, of(1))).toBe(first[1]);
  });

  it('keeps nothing of a question that came once, nor of one that was not answered with yes', () => {
    const [questions, on] = [new KeptQuestions(), connection()];
    expect(questions.recall(on, ofNginx('/a'), 'nginx')).not.toHaveProperty('head.known');
    for (let time = 0; time < 3; time++) expect(keptOf(questions, on, ofNginx('/a'))).toBeNull();
  });

  it('takes what did not come for long for something new', () => {
    const [questions, on] = [new KeptQuestions(), connection()];
    const of = (client: number) => ofNginx('/a', 'Cookie', `a=${client}`);
    for (let client = 0; client < 200; client++) questions.recall(on, of(client), 'nginx');
    expect(questions.recall(on, of(0), 'nginx')).not.toHaveProperty('head.known');
    expect(questions.recall(on, of(199), 'nginx')).toHaveProperty('head.known');
  });
});

it('what all connections keep is bounded, and connections that close leave room', () => {
  const questions = new KeptQuestions();
  const long = ofNginx('/a', 'Cookie', 'a'.repeat(3_500));
  const keeps = (on: Socket): boolean => {
    const known = asked(questions, on, long);
    return keptOf(questions, on, long) === known;
  };
  const keepers: Socket[] = [];
  for (let on = connection(); keepers.length < 10_000 && keeps(on); on = connection()) keepers.push(on);
  expect(keepers.length).toBeGreaterThan(1_000);
  expect(keepers.length).toBeLessThan(10_000);
  for (const on of keepers.slice(0, 10)) on.emit('close');
  expect(Array.from({ length: 11 }, () => keeps(connection())).filter(Boolean)).toHaveLength(10);
  const large = ofNginx('/a', 'Cookie', 'a'.repeat(5_000));
  const [on, gone] = [connection(), Object.assign(connection(), { destroyed: true })];
  asked(questions, on, large);
  expect(keptOf(questions, on, large)).toBeNull();
  asked(questions, gone, ofNginx('/a'));
  expect(gone.listenerCount('close')).toBe(0);
});
