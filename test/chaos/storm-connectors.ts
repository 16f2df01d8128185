// Many connectors of one tunnel in a process of their own, for tunnel-storm.ts, which forks it: makes their keys, says which they are,
// starts them when it is told to, and says how many of them can take requests, and what went wrong, whenever that changes.
import { freshState } from '../../src/tunnel/connector/connector-state.ts';
import { startConnector } from '../../src/tunnel/connector/create-connector.ts';
import { createServiceList, parseServiceOption } from '../../src/tunnel/connector/service-list.ts';
import type { KeyPair } from '../../src/tunnel/wire/key-text.ts';

/** What it is told, and what it says. */
export type ToConnectors =
  | { readonly kind: 'make'; readonly count: number }
  | { readonly kind: 'start'; readonly port: number; readonly pins: readonly string[] };
export type FromConnectors =
  | { readonly kind: 'made'; readonly publicKeys: readonly string[] }
  /** With why connections ended or were not made, and how often, since it was said last. */
  | {
      readonly kind: 'ready';
      readonly count: number;
      readonly troubles: Readonly<Record<string, number>>;
      readonly cpuMs: number;
    };

const sayEveryMs = 200;
/** They begin so many at a time. */
const beginTogether = 20;

const say = (message: FromConnectors): void => void process.send?.(message);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let keys: readonly KeyPair[] = [];
let ready = 0;
let troubles: Record<string, number> = {};

/** One whose log says when to look at it: to look at all of them again and again would cost more than what is measured. */
function startOne(parts: Omit<Parameters<typeof startConnector>[0], 'log'>): void {
  let isReady = false;
  const look = (): void => {
    const isNow = connector.report().isReady;
    if (isNow !== isReady) ready += isNow ? 1 : -1;
    isReady = isNow;
  };
  const warn = (name: string, fields: Readonly<Record<string, unknown>>): void => {
    const trouble = `${name}: ${String(fields['cause']).replaceAll(/127\.0\.0\.1\S*|port \d+/g, 'the edge')}`;
    troubles[trouble] = (troubles[trouble] ?? 0) + 1;
    look();
  };
  const connector = startConnector({ ...parts, log: { info: look, warn } });
}

async function start(port: number, pins: readonly string[]): Promise<void> {
  const services = createServiceList([parseServiceOption('wiki=http://127.0.0.1:9', '/')]);
  for (const [at, key] of keys.entries()) {
    const state = { key, joinedWith: null, addresses: [`127.0.0.1:${port}`], pins };
    startOne({
      ...{ state, save: () => {}, token: null, services, version: 'storm', env: {} },
      // Whether the machine sleeps is asked once a second by each of them.
      clocks: { wallMs: () => 0, sinceBootMs: () => 0 },
    });
    if (at % beginTogether === 0) await sleep(20);
  }
}

setInterval(() => {
  const { user, system } = process.cpuUsage();
  say({ kind: 'ready', count: ready, troubles, cpuMs: (user + system) / 1_000 });
  troubles = {};
}, sayEveryMs);

process.on('message', (message: ToConnectors) => {
  if (message.kind === 'start') void start(message.port, message.pins);
  else {
    keys = Array.from({ length: message.count }, () => freshState().key);
    say({ kind: 'made', publicKeys: keys.map(({ publicKey }) => publicKey.toString('base64url')) });
  }
});
process.on('disconnect', () => process.exit(0));
