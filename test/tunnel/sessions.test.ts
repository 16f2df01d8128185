// Sessions of connectors under everything that goes wrong: who lies, who leaves, who dies, and lines that fall silent. Requests go through
// the forwarder, as they do in the product.
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import net from 'node:net';
import type tls from 'node:tls';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { dial } from '../../src/tunnel/connector/dial.ts';
import { createKeyPair, type KeyPair, keyPairOf } from '../../src/tunnel/wire/key-text.ts';
import { exchange, gatewayTo, httpUpstream } from '../upstream/forward/fixture.ts';
import { connectorTo, services, startEdge, type TestEdge, waitUntil } from './tunnel-fixture.ts';

const wiki = { kind: 'tunnel', tunnel: 'office', service: 'wiki', text: 'tunnel:office/wiki' } as const;

/** An application behind a connector of the edge, and a gateway that forwards to it. */
async function siteBehind(edge: TestEdge, listener: http.RequestListener) {
  const { port, server } = await httpUpstream(listener);
  const made = connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${port}`));
  await edge.carriers('wiki', 2);
  const { port: front, gateway } = await gatewayTo([wiki], {}, { carriers: edge.edge });
  return { front, gateway, server, application: port, ...made };
}

async function get(port: number, path = '/', agent?: http.Agent): Promise<{ status: number; text: string }> {
  const request = http.get({ port, host: '127.0.0.1', path, ...(agent === undefined ? {} : { agent }) });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}

function fail(): never {
  throw new Error('there is no carrier');
}

/** A program that is let in and then says what it likes. */
async function hostile(
  edge: TestEdge,
  onStream: (stream: ServerHttp2Stream, name: string) => void,
  key: KeyPair = createKeyPair(),
) {
  const token = await edge.token();
  const where = { address: `127.0.0.1:${edge.port}`, pins: token.pins, proxy: null };
  const socket = await dial(where, { connector: key, token: keyPairOf(token.seed) });
  const session = performServerHandshake(socket);
  onTestFinished(() => session.destroy());
  session.on('error', () => {});
  session.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    onStream(stream, String(headers[':authority']));
  });
  return { session };
}

const hello = (own: object = {}): string =>
  `${JSON.stringify({ type: 'hello', protocol: [1, 1], version: 'x', instance: 'a'.repeat(32), index: 0, services: { wiki: { kind: 'http' } }, ...own })}\n`;

/** Plays a connector up to its services. */
const honestUpTo =
  (serve: (stream: ServerHttp2Stream) => void, greeting = hello()) =>
  (stream: ServerHttp2Stream, name: string): void => {
    if (name === '.control') {
      stream.respond({ ':status': 200 });
      stream.write(greeting);
    } else if (name === '.probe') {
      stream.respond({ ':status': 200 });
      stream.on('data', (chunk: Buffer) => stream.write(chunk));
    } else serve(stream);
  };

describe('a connector', () => {
  test('leads to its own list and to nothing else, whatever the edge asks', async () => {
    const edge = await startEdge();
    let asked = 0;
    const { port } = await httpUpstream((_req, res) => {
      asked++;
      res.end();
    });
    connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${port}`));
    const [carrier] = await edge.carriers('wiki', 2);
    for (const name of [
      `127.0.0.1:${port}`,
      '169.254.169.254:80',
      '[::1]:22',
      'wiki:22',
      'WIKI',
      'other',
      '__proto__',
      '.control',
      'x'.repeat(3_000),
    ]) {
      const socket = carrier!.open(name, { protocol: 'http/1.1' });
      const [error] = await once(socket, 'error').catch((thrown: unknown) => [thrown]);
      expect(error, name).toMatchObject({ code: 'UPSTREAM_TUNNEL_DENIED' });
    }
    expect(asked).toBe(0);
    // It is not harmed by being asked.
    expect(await edge.carriers('wiki', 2)).toContain(carrier);
  });

  test('says why it could not reach its service, and the client gets a 502', async () => {
    const edge = await startEdge();
    const { front, server, gateway } = await siteBehind(edge, (_req, res) => res.end());
    server.close();
    expect((await get(front)).status).toBe(502);
    const [outcome] = gateway.outcomes;
    expect(outcome?.error).toMatchObject({ code: 'upstream_unreachable' });
    expect(outcome?.error?.message).toMatch(
      /tunnel:office\/wiki \(connector c_[0-9a-f]{12}\)` refused the connection \(ECONNREFUSED\)/,
    );
  });

  test('that is not there is a 502 that names the tunnel and the service', async () => {
    const edge = await startEdge();
    const { port, gateway } = await gatewayTo([wiki], {}, { carriers: edge.edge });
    expect((await get(port)).status).toBe(502);
    expect(gateway.outcomes[0]?.error?.message).toBe(
      'no connector of the tunnel `office` is here that offers `wiki`',
    );
  });

  test('takes a new list of services without dropping what it carries', async () => {
    const edge = await startEdge();
    let finish: (() => void) | null = null;
    const { front, connector, application } = await siteBehind(edge, (_req, res) => {
      res.write('begun ');
      finish = () => res.end('done');
    });
    const slow = get(front);
    const end: () => void = await waitUntil(() => finish);
    connector.setServices(services(`other=http://127.0.0.1:${application}`));
    await edge.carriers('other', 2);
    await edge.carriers('wiki', 0);
    end();
    expect(await slow).toEqual({ status: 200, text: 'begun done' });
  });

  test('carries as many connections as it can, refuses the next, and is probed all the same', async () => {
    const edge = await startEdge({ times: { probeEveryMs: 20, probeWithinMs: 20_000 } });
    await siteBehind(edge, (_req, res) => res.end('ok'));
    const [carrier] = await edge.carriers('wiki', 2);
    const open = () => {
      const socket = carrier?.open('wiki', { protocol: 'http/1.1' });
      onTestFinished(() => void socket?.destroy());
      return socket?.on('error', () => {}).resume();
    };
    const sockets = Array.from({ length: 984 }, open);
    const [error] = await once(open() ?? fail(), 'error');
    expect(error).toMatchObject({ code: 'UPSTREAM_TUNNEL_FULL' });
    const trips = new Set<string>();
    await waitUntil(
      () =>
        trips.add(
          edge.edge
            .sessions()
            .map(({ roundTripMs }) => roundTripMs)
            .join(),
        ).size > 5,
    );
    expect(edge.named('tunnel_disconnected')).toEqual([]);
    sockets[0]?.destroy();
    await waitUntil(() => edge.edge.sessions().some(({ open: count }) => count === 983));
    await once(open() ?? fail(), 'connect');
  });

  test('that is gone fails who asks it at that moment, and throws nothing', async () => {
    const edge = await startEdge();
    await siteBehind(edge, (_req, res) => res.end('ok'));
    const [carrier] = await edge.carriers('wiki', 2);
    await edge.edge.close();
    const socket = carrier?.open('wiki', { protocol: 'http/1.1' });
    const [error] = await once(socket ?? fail(), 'error');
    expect(error).toMatchObject({ code: 'UPSTREAM_TUNNEL_REFUSED' });
    expect(edge.edge.counts().bufferBytes).toBe(0);
  });

  test('that leaves finishes what it carries, and no request is lost', async () => {
    const edge = await startEdge();
    const { front, connector, application } = await siteBehind(edge, (req, res) => {
      setTimeout(() => res.end(req.url), req.url === '/slow' ? 400 : 5);
    });
    connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${application}`));
    await edge.carriers('wiki', 4);
    const agent = new http.Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const slow = get(front, '/slow');
    let isOver = false;
    const asking = Array.from({ length: 8 }, async () => {
      const answers: number[] = [];
      while (!isOver) answers.push((await get(front, '/', agent)).status);
      return answers;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startedMs = performance.now();
    await connector.drain(100_000);
    // By itself, and not by the end of its patience.
    expect(performance.now() - startedMs).toBeLessThan(60_000);
    expect(connector.report().connections.every(({ open }) => open === 0)).toBe(true);
    await edge.carriers('wiki', 2);
    isOver = true;
    const answers = (await Promise.all(asking)).flat();
    expect(answers.length).toBeGreaterThan(20);
    expect(answers.filter((status) => status !== 200)).toEqual([]);
    expect(await slow).toEqual({ status: 200, text: '/slow' });
    await waitUntil(() => edge.named('tunnel_disconnected').length === 2);
    expect(edge.named('tunnel_disconnected').map(({ cause }) => cause)).toEqual(['left', 'left']);
  });

  test('whose application does not answer loses no request while another connector of the tunnel is there', async () => {
    const edge = await startEdge();
    const { front } = await siteBehind(edge, (_req, res) => res.end('ok'));
    const { port, server } = await httpUpstream((_req, res) => res.end());
    connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${port}`));
    await edge.carriers('wiki', 4);
    server.close();
    // Each of its connections is tried again now and then.
    for (let n = 0; n < 30; n++) {
      const answers = await Promise.all([get(front), get(front), get(front)]);
      expect(
        answers.map(({ status }) => status),
        `after ${n}`,
      ).toEqual([200, 200, 200]);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  });

  test('whose application breaks off tells that from an end: what only an end makes whole is cut', async () => {
    const edge = await startEdge();
    const application = net.createServer((socket) => {
      socket
        .on('error', () => {})
        .once('data', (chunk: Buffer) => {
          socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf');
          if (String(chunk).startsWith('GET /whole')) socket.end();
          else setTimeout(() => socket.resetAndDestroy(), 50);
        });
    });
    application.listen(0, '127.0.0.1');
    onTestFinished(() => void application.close());
    await once(application, 'listening');
    const { port } = application.address() as net.AddressInfo;
    connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${port}`));
    await edge.carriers('wiki', 2);
    const { port: front, gateway } = await gatewayTo([wiki], {}, { carriers: edge.edge });
    const ask = (path: string) => exchange(front, `GET ${path} HTTP/1.1\r\nHost: app.test\r\n\r\n`);
    expect(await ask('/broken')).not.toContain('\r\n0\r\n\r\n');
    expect(await gateway.outcome(1)).toMatchObject({ cut: 'upstream-broken' });
    expect(await get(front, '/whole')).toEqual({ status: 200, text: 'half' });
  });

  test('that dies in the middle of a download never makes it look whole', async () => {
    const edge = await startEdge();
    let isBegun = false;
    const { front, connector } = await siteBehind(edge, (_req, res) => {
      // Without a length: only the end of the connection says that it is over.
      res.useChunkedEncodingByDefault = false;
      res.sendDate = false;
      res.removeHeader('transfer-encoding');
      res.shouldKeepAlive = false;
      res.write('half');
      isBegun = true;
    });
    const client = net.connect(front, '127.0.0.1').on('error', () => {});
    client.write('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n');
    let text = '';
    client.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    await waitUntil(() => isBegun && text.includes('half'));
    connector.close();
    await new Promise((resolve) => client.once('close', resolve));
    expect(text).not.toContain('\r\n0\r\n\r\n');
  });

  test('that dies takes only its own requests with it, and none is sent twice', async () => {
    const edge = await startEdge();
    const seen: string[] = [];
    const { front, connector, application } = await siteBehind(edge, (req, res) => {
      seen.push(`${req.method} ${req.url}`);
      setTimeout(() => res.end('ok'), 20);
    });
    connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${application}`));
    await edge.carriers('wiki', 4);
    const results: { readonly path: string; readonly status: number }[] = [];
    const asked = Array.from({ length: 200 }, async (_, n) => {
      await new Promise((resolve) => setTimeout(resolve, n * 3));
      if (n === 60) connector.close();
      const answer = await exchange(
        front,
        `POST /${n} HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx`,
      );
      results.push({ path: `/${n}`, status: Number(answer.slice(9, 12)) });
    });
    await Promise.all(asked);
    const failed = results.filter(({ status }) => status !== 200);
    expect(failed.every(({ status }) => status === 502)).toBe(true);
    // So many as could be under way over it at that moment.
    expect(failed.length).toBeLessThan(40);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

