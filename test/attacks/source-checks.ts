// What only the source and the pure parts can show: how secrets are made and compared, what cannot be called without a decision, and
// properties of the path over random inputs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inWholeRun } from '../fixtures/whole-run.ts';
import { httpPath } from '../fuzz/http-path.ts';
import { bypasses, sendSpellings } from './corpora-requests.ts';
import { type Flow, nothing } from './flow.ts';
import { mutatedStreams } from './mutated-streams.ts';

/** Pieces that servers drop, merge, decode or cut at; the published lists have more. */
const spellings: readonly string[] = [
  ...[
    '/',
    '//',
    '/./',
    '/../',
    '/..',
    '/.',
    '.',
    '..',
    ';',
    ';/',
    '/;/',
    '..;/',
    '/..;/',
    ';x=1',
    '%3b',
    '%3b/',
  ],
  ...[
    '%2e',
    '%2e%2e',
    '%2e%2e/',
    '%2f',
    '%2f%2f',
    '/%2e/',
    '%5c',
    '%5c..%5c',
    '..%2f',
    '..%5c',
    '.%2e/',
    '%252e%252e/',
  ],
  ...[
    '%252f',
    '%25',
    '%',
    '%00',
    '%0a',
    '%09',
    '%20',
    '#',
    '%23',
    '?',
    '%3f',
    '~',
    '*',
    '%c0%af',
    '%c0%ae',
    '%ef%bc%8f',
  ],
  ...[
    '%e2%80%a5',
    '%u002e',
    '\\',
    ':$DATA',
    '%3a%24DATA',
    '.json',
    '..%00/',
    '/%2e%2e%2f',
    '%e3%80%82',
    '%61',
  ],
];

const source = join(import.meta.dirname, '../../src');

function sourceFiles(): readonly { readonly name: string; readonly text: string }[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name, text: readFileSync(join(source, name), 'utf8') }));
}

/** Where a pattern stands that may stand nowhere, or only in these files. */
const standsIn = (pattern: RegExp, allowed: readonly string[] = []): readonly string[] =>
  sourceFiles()
    .filter(({ name, text }) => !allowed.includes(name) && pattern.test(text))
    .map(({ name }) => `src/${name} has ${pattern.source}`);

const comparesInConstantTime: Flow = async () => {
  const home = sourceFiles().find(({ text }) => text.includes('function isSameSecret'));
  return [
    ...(home?.text.includes('timingSafeEqual') === true
      ? nothing
      : ['isSameSecret does not compare in constant time']),
    ...standsIn(
      /(?:[hH]ash|[sS]ecret|[bB]inding|[vV]erifier)(?:\))?\s*[!=]==\s*(?!undefined|null|'|"|typeof|\d)\w/,
    ),
    ...standsIn(/Buffer\.compare|\.equals\(/),
  ];
};

const opensConnections =
  /import \{[^}]*\b(?:connect|createConnection)\b[^}]*\} from 'node:(?:net|tls|http2)'|\b(?:net|tls|http2)\.connect\(/;
const openers = [
  join('upstream', 'open-socket.ts'),
  // Only whether somebody takes the connection: nothing is written to it.
  join('upstream', 'look-at-upstream.ts'),
  // The same of a port of the person's own machine, before they share it.
  join('cli', 'share', 'run-share.ts'),
  // To the port on loopback that it has just opened itself, so that the kernel keeps it for who asked.
  join('demo', 'free-port.ts'),
  join('upstream', 'http2', 'http2-session.ts'),
  // A connection of the demo to a listener of its own, so that a port stays kept for it.
  join('demo', 'free-port.ts'),
  join('front', 'listen.ts'),
  // HTTP/2 over a connection that a connector opened and proved itself on: nothing is connected to.
  join('tunnel', 'edge', 'edge-session.ts'),
  // A connector's own process, on its way out to the edge.
  join('tunnel', 'connector', 'dial.ts'),
];

export const sourceFlows: Readonly<Record<string, Flow>> = {
  'TIM-001': comparesInConstantTime,
  'TIM-002': comparesInConstantTime,
  'TIM-003': comparesInConstantTime,
  'TIM-004': async () => standsIn(/Math\.random|randomFillSync\(.*Math/),
  'TIM-007': async () => standsIn(/\bdecodeJwt\b|\bunsafeDecode/),
  'REL-003': async () => [
    ...standsIn(/as (?:unknown as )?Permit\b/, [join('gateway', 'authorize.ts')]),
    // Connections to applications are opened in one room; listen.ts only tries whether its own Unix socket is in use.
    ...standsIn(opensConnections, openers),
    ...openers
      .filter((name) => !sourceFiles().some((file) => file.name === name && opensConnections.test(file.text)))
      .map((name) => `src/${name} opens no connection: look where connections are opened now`),
  ],
  // Without a handler of ours the process ends with a status that is not 0, and whoever runs it starts it again.
  'REL-014': async () => standsIn(/(?:uncaughtException|unhandledRejection)/),
  'PATH-105': async () => {
    const { failure } = httpPath.run({ runs: inWholeRun(5_000, 1_500) }, 20_260_101);
    return failure === null ? nothing : [failure];
  },
  'PATH-104': async (_, sites) => {
    const site = await sites.own({ provider: 'hostile' });
    await sendSpellings(site, spellings);
    return bypasses(site.upstream.seen);
  },
  'SMG-201': async (_, sites) => mutatedStreams(await sites.own({ provider: 'hostile' }), 500, 77),
  'SMG-203': async (_, sites) => mutatedStreams(await sites.own({ provider: 'hostile' }), 1500, 20_260_101),
};
