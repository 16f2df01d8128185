// Who is let in, as the register of an edge knows it: what joined here is known at once, whatever is being read of the store meanwhile, and
// no join makes the edge read all that the store has.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { issueJoinToken } from '../../src/tunnel/edge/issue-join-token.ts';
import { type Admission, connectorIdOf, TunnelRegister } from '../../src/tunnel/edge/tunnel-register.ts';
import { parseJoinToken } from '../../src/tunnel/wire/join-token.ts';
import { createKeyPair, keyPairOf } from '../../src/tunnel/wire/key-text.ts';

interface World {
  readonly store: Store;
  readonly register: TunnelRegister;
  readonly reads: () => number;
  /** The next reading of the store ends when this is called. */
  readonly holdRead: () => () => void;
  /** A connector of its own comes with the token. */
  readonly joinNew: () => Promise<Admission>;
}

async function world(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-register-'));
  const store = createStore(join(folder, 'data'));
  await store.tunnels.createTunnel({ name: 'office', createdAtMs: 1, share: null });
  const { text } = await issueJoinToken(store, {
    ...{ tunnel: 'office', addresses: ['127.0.0.1:1'] },
    reusable: { lifetimeMs: 3_600_000, from: null, maxConnectors: null },
  });
  const token = keyPairOf(parseJoinToken(text)?.seed ?? Buffer.alloc(32));
  let reads = 0;
  let held: Promise<void> | null = null;
  const { tunnels } = store;
  const register = new TunnelRegister({
    store: {
      now: () => store.now(),
      tunnels: {
        ...tunnels,
        read: async () => {
          reads++;
          const book = await tunnels.read();
          await held;
          return book;
        },
      },
    },
    ...{ onChange: () => {}, onFailure: () => {}, present: () => [] },
  });
  await register.start();
  onTestFinished(async () => {
    register.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    ...{ store, register, reads: () => reads },
    holdRead: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    joinNew: () =>
      register.admit(
        {
          connectorKey: createKeyPair().publicKey.toString('base64url'),
          tokenKey: token.publicKey.toString('base64url'),
        },
        '127.0.0.1',
      ),
  };
}

const idOf = (admission: Admission): string =>
  admission.kind === 'refused' ? admission.verdict : admission.connector.id;

test('fifty connectors that join one after the other are read back by the look that comes anyway, not by each of them', async () => {
  const { register, joinNew, reads } = await world();
  const before = reads();
  for (let n = 0; n < 50; n++) {
    const admission = await joinNew();
    expect(admission.kind).toBe('joined');
    expect(register.hasConnector(idOf(admission))).toBe(true);
  }
  // The register looks by itself every 400 ms: fifty joins do not take five seconds.
  expect(reads() - before).toBeLessThan(12);
});

test('a connector that joins while the store is being read is not forgotten by what was read', async () => {
  const { store, register, joinNew, holdRead, reads } = await world();
  const letGo = holdRead();
  const before = reads();
  await store.tunnels.createTunnel({ name: 'annex', createdAtMs: 1, share: null });
  const looking = register.look();
  await expect.poll(() => reads()).toBe(before + 1);
  const id = idOf(await joinNew());
  letGo();
  await looking;
  expect(register.hasConnector(id)).toBe(true);
  await register.look();
  expect(register.hasConnector(id)).toBe(true);
  await store.tunnels.removeConnector(id);
  await register.look();
  expect(register.hasConnector(id)).toBe(false);
});

test('a connector that joined at another edge is known when it comes, with its token or without', async () => {
  const { store, register } = await world();
  const { connectors, tokens } = await store.tunnels.read();
  expect(connectors).toEqual([]);
  const tokenKey = tokens[0]?.publicKey ?? '';
  for (const shown of [null, tokenKey]) {
    const connectorKey = createKeyPair().publicKey.toString('base64url');
    await store.tunnels.join(
      {
        ...{ id: connectorIdOf(connectorKey), tunnel: 'office', publicKey: connectorKey, tokenKey },
        ...{ joinedAtMs: 1, lastSeenMs: 1, isPassing: true, isDrained: false },
      },
      0,
    );
    const admission = await register.admit({ connectorKey, tokenKey: shown }, '127.0.0.1');
    expect(admission.kind).toBe('known');
  }
});