test('a request without a body that may have reached the application is not sent again when its connector dies', async () => {
  const edge = await startEdge();
  const seen: http.ServerResponse[] = [];
  const { front, connector, application } = await siteBehind(edge, (_req, res) => void seen.push(res));
  connectorTo(await edge.token(), services(`wiki=http://127.0.0.1:${application}`));
  await edge.carriers('wiki', 4);
  const head = 'POST / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
  const statuses: number[] = [];
  const asked = Array.from({ length: 8 }, async () => {
    statuses.push(Number((await exchange(front, head)).slice(9, 12)));
  });
  await waitUntil(() => seen.length === asked.length);
  connector.close();
  await waitUntil(() => statuses.length >= 4);
  for (const res of seen) res.end();
  await Promise.all(asked);
  expect(statuses.toSorted()).toEqual([200, 200, 200, 200, 502, 502, 502, 502]);
  expect(seen).toHaveLength(asked.length);
});

describe('an edge', () => {
  test('that starts again has its connectors back, and they carry on', async () => {
    const edge = await startEdge();
    const { said } = await siteBehind(edge, (_req, res) => res.end('ok'));
    await edge.edge.close();
    const again = await startEdge({ store: edge.store, port: edge.port });
    await again.carriers('wiki', 2);
    const { port } = await gatewayTo([wiki], {}, { carriers: again.edge });
    expect(await get(port)).toEqual({ status: 200, text: 'ok' });
    expect(said.some(({ name }) => name === 'disconnected')).toBe(true);
  });

  test('that starts again lets requests wait for the connectors that were there before', async () => {
    const first = await startEdge();
    const { front, connector } = await siteBehind(first, (_, response) => response.end('here'));
    expect(await get(front)).toEqual({ status: 200, text: 'here' });
    await first.edge.close();
    const second = await startEdge({ store: first.store, port: first.port });
    const { port } = await gatewayTo([wiki], { connectTimeoutMs: 30_000 }, { carriers: second.edge });
    // Nobody is there yet, and the request comes at once.
    expect(await get(port)).toEqual({ status: 200, text: 'here' });
    await connector.drain(1_000);
    await second.carriers('wiki', 0);
    expect(second.edge.mayComeBack('annex')).toBe(false);
  });

  test('that is about to stop lets its connectors go elsewhere first, and serves until then', async () => {
    const edge = await startEdge();
    const { front, connector } = await siteBehind(edge, (_req, res) => res.end('ok'));
    const next = await startEdge({ store: edge.store });
    edge.addresses.push(...next.addresses);
    edge.edge.drain();
    await waitUntil(() => !connector.report().isReady);
    expect(await get(front)).toEqual({ status: 200, text: 'ok' });
  });

  test('tells connectors of other addresses, and they go there', async () => {
    const edge = await startEdge();
    const { said } = await siteBehind(edge, (_req, res) => res.end('ok'));
    const next = await startEdge({ store: edge.store });
    edge.addresses.push(...next.addresses);
    next.addresses.unshift(...edge.addresses.slice(0, 1));
    // The next welcome says so.
    for (const connected of [...said]) expect(connected.name).toBe('connected');
    connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'));
    await next.carriers('wiki', 2);
  });
});

