// Many connectors of one tunnel in a process of their own, for tunnel-storm.ts, which forks it: makes their keys, says which they are,
// starts them when it is told to, and says how many of them can take requests whenever that changes.
import { freshState } from '../../src/tunnel/connector/connector-state.ts';
import { type Connector, startConnector } from '../../src/tunnel/connector/create-connector.ts';
import { createServiceList, parseServiceOption } from '../../src/tunnel/connector/service-list.ts';
import type { KeyPair } from '../../src/tunnel/wire/key-text.ts';

/** What it is told, and what it says. */
export type ToConnectors =
  | { readonly kind: 'make'; readonly count: number }
  | { readonly kind: 'start'; readonly port: number; readonly pins: readonly string[] };
export type FromConnectors =
  | { readonly kind: 'made'; readonly publicKeys: readonly string[] }
  | { readonly kind: 'ready'; readonly count: number };

const lookEveryMs = 50;
/** They begin so many at a time. */
const beginTogether = 20;

const say = (message: FromConnectors): void => void process.send?.(message);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let keys: readonly KeyPair[] = [];
const connectors: Connector[] = [];
let told = 0;

async function start(port: number, pins: readonly string[]): Promise<void> {
  const services = createServiceList([parseServiceOption('wiki=http://127.0.0.1:9', '/')]);
  for (const [at, key] of keys.entries()) {
    const state = { key, joinedWith: null, addresses: [`127.0.0.1:${port}`], pins };
    connectors.push(
      startConnector({
        ...{ state, save: () => {}, token: null, services, version: 'storm', env: {} },
        log: { info: () => {}, warn: () => {} },
      }),
    );
    if (at % beginTogether === 0) await sleep(20);
  }
}

setInterval(() => {
  const count = connectors.filter((one) => one.report().isReady).length;
  if (count !== told) say({ kind: 'ready', count });
  told = count;
}, lookEveryMs);

process.on('message', (message: ToConnectors) => {
  if (message.kind === 'start') void start(message.port, message.pins);
  else {
    keys = Array.from({ length: message.count }, () => freshState().key);
    say({ kind: 'made', publicKeys: keys.map(({ publicKey }) => publicKey.toString('base64url')) });
  }
});
process.on('disconnect', () => process.exit(0));
