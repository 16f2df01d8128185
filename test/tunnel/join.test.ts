// Who is let in: tokens, keys, what each is bound to, and how soon an end counts. Real TLS, a real store.
import { once } from 'node:events';
import type net from 'node:net';
import tls from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freshState } from '../../src/tunnel/connector/connector-state.ts';
import { dial, RefusedByEdge, reachEdge } from '../../src/tunnel/connector/dial.ts';
import { createEdgeKeyText, edgeKeyOf } from '../../src/tunnel/wire/edge-certificate.ts';
import { rotateEdgeKeys } from '../../src/tunnel/wire/edge-keys.ts';
import type { JoinToken } from '../../src/tunnel/wire/join-token.ts';
import { createKeyPair, type KeyPair, keyPairOf } from '../../src/tunnel/wire/key-text.ts';
import { alpn, bindingOf, checkProof, proofBytes, writeProof } from '../../src/tunnel/wire/proof.ts';
import { verdictByte } from '../../src/tunnel/wire/verdict.ts';
import { connectorTo, services, startEdge, type TestEdge, waitUntil } from './tunnel-fixture.ts';

/** Shows a proof by hand. @returns what the edge says to it */
async function show(edge: TestEdge, token: JoinToken, key: KeyPair = createKeyPair()): Promise<string> {
  const where = { address: `127.0.0.1:${edge.port}`, pins: token.pins, proxy: null };
  try {
    const socket = await dial(where, { connector: key, token: keyPairOf(token.seed) });
    socket.destroy();
    return 'welcome';
  } catch (error) {
    if (error instanceof RefusedByEdge) return String(error.verdict);
    throw error;
  }
}

async function rawConnection(edge: TestEdge, protocols = [alpn]): Promise<tls.TLSSocket> {
  const socket = tls.connect({
    port: edge.port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: protocols,
  });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** Everything that comes until the end. */
async function readAll(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks);
}

