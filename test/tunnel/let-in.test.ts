// What comes about between the edge's word that somebody is let in and the first thing that they say, and what edges of one store know of
// each other's connectors.
import { performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { StoredConnector, TunnelBook } from '../../src/store/tunnel-store.ts';
import { dial } from '../../src/tunnel/connector/dial.ts';
import { TunnelRegister } from '../../src/tunnel/edge/tunnel-register.ts';
import { createKeyPair, type KeyPair, keyPairOf } from '../../src/tunnel/wire/key-text.ts';
import { startEdge, type TestEdge, waitUntil } from './tunnel-fixture.ts';

/** A connection that is let in, and says hello when it is told to. */
async function letIn(edge: TestEdge, key: KeyPair, seed: Buffer | null) {
  const { pins } = await edge.token();
  const where = { address: `127.0.0.1:${edge.port}`, pins, proxy: null };
  const socket = await dial(where, { connector: key, token: seed === null ? null : keyPairOf(seed) });
  const session = performServerHandshake(socket);
  onTestFinished(() => session.destroy());
  session.on('error', () => {});
  const closed = new Promise((resolve) => session.once('close', resolve));
  const control = new Promise<ServerHttp2Stream>((resolve) =>
    session.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      if (headers[':authority'] === '.control') resolve(stream);
      else {
        stream.respond({ ':status': 200 });
        stream.on('data', (chunk: Buffer) => stream.write(chunk));
      }
    }),
  );
  const stream = await control;
  stream.respond({ ':status': 200 });
  const sayHello = (instance: string, index: 0 | 1): void => {
    const words = { protocol: [1, 1], version: 'x', services: { wiki: { kind: 'http' } } };
    stream.write(`${JSON.stringify({ type: 'hello', ...words, instance: instance.repeat(32), index })}\n`);
  };
  return { closed, sayHello };
}

test('a copied connector that was let in before its key was refused, and says hello after that, is refused too', async () => {
  const edge = await startEdge();
  const key = createKeyPair();
  const { seed } = await edge.token();
  const [first, second, third, fourth, late] = [
    await letIn(edge, key, seed),
    await letIn(edge, key, null),
    await letIn(edge, key, null),
    await letIn(edge, key, null),
    await letIn(edge, key, null),
  ];
  first.sayHello('a', 0);
  await edge.carriers('wiki', 1);
  second.sayHello('b', 0);
  await first.closed;
  third.sayHello('a', 0);
  await second.closed;
  fourth.sayHello('b', 0);
  await Promise.all([third.closed, fourth.closed]);
  late.sayHello('b', 1);
  await late.closed;
  const clones = edge.named('tunnel_connector_cloned');
  expect(clones.map(({ is_refused }) => is_refused)).toEqual([false, false, true]);
  await edge.carriers('wiki', 0);
});

test('a process that connects anew takes the place of its own older connection at once, and of no other', async () => {
  const edge = await startEdge();
  const key = createKeyPair();
  const first = await letIn(edge, key, (await edge.token()).seed);
  first.sayHello('a', 0);
  const other = await letIn(edge, key, null);
  other.sayHello('a', 1);
  const before = await edge.carriers('wiki', 2);
  const again = await letIn(edge, key, null);
  again.sayHello('a', 0);
  await first.closed;
  const after = await waitUntil(async () => {
    const now = await edge.carriers('wiki', 2);
    return now.includes(before[0] as (typeof now)[number]) ? null : now;
  });
  expect(after).toContain(before[1]);
  expect(edge.named('tunnel_connector_cloned')).toEqual([]);
  expect(edge.named('tunnel_disconnected')).toMatchObject([{ cause: 'replaced' }]);
});

test('a connector that says hello to an edge that is about to stop goes elsewhere', async () => {
  const edge = await startEdge();
  const { closed, sayHello } = await letIn(edge, createKeyPair(), (await edge.token()).seed);
  edge.edge.drain();
  sayHello('a', 0);
  await closed;
  await waitUntil(() => edge.named('tunnel_refused').length === 1);
  expect(edge.named('tunnel_refused')).toMatchObject([{ reason: 'edge-stopping', tunnel: 'office' }]);
});