describe('a line that falls silent', () => {
  test('is noticed by probes on both sides, and its requests get one answer', async () => {
    const edge = await startEdge({ times: { probeEveryMs: 100, probeWithinMs: 150 } });
    const pairs: net.Socket[] = [];
    let isSilent = false;
    const relay = net.createServer((socket) => {
      const onward = net.connect(edge.port, '127.0.0.1');
      pairs.push(socket, onward);
      socket.on('error', () => {}).on('data', (chunk: Buffer) => !isSilent && onward.write(chunk));
      onward.on('error', () => {}).on('data', (chunk: Buffer) => !isSilent && socket.write(chunk));
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    onTestFinished(() => {
      relay.close();
      for (const socket of pairs) socket.destroy();
    });
    edge.addresses.splice(0, 1, `127.0.0.1:${(relay.address() as net.AddressInfo).port}`);
    let asked = 0;
    const { front } = await siteBehind(edge, (_req, res) => {
      asked++;
      if (asked > 1) return;
      res.end('ok');
    });
    expect((await get(front)).text).toBe('ok');
    const waiting = get(front, '/second');
    await waitUntil(() => asked === 2);
    isSilent = true;
    expect((await waiting).status).toBe(502);
    expect(edge.named('tunnel_disconnected').map(({ cause }) => cause)).toContain('no-answer-to-probes');
    expect(asked).toBe(2);
  });
});

describe('a connector that lies', () => {
  test.each([
    ['nothing that is a message', 'hello?\n'],
    ['another version', hello({ protocol: [2, 9] })],
    ['a hello without an instance', hello({ instance: 'me' })],
    ['a service of a name that none can have', hello({ services: { '../x': { kind: 'http' } } })],
    [
      'a thousand services',
      hello({
        services: Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`s${n}`, { kind: 'http' }])),
      }),
    ],
    ['two hellos', hello() + hello()],
    ['a version that a terminal would obey', hello({ version: '\u001b]0;yours\u0007' })],
    ['a line without an end', 'x'.repeat(100_000)],
  ])('and says %s is let go, and carries nothing', async (_what, greeting) => {
    const edge = await startEdge();
    const { session } = await hostile(
      edge,
      honestUpTo(() => {}, greeting),
    );
    await new Promise((resolve) => session.once('close', resolve));
    await edge.carriers('wiki', 0);
  });

  test.each([
    ['no frame at all', null],
    ['settings, and nothing on the control stream', () => {}],
    [
      'an answer on the control stream, and no hello',
      (stream: ServerHttp2Stream) => stream.respond({ ':status': 200 }),
    ],
  ] as const)('by silence, with %s, is let go after 25 seconds', async (_what, serve) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const edge = await startEdge();
    const isOver = Promise.withResolvers<void>();
    const isOn = Promise.withResolvers<void>();
    if (serve === null) {
      (await rawConnector(edge)).resume().once('close', isOver.resolve);
      isOn.resolve();
    } else {
      const { session } = await hostile(edge, (stream) => {
        serve(stream);
        isOn.resolve();
      });
      session.once('close', isOver.resolve);
    }
    await isOn.promise;
    // The edge takes the connection up a turn after its word.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(24_000);
    expect(edge.named('tunnel_refused')).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    await isOver.promise;
    expect(edge.named('tunnel_refused')).toMatchObject([{ reason: 'no-hello', tunnel: 'office' }]);
  });

  test('by saying nothing more on the control stream, while it goes on, is let go', async () => {
    const edge = await startEdge();
    const { session } = await hostile(edge, (stream, name) => {
      honestUpTo(() => {})(stream, name);
      if (name === '.control') setTimeout(() => stream.end(), 50);
    });
    await new Promise((resolve) => session.once('close', resolve));
    await edge.carriers('wiki', 0);
  });

  test('by more connections than it needs keeps sixteen at most, and nobody else out', async () => {
    const edge = await startEdge();
    const { front } = await siteBehind(edge, (_req, res) => res.end('ok'));
    const token = await edge.token();
    const where = { address: `127.0.0.1:${edge.port}`, pins: token.pins, proxy: null };
    const key = createKeyPair();
    const sockets: tls.TLSSocket[] = [];
    for (let n = 0; n < 40; n++) {
      const socket = await dial(where, { connector: key, token: n === 0 ? keyPairOf(token.seed) : null });
      onTestFinished(() => void socket.destroy());
      sockets.push(socket.resume());
    }
    await waitUntil(() => sockets.filter(({ closed }) => closed).length === 24);
    expect(sockets.slice(24).some(({ closed }) => closed)).toBe(false);
    expect(await get(front)).toEqual({ status: 200, text: 'ok' });
  });

  test('about the tunnel that it belongs to carries for its own', async () => {
    const edge = await startEdge();
    await edge.store.tunnels.createTunnel({ name: 'annex', createdAtMs: 1, share: null });
    await hostile(
      edge,
      honestUpTo(() => {}, hello({ tunnel: 'annex' })),
    );
    await edge.carriers('wiki', 1);
    await edge.carriers('wiki', 0, 'annex');
  });

  test('about how much it sends is let go before memory is full', async () => {
    const edge = await startEdge();
    const { session } = await hostile(
      edge,
      honestUpTo(
        (stream) => {
          stream.respond({ ':status': 200, 'bouncer-window': '65536' });
          for (let at = 0; at < 64; at++) stream.write(Buffer.alloc(65_536));
        },
        hello({ hears: ['grants'] }),
      ),
    );
    const [carrier] = await edge.carriers('wiki', 1);
    const socket = carrier?.open('wiki', { protocol: 'http/1.1' });
    socket?.on('error', () => {}).pause();
    await new Promise((resolve) => session.once('close', resolve));
    expect(await waitUntil(() => edge.named('tunnel_disconnected')[0])).toMatchObject({
      cause: 'sends-too-much',
    });
    expect(edge.edge.counts().bufferBytes).toBe(0);
  });

  test('in probes is not used', async () => {
    const edge = await startEdge({ times: { probeEveryMs: 50, probeWithinMs: 100 } });
    const { session } = await hostile(edge, (stream, name) => {
      if (name !== '.probe') return honestUpTo(() => {})(stream, name);
      stream.respond({ ':status': 200 });
      stream.write(Buffer.alloc(8, 1));
    });
    await new Promise((resolve) => session.once('close', resolve));
    expect(edge.named('tunnel_connected')).toEqual([]);
  });

  test('before it was probed is not used, whatever else it says', async () => {
    const edge = await startEdge({ times: { probeEveryMs: 50, probeWithinMs: 100 } });
    const told: number[] = [];
    onTestFinished(edge.edge.follow('office', 'wiki', (carriers) => void told.push(carriers.length)));
    const { session } = await hostile(edge, (stream, name) => {
      if (name === '.probe') return;
      stream.respond({ ':status': 200 });
      stream.write(`${hello()}{"type":"services","services":{"wiki":{"kind":"http"}}}\n`);
    });
    await new Promise((resolve) => session.once('close', resolve));
    expect(told).toEqual([0]);
    expect(edge.named('tunnel_connected')).toEqual([]);
  });

  test('in the end of a connection never makes a response whole, nor a request sent twice', async () => {
    const edge = await startEdge();
    let asked = 0;
    const words: (string | null)[] = ['ECONNRESET', 'ECONNREFUSED', null, 'end of the world'];
    await hostile(
      edge,
      honestUpTo((stream) => {
        asked++;
        const word = words[asked - 1] ?? null;
        stream.respond({ ':status': 200 }, { waitForTrailers: word !== null });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'bouncer-end': word ?? '' }));
        stream.once('data', () => {
          stream.write('HTTP/1.1 200 OK\r\n\r\nhalf');
          setTimeout(() => stream.end(), 20);
        });
      }),
    );
    await edge.carriers('wiki', 1);
    const { port, gateway } = await gatewayTo([wiki], {}, { carriers: edge.edge });
    for (let n = 0; n < words.length; n++) {
      const answer = await exchange(port, 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 1\r\n\r\nx');
      expect(answer).not.toContain('\r\n0\r\n\r\n');
      expect(await gateway.outcome(n + 1)).toMatchObject({ cut: 'upstream-broken' });
    }
    expect(asked).toBe(words.length);
  });

  test('by pushing streams of its own, or frames for streams that nobody opened, ends its session', async () => {
    const edge = await startEdge();
    // HEADERS on an even stream and on one that was never opened (RFC 9113 section 5.1.1), DATA and RST_STREAM on such.
    const lies = [
      headersFrame(2),
      headersFrame(0x7fff_fffd),
      frame({ type: 0, flags: 0, stream: 99, payload: Buffer.from('x') }),
      frame({ type: 3, flags: 0, stream: 99, payload: Buffer.alloc(4) }),
    ];
    for (const lie of lies) {
      const socket = await rawConnector(edge);
      socket.write(Buffer.concat([settingsFrame, lie]));
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect(edge.named('tunnel_connected')).toEqual([]);
  });

  test('in random frames harms nobody else', async () => {
    const edge = await startEdge();
    const { front } = await siteBehind(edge, (_req, res) => res.end('ok'));
    const { connectors } = await edge.store.tunnels.read();
    for (let round = 0; round < 40; round++) {
      const socket = await rawConnector(edge);
      socket.resume();
      const frames = Array.from({ length: 50 }, () =>
        frame({
          type: randomInt(12),
          flags: randomInt(256),
          stream: randomInt(2) === 0 ? randomInt(8) : randomInt(0x7fff_ffff),
          payload: randomBytes(randomInt(64)),
        }),
      );
      socket.write(Buffer.concat(round % 2 === 0 ? [settingsFrame, ...frames] : frames));
      socket.end();
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect(await get(front)).toEqual({ status: 200, text: 'ok' });
    expect((await edge.store.tunnels.read()).connectors.slice(0, 1)).toEqual(connectors);
    await edge.carriers('wiki', 2);
  });
});

