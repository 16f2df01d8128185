// The tunnel of the demonstration: the photos are reached over a connection that their own side opens, as from a laptop without an open
// port. Here both ends are in one process; the connection between them is a real one.
import { loadSettings } from '../settings/load-settings.ts';
import { openStore } from '../store/open-store.ts';
import { freshState } from '../tunnel/connector/connector-state.ts';
import { type Connector, startConnector } from '../tunnel/connector/create-connector.ts';
import { createServiceList, parseServiceOption } from '../tunnel/connector/service-list.ts';
import { connectorIdOf } from '../tunnel/edge/tunnel-register.ts';
import { pinsOf, readEdgeKeys } from '../tunnel/wire/edge-keys.ts';
import { readVersion } from '../version.ts';

export const demoTunnel = 'laptop';
export const demoService = 'photos';

/** The announcement waits for the connector for so long, milliseconds; without it the photos come a moment later. */
const readyWithinMs = 2_000;
const lookMs = 10;

/** Names the tunnel in the store of a bouncer that does not run yet, and makes the connector that leads to the photos. */
export async function prepareDemoTunnel(settingsFile: string, photosUrl: string): Promise<() => Connector> {
  const settings = loadSettings(settingsFile, {}, { use: 'try' });
  if (!settings.ok) throw new TypeError('the settings of the demonstration cannot be read');
  const store = await openStore(settings.value);
  try {
    const fresh = freshState();
    const publicKey = fresh.key.publicKey.toString('base64url');
    const nowMs = store.now();
    await store.tunnels.createTunnel({ name: demoTunnel, createdAtMs: nowMs, share: null });
    await store.tunnels.addConnector({
      ...{ id: connectorIdOf(publicKey), tunnel: demoTunnel, publicKey, tokenKey: '' },
      ...{ joinedAtMs: nowMs, lastSeenMs: nowMs, isPassing: false, isDrained: false },
    });
    const pins = pinsOf(await readEdgeKeys(store.secrets));
    const addresses = settings.value.tunnel?.addresses ?? [];
    return () =>
      startConnector({
        state: { ...fresh, addresses, pins },
        ...{ save: () => {}, token: null, env: {}, version: readVersion() },
        services: createServiceList([parseServiceOption(`${demoService}=${photosUrl}`, '/')]),
        log: { info: () => {}, warn: () => {} },
      });
  } finally {
    await store.close();
  }
}

/** Requests can come by it, or it is taking its time. */
export async function waitUntilReady(connector: Connector): Promise<void> {
  const untilMs = performance.now() + readyWithinMs;
  while (!connector.report().isReady && performance.now() < untilMs)
    await new Promise((resolve) => setTimeout(resolve, lookMs));
}