test('a connector that was revoked after it was let in, before it said hello, does not stay', async () => {
  const edge = await startEdge();
  const { closed, sayHello } = await letIn(edge, createKeyPair(), (await edge.token()).seed);
  const [{ id } = { id: '' }] = (await edge.store.tunnels.read()).connectors;
  await edge.store.tunnels.removeConnector(id);
  sayHello('a', 0);
  await closed;
  await edge.carriers('wiki', 0);
});

const passing: StoredConnector = {
  ...{ id: 'c_1', tunnel: 'office', publicKey: 'key', tokenKey: 'token', joinedAtMs: 1, lastSeenMs: 1 },
  ...{ isPassing: true, isDrained: false },
};

/** A store of which a test says what it answers, and when. */
function bookStore() {
  const state = {
    book: { tunnels: [], tokens: [], connectors: [] } as TunnelBook,
    version: 1,
    isGone: false,
    gate: Promise.resolve(),
    asked: [] as string[],
  };
  const answer = async <T>(name: string, value: () => T): Promise<T> => {
    state.asked.push(name);
    if (state.isGone) throw new Error('the disk is gone');
    return value();
  };
  const tunnels = {
    version: () => answer('version', () => state.version),
    isUnchangedSince: () => false,
    read: async () => {
      const { book } = state;
      await state.gate;
      return answer('read', () => book);
    },
    noteSeen: () => answer('noteSeen', () => {}),
    removeStale: () => answer('removeStale', () => {}),
  };
  const register = new TunnelRegister({
    // Nothing else of it is asked.
    store: { tunnels: tunnels as never, now: () => 1 },
    onChange: () => {},
    onFailure: () => {},
    present: () => [passing.id],
  });
  onTestFinished(() => register.close());
  return { state, register };
}

test('a connector that joined elsewhere while the store is being read is known by its next question', async () => {
  const { state, register } = bookStore();
  await register.start();
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  state.version = 2;
  const looking = register.look();
  // The old book is on its way.
  await waitUntil(() => state.asked.filter((name) => name === 'version').length >= 3);
  state.book = { ...state.book, connectors: [passing] };
  state.version = 3;
  const admitted = register.admit({ connectorKey: passing.publicKey, tokenKey: null }, '127.0.0.1');
  gate.resolve();
  await looking;
  expect(await admitted).toEqual({ kind: 'known', connector: passing });
});

test('a token that the store has in no shape lets nobody in, and ends nothing', async () => {
  const { state, register } = bookStore();
  const token = {
    ...{ publicKey: 'token', tunnel: 'office', createdAtMs: 1, expiresAtMs: 9, isReusable: true },
    ...{ from: ['everywhere'], maxConnectors: null, spentAtMs: null },
  };
  state.book = { ...state.book, tokens: [token] };
  await register.start();
  const admitted = register.admit({ connectorKey: 'key', tokenKey: 'token' }, '127.0.0.1');
  expect(await admitted).toEqual({ kind: 'refused', verdict: 'later', tunnel: 'office' });
});

test('after a start, and after the store was gone, connectors are written to be here before any is forgotten', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const { state, register } = bookStore();
  await register.start();
  const minutes = async (count: number): Promise<readonly string[]> => {
    state.asked.length = 0;
    await vi.advanceTimersByTimeAsync(count * 60_000);
    return state.asked.filter((name) => name !== 'version' && name !== 'read');
  };
  expect(new Set(await minutes(2.9))).toEqual(new Set(['noteSeen']));
  expect(await minutes(1)).toContain('removeStale');
  state.isGone = true;
  await minutes(30);
  state.isGone = false;
  expect(new Set(await minutes(2.9))).toEqual(new Set(['noteSeen']));
  expect(await minutes(1)).toContain('removeStale');
});

test('several edges of one store let in who joined at any of them, at once', async () => {
  const edge = await startEdge();
  const other = await startEdge({ store: edge.store });
  const key = createKeyPair();
  const { seed } = await edge.token();
  await letIn(edge, key, seed);
  const { sayHello } = await letIn(other, key, null);
  sayHello('a', 0);
  await other.carriers('wiki', 1);
  expect(other.named('tunnel_refused')).toEqual([]);
});