function frame(of: {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(of.payload.length, 0, 3);
  head[3] = of.type;
  head[4] = of.flags;
  head.writeUInt32BE(of.stream, 5);
  return Buffer.concat([head, of.payload]);
}

const settingsFrame = frame({ type: 4, flags: 0, stream: 0, payload: Buffer.alloc(0) });

/** `:status: 200`, complete. */
function headersFrame(stream: number): Buffer {
  return frame({ type: 1, flags: 5, stream, payload: Buffer.from([0x88]) });
}

/** Let in, and then nothing but bytes. */
async function rawConnector(edge: TestEdge): Promise<tls.TLSSocket> {
  const token = await edge.token();
  const where = { address: `127.0.0.1:${edge.port}`, pins: token.pins, proxy: null };
  const socket = await dial(where, { connector: createKeyPair(), token: keyPairOf(token.seed) });
  onTestFinished(() => void socket.destroy());
  return socket;
}

test('a WebSocket goes through, both ways, and its end too', async () => {
  const edge = await startEdge();
  const { front, server } = await siteBehind(edge, (_req, res) => res.end());
  const application = new WebSocketServer({ server });
  onTestFinished(() => application.close());
  application.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  const client = new WebSocket(`ws://127.0.0.1:${front}/live`, { headers: { Host: 'app.test' } });
  onTestFinished(() => client.terminate());
  await once(client, 'open');
  const large = Buffer.alloc(3_000_000, 'ab');
  client.send(large);
  const [echoed] = (await once(client, 'message')) as [Buffer];
  expect(large.equals(echoed)).toBe(true);
  client.close(1000, 'enough');
  expect(await once(client, 'close')).toEqual([1000, expect.anything()]);
  await waitUntil(() => application.clients.size === 0);
});

test('an event stream is ended by its client all the way to the application', async () => {
  const edge = await startEdge();
  let isGone = false;
  const { front } = await siteBehind(edge, (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    res.write('data: 1\n\n');
    res.once('close', () => {
      isGone = true;
    });
  });
  const request = http.get({ port: front, host: '127.0.0.1' });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  await once(response, 'data');
  request.on('error', () => {}).destroy();
  await waitUntil(() => isGone);
});
