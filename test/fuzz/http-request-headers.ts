// Fuzz target: an upstream sees bouncer's header fields once each and none of the client's under their names.
import fc from 'fast-check';
import { compileHeaderPlan } from '../../src/http/header-plan.ts';
import { upstreamRequestHeaders } from '../../src/http/request-headers.ts';
import { fuzzTarget } from './fuzz-target.ts';

const plan = compileHeaderPlan({
  assertionHeader: 'X-Bouncer-Jwt-Assertion',
  identityHeaders: ['X-Forwarded-Email', 'X-Team'],
  requestHeaders: { set: [['X-Added', 'yes']], remove: ['X-Removed'] },
});
const our = {
  host: 'app.bouncer.test',
  forwardedFor: '192.0.2.7',
  forwardedProto: 'https' as const,
  forwardedHost: 'app.bouncer.test',
  requestId: 'r-1',
  assertion: 'a.b.c',
  identity: ['alice@example.com', null],
};
const protectedNames = [
  ...[
    'Host',
    'X-Bouncer-Jwt-Assertion',
    'X-Bouncer-User',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Forwarded-Host',
  ],
  ...[
    'X-Forwarded-Email',
    'X-Team',
    'X-Added',
    'X-Removed',
    'X-Request-Id',
    'Forwarded',
    'X-Real-IP',
    'CF-Connecting-IP',
  ],
  ...[
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-HTTP-Method-Override',
    'Remote-User',
    'X-Auth-Request-Email',
    'X-Pomerium-Jwt-Assertion',
  ],
  ...[
    'Cf-Access-Jwt-Assertion',
    'Transfer-Encoding',
    'Upgrade',
    'TE',
    'Trailer',
    'Keep-Alive',
    'Proxy-Connection',
    'Expect',
  ],
];
const fold = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '-');
const protectedFolded = new Set(protectedNames.map(fold));

/** A protected name with its separators and its case changed. */
const disguised = fc
  .tuple(
    fc.constantFrom(...protectedNames),
    fc.constantFrom('-', '_', '~', '!', '.', '|', "'", '+'),
    fc.nat(2),
  )
  .map(([name, separator, letterCase]) => {
    const spelt = name.replaceAll('-', separator);
    return letterCase === 0 ? spelt : letterCase === 1 ? spelt.toUpperCase() : spelt.toLowerCase();
  });
const marker = 'client-made-this-up';
const connection = fc
  .array(fc.oneof(disguised, fc.constantFrom('close', 'keep-alive', 'content-length', 'x-free', 'cookie')), {
    maxLength: 4,
  })
  .map((options) => ['Connection', options.join(', ')]);
const clientFields = fc
  .array(
    fc.oneof(
      disguised.map((name) => [name, marker]),
      connection,
      fc.constantFrom(['X-Free', 'kept'], ['Accept', '*/*'], ['__proto__', marker]),
    ),
    { maxLength: 12 },
  )
  .map((pairs) => pairs.flat());

function pairsOf(flat: readonly string[]): [name: string, value: string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? '']);
}

export const httpRequestHeaders = fuzzTarget('http-request-headers', {
  'ours stand once each, whatever the client sends or nominates': fc.property(clientFields, (raw) => {
    const pairs = pairsOf(upstreamRequestHeaders(raw, our, plan));
    const protectedPairs = pairs.filter(([name]) => protectedFolded.has(fold(name)));
    return (
      JSON.stringify(protectedPairs) ===
      JSON.stringify([
        ['Host', 'app.bouncer.test'],
        ['X-Forwarded-For', '192.0.2.7'],
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-Host', 'app.bouncer.test'],
        ['X-Request-Id', 'r-1'],
        ['X-Bouncer-Jwt-Assertion', 'a.b.c'],
        ['X-Forwarded-Email', 'alice@example.com'],
        ['X-Added', 'yes'],
      ])
    );
  }),
  'an anonymous request carries no identity at all': fc.property(clientFields, (raw) => {
    const anonymous = { ...our, assertion: null, identity: [null, null] };
    return pairsOf(upstreamRequestHeaders(raw, anonymous, plan)).every(
      ([name]) => !['x-bouncer-jwt-assertion', 'x-forwarded-email', 'x-team'].includes(fold(name)),
    );
  }),
  'what the client may say keeps its order and bytes': fc.property(
    fc.array(
      fc.tuple(
        fc.constantFrom('Accept', 'X-Free', 'Range', 'x-free', 'Authorization'),
        fc.string({ maxLength: 9 }),
      ),
    ),
    (pairs) => {
      const sent = upstreamRequestHeaders(pairs.flat(), our, plan);
      return JSON.stringify(pairsOf(sent).slice(1, 1 + pairs.length)) === JSON.stringify(pairs);
    },
  ),
  'sent through again, nothing of it is believed': fc.property(clientFields, (raw) => {
    const once = upstreamRequestHeaders(raw, our, plan);
    return JSON.stringify(upstreamRequestHeaders(once, our, plan)) === JSON.stringify(once);
  }),
});