describe('a join token', () => {
  test('lets one connector in, which comes back by its key alone', async () => {
    const edge = await startEdge();
    const token = await edge.token();
    const first = connectorTo(token, services('wiki=http://127.0.0.1:9'));
    await edge.carriers('wiki', 2);
    const { connectors, tokens } = await edge.store.tunnels.read();
    expect(connectors).toHaveLength(1);
    expect(tokens).toMatchObject([{ spentAtMs: expect.any(Number) }]);
    expect(edge.named('tunnel_joined')).toEqual([
      { tunnel: 'office', connector: connectors[0]!.id, ip: '127.0.0.1', is_reusable: false },
    ]);
    first.connector.close();
    await edge.carriers('wiki', 0);
    connectorTo(null, services('wiki=http://127.0.0.1:9'), { state: first.state() });
    await edge.carriers('wiki', 2);
    expect((await edge.store.tunnels.read()).connectors).toEqual(connectors);
    expect(edge.named('join_token_reused')).toEqual([]);
  });

  test('shows the address of its connector as people write it, where one listener takes IPv4 and IPv6', async () => {
    const edge = await startEdge({ host: '::' });
    connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'));
    await edge.carriers('wiki', 2);
    expect(edge.named('tunnel_connected')).toMatchObject([{ ip: '127.0.0.1' }, { ip: '127.0.0.1' }]);
    expect(edge.edge.sessions().map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  test('that is spent lets nobody else in, and says so in the log', async () => {
    const edge = await startEdge();
    const token = await edge.token();
    const key = createKeyPair();
    expect(await show(edge, token, key)).toBe('welcome');
    expect(await show(edge, token)).toBe('spent');
    expect(await show(edge, token, key)).toBe('welcome');
    // Whoever tries on and on fills no log: it is said once a minute.
    for (let n = 0; n < 5; n++) expect(await show(edge, token)).toBe('spent');
    expect(edge.named('join_token_reused')).toEqual([{ tunnel: 'office', ip: '127.0.0.1' }]);
  });

  test('that is unknown, expired, rotated, of an ended tunnel, for elsewhere or full is refused', async () => {
    const edge = await startEdge();
    const good = await edge.token();
    expect(await show(edge, { ...good, seed: Buffer.alloc(32, 7) })).toBe('unknown');
    const day = { lifetimeMs: 86_400_000, from: null, maxConnectors: null };
    const elsewhere = await edge.token({ reusable: { ...day, from: ['203.0.113.0/24', '2001:db8::/32'] } });
    expect(await show(edge, elsewhere)).toBe('address');
    const here = await edge.token({ reusable: { ...day, from: ['127.0.0.0/8'], maxConnectors: 2 } });
    expect([await show(edge, here), await show(edge, here), await show(edge, here)]).toEqual([
      'welcome',
      'welcome',
      'full',
    ]);
    const over = await edge.token({ reusable: { ...day, lifetimeMs: 1 } });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await show(edge, over)).toBe('expired');
    await edge.store.tunnels.endTokens('office');
    expect(await show(edge, good)).toBe('unknown');
    await edge.store.tunnels.createTunnel({ name: 'annex', createdAtMs: 1, share: null });
    const annex = await edge.token({ tunnel: 'annex' });
    await edge.store.tunnels.removeTunnel('annex');
    expect(await show(edge, annex)).toBe('unknown');
    const reasons = edge.named('tunnel_refused').map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(['unknown', 'address', 'full', 'expired']));
  });

  test('is refused beside the key of a connector of another tunnel, which would be cloned', async () => {
    const edge = await startEdge();
    const key = createKeyPair();
    const own = await edge.token();
    expect(await show(edge, own, key)).toBe('welcome');
    await edge.store.tunnels.createTunnel({ name: 'laptop', createdAtMs: 1, share: null });
    const other = await edge.token({ tunnel: 'laptop' });
    expect(await show(edge, other, key)).toBe('other-tunnel');
    expect(edge.named('tunnel_refused')).toContainEqual({
      ...{ reason: 'other-tunnel', ip: '127.0.0.1', tunnel: 'office', times: 1 },
    });
    // Whoever else spends that token makes the key no more the right one.
    expect(await show(edge, other)).toBe('welcome');
    expect(await show(edge, other, key)).toBe('other-tunnel');
    // One of its own tunnel is not needed, and does no harm; neither does one of a tunnel that has ended.
    expect(await show(edge, await edge.token(), key)).toBe('welcome');
    await edge.store.tunnels.removeTunnel('laptop');
    await waitUntil(async () => (await show(edge, other, key)) === 'welcome');
    expect(await show(edge, own, key)).toBe('welcome');
  });

  test('leads only to who has one of its keys', async () => {
    const edge = await startEdge();
    const token = await edge.token();
    const pins = [edgeKeyOf(createEdgeKeyText()).pin];
    const refused = reachEdge({ address: `127.0.0.1:${edge.port}`, pins, proxy: null });
    await expect(refused).rejects.toThrow('another key than the edge');
    expect(await show(edge, token)).toBe('welcome');
  });
});

describe('a proof', () => {
  test('that was relayed through somebody who ends TLS opens nothing', async () => {
    const edge = await startEdge();
    const token = await edge.token();
    const key = edgeKeyOf(createEdgeKeyText());
    // In between, with a key of its own, that passes every byte on.
    const between = tls.createServer(
      {
        key: key.privateKey.export({ format: 'pem', type: 'pkcs8' }),
        cert: key.certificate,
        ALPNProtocols: [alpn],
        minVersion: 'TLSv1.3',
      },
      (socket) => {
        void rawConnection(edge).then((onward) => {
          socket
            .on('error', () => {})
            .pipe(onward)
            .pipe(socket);
        });
      },
    );
    between.listen(0, '127.0.0.1');
    onTestFinished(() => void between.close());
    await once(between, 'listening');
    const { port } = between.address() as net.AddressInfo;
    const where = { address: `127.0.0.1:${port}`, pins: [key.pin], proxy: null };
    const relayed = dial(where, { connector: createKeyPair(), token: keyPairOf(token.seed) });
    await expect(relayed).rejects.toMatchObject({ verdict: 'not-a-proof' });
    expect((await edge.store.tunnels.read()).connectors).toEqual([]);
  });

  test('counts on its own connection, whole, and with every bit as it was signed', async () => {
    const edge = await startEdge();
    const [one, other] = [await rawConnection(edge), await rawConnection(edge)];
    const [key, token] = [createKeyPair(), createKeyPair()];
    const proof = writeProof(bindingOf(one), key, token);
    expect(proof).toHaveLength(proofBytes);
    expect(checkProof(proof, bindingOf(one))).toEqual({
      connectorKey: key.publicKey.toString('base64url'),
      tokenKey: token.publicKey.toString('base64url'),
    });
    expect(checkProof(proof, bindingOf(other))).toBeNull();
    for (let at = 0; at < proofBytes; at++) {
      const changed = Buffer.from(proof);
      changed[at] = changed[at]! ^ 0x10;
      expect(checkProof(changed, bindingOf(one)), `byte ${at}`).toBeNull();
    }
    expect(checkProof(proof.subarray(1), bindingOf(one))).toBeNull();
    // A token's part taken from another connector's proof.
    const mixed = Buffer.concat([
      writeProof(bindingOf(one), createKeyPair(), null).subarray(0, 97),
      proof.subarray(97),
    ]);
    expect(checkProof(mixed, bindingOf(one))).toBeNull();
  });

  test.each([
    ['zeros', Buffer.alloc(proofBytes)],
    ['HTTP/1.1', Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(proofBytes)}\r\n\r\n`)],
    [
      'the preface of HTTP/2 and frames',
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.alloc(400, 4)]),
    ],
    ['a megabyte', Buffer.alloc(1_000_000, 1)],
  ])('that is %s ends the connection, and no frame is answered', async (_what, bytes) => {
    const edge = await startEdge();
    const socket = await rawConnection(edge);
    socket.write(bytes);
    const answer = await readAll(socket);
    expect([Buffer.alloc(0), verdictByte('not-a-proof')]).toContainEqual(answer);
    await waitUntil(() => edge.named('tunnel_refused').length === 1);
  });

  test('is wanted over the protocol of tunnels alone', async () => {
    const edge = await startEdge();
    const socket = tls.connect({
      port: edge.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
    });
    await expect(once(socket, 'secureConnect')).rejects.toThrow();
    const none = tls.connect({ port: edge.port, host: '127.0.0.1', rejectUnauthorized: false });
    none.on('error', () => {});
    await once(none, 'secureConnect');
    none.write(writeProof(bindingOf(none), createKeyPair(), keyPairOf((await edge.token()).seed)));
    expect(await readAll(none)).toEqual(verdictByte('not-a-proof'));
    const old = tls.connect({
      port: edge.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.2',
    });
    await expect(once(old, 'secureConnect')).rejects.toThrow();
  });
});

describe('the end of a connector', () => {
  test('is told to the edge by itself, and it does not come back', async () => {
    const edge = await startEdge();
    const { connector, said } = connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'));
    await edge.carriers('wiki', 2);
    const [{ id } = { id: '' }] = (await edge.store.tunnels.read()).connectors;
    await edge.store.tunnels.removeConnector(id);
    await edge.carriers('wiki', 0);
    expect(edge.named('tunnel_disconnected')).toMatchObject([{ cause: 'revoked' }, { cause: 'revoked' }]);
    await waitUntil(() => said.some(({ fields }) => String(fields['cause']).includes('revoked')));
    expect(connector.report().isReady).toBe(false);
    expect((await edge.store.tunnels.read()).connectors).toEqual([]);
  });

  test('comes with that of its tunnel', async () => {
    const edge = await startEdge();
    connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'));
    await edge.carriers('wiki', 2);
    await edge.store.tunnels.removeTunnel('office');
    await edge.carriers('wiki', 0);
  });
});

test('a rotation of the keys of the edge keeps every connector that was connected before it', async () => {
  const edge = await startEdge();
  const token = await edge.token();
  const { connector, state } = connectorTo(token, services('wiki=http://127.0.0.1:9'));
  await edge.carriers('wiki', 2);
  connector.close();
  await edge.carriers('wiki', 0);
  await rotateEdgeKeys(edge.store.secrets);
  await edge.edge.close();
  const after = await startEdge({ store: edge.store, port: edge.port });
  connectorTo(null, services('wiki=http://127.0.0.1:9'), { state: state() });
  await after.carriers('wiki', 2);
  // It knows the one after that by now.
  await rotateEdgeKeys(edge.store.secrets);
  await after.edge.close();
  const last = await startEdge({ store: edge.store, port: edge.port });
  await last.carriers('wiki', 2);
});

describe('two processes with one key', () => {
  test('take it from each other twice, and then neither is let in', async () => {
    const edge = await startEdge();
    const first = connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'));
    await edge.carriers('wiki', 2);
    const second = connectorTo(null, services('copy=http://127.0.0.1:9'), { state: first.state() });
    const clones = await waitUntil(
      () => edge.named('tunnel_connector_cloned').length >= 3 && edge.named('tunnel_connector_cloned'),
    );
    expect(clones.map(({ is_refused }) => is_refused)).toEqual([false, false, true]);
    await edge.carriers('wiki', 0);
    await edge.carriers('copy', 0);
    for (const { said, connector } of [first, second]) {
      await waitUntil(() => said.some(({ fields }) => String(fields['cause']).includes('same key')));
      expect(connector.report().isReady).toBe(false);
    }
  });

  test('are one that came back: it takes its own place at once', async () => {
    const edge = await startEdge();
    const state = freshState();
    const first = connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'), { state });
    await edge.carriers('wiki', 2);
    first.connector.close();
    await edge.carriers('wiki', 0);
    connectorTo(null, services('wiki=http://127.0.0.1:9'), { state: first.state() });
    await edge.carriers('wiki', 2);
    expect(edge.named('tunnel_connector_cloned')).toEqual([]);
  });
});

test('a store that is gone stops no reconnection of who is known', async () => {
  const edge = await startEdge();
  const first = connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'));
  await edge.carriers('wiki', 2);
  const unused = await edge.token();
  const { store } = edge;
  const broken = () => {
    throw new Error('the disk is gone');
  };
  Object.assign(store.tunnels, { version: broken, read: broken, join: broken });
  first.connector.close();
  await edge.carriers('wiki', 0);
  connectorTo(null, services('wiki=http://127.0.0.1:9'), { state: first.state() });
  await edge.carriers('wiki', 2);
  expect(await show(edge, unused)).toBe('later');
  expect(edge.named('store_failed')).toHaveLength(1);
});
