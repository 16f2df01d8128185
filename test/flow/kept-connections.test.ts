// What a connection is used for leaves nothing at it: after a thousand requests of every kind it has the listeners, the members and the
// functions that it had after a few, on the client's side and on the application's.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { cleanUp, makeCertificate, makeFolder } from '../front/front-fixture.ts';

interface Kind {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Every way a request and its answer can be framed and still leave the connection open. */
const kinds: readonly Kind[] = [
  { method: 'GET', path: '/' },
  { method: 'HEAD', path: '/sized' },
  { method: 'GET', path: '/unchanged', headers: { 'if-none-match': '"a"' } },
  { method: 'GET', path: '/chunked' },
  { method: 'GET', path: '/early-hints' },
  { method: 'GET', path: '/large' },
  { method: 'POST', path: '/echo', body: 'a' },
  { method: 'POST', path: '/echo', body: 'a'.repeat(30_000) },
  { method: 'PUT', path: '/echo', body: '', headers: { 'content-length': '0' } },
  { method: 'GET', path: '/.bouncer/identity' },
];

let app: Server;
/** Of whichever side: those that Node made while the test listened. */
const accepted = new Set<Socket>();
const opened = new Set<Socket>();
const onAccepted = (message: unknown): void =>
  void accepted.add((message as { readonly socket: Socket }).socket);
const onOpened = (message: unknown): void => void opened.add((message as { readonly socket: Socket }).socket);

beforeAll(async () => {
  subscribe('net.server.socket', onAccepted);
  subscribe('net.client.socket', onOpened);
  app = createServer((req, res) => {
    if (req.url === '/echo') req.pipe(res);
    else if (req.url === '/unchanged') res.writeHead(304, { etag: '"a"' }).end();
    else if (req.url === '/chunked') res.write('one', () => res.end('two'));
    else if (req.url === '/large') res.end(Buffer.alloc(40_000));
    else if (req.url === '/early-hints')
      res.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => res.end('late'));
    else if (req.url === '/sized') res.writeHead(200, { 'content-length': 2 }).end();
    else res.end('ok');
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  unsubscribe('net.server.socket', onAccepted);
  unsubscribe('net.client.socket', onOpened);
  app.closeAllConnections();
  app.close();
  return cleanUp();
});

function open(settings: {
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}): Promise<Site> {
  const upstream = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  return startSite({
    ...settings,
    rules: `
applications:
  - name: open
    host: open.localhost
    upstream: ${upstream}
    upstream_options: { max_connections: 1 }
    policies: [{ name: open, action: bypass, include: [everyone] }]
`,
  });
}

/** All that can hang on an emitter: how many listen to what, its own members, and which functions they are. */
function remains(emitter: object): Readonly<Record<string, unknown>> {
  const { _events: events = {}, ...rest } = emitter as { _events?: Readonly<Record<string, unknown>> };
  const listeners = Object.entries(events).map(([name, one]) => [
    `on ${name}`,
    Array.isArray(one) ? one.length : one === undefined ? 0 : 1,
  ]);
  const functions = Object.entries(rest).filter(([, value]) => typeof value === 'function');
  return Object.fromEntries([
    ...listeners.filter(([, count]) => count !== 0),
    ...functions,
    ['members', Reflect.ownKeys(emitter).length],
  ]);
}

const onPort = (
  sockets: Iterable<Socket>,
  side: 'localPort' | 'remotePort',
  port: number,
): readonly Socket[] => [...sockets].filter((socket) => !socket.destroyed && socket[side] === port);

/** Reads to the end without ending the stream itself, which would end its connection. */
function bodyLength(stream: Readable): Promise<number> {
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
  });
  return new Promise((resolve, reject) => {
    stream.on('error', reject).on('end', () => resolve(length));
  });
}

/** Asks for every kind so many times. @returns the answers, each once */
async function answersTo(ask: (kind: Kind) => Promise<string>, times: number): Promise<readonly string[]> {
  const answers = new Set<string>();
  for (const kind of kinds) for (let n = 0; n < times; n++) answers.add(await ask(kind));
  return [...answers].sort();
}

test('a connection over HTTP/1.1, and the one to the application', async () => {
  const site = await open({});
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = ({ method, path, body, headers }: Kind): Promise<string> =>
    new Promise((resolve, reject) => {
      const address = { host: '127.0.0.1', port: site.port, agent, method, path };
      request(
        { ...address, headers: { host: `open.localhost:${site.port}`, ...headers } },
        (res: IncomingMessage) => {
          void bodyLength(res).then((length) => resolve(`${res.statusCode} ${length}`), reject);
        },
      )
        .on('error', reject)
        .end(body);
    });
  const sockets = (): readonly Socket[] => [
    ...onPort(accepted, 'localPort', site.port),
    ...onPort(opened, 'remotePort', (app.address() as AddressInfo).port),
  ];
  try {
    const answers = await answersTo(ask, 5);
    const before = sockets();
    const remainsBefore = before.map(remains);
    expect(before).toHaveLength(2);
    expect(answers).toEqual([
      '200 0',
      '200 1',
      '200 2',
      '200 30000',
      '200 4',
      '200 40000',
      '200 6',
      '304 0',
      '401 136',
    ]);
    expect(await answersTo(ask, 100)).toEqual(answers);
    expect(sockets().map((socket, at) => socket === before[at])).toEqual([true, true]);
    expect(sockets().map(remains)).toEqual(remainsBefore);
  } finally {
    agent.destroy();
    await site.close();
  }
}, 120_000);

test('a connection over HTTP/2, and its session', async () => {
  const site = await open({ tls: makeCertificate(makeFolder(), 'front') });
  const sessions = new Set<object>();
  const onStream = (message: unknown): void => {
    const { session } = (message as { readonly stream: { readonly session?: object } }).stream;
    if (session !== undefined) sessions.add(session);
  };
  subscribe('http2.server.stream.created', onStream);
  const client: ClientHttp2Session = connect(`https://localhost:${site.port}`, { rejectUnauthorized: false });
  const ask = async ({ method, path, body, headers }: Kind): Promise<string> => {
    const pseudo = { ':method': method, ':path': path, ':authority': `open.localhost:${site.port}` };
    const stream = client.request({ ...pseudo, ...headers });
    let status: unknown;
    stream.on('response', (answer) => {
      status = answer[':status'];
    });
    stream.end(body);
    const length = await bodyLength(stream);
    return `${status} ${length}`;
  };
  const measured = (): readonly unknown[] =>
    [...sessions, ...onPort(accepted, 'localPort', site.port)].map(remains);
  try {
    const answers = await answersTo(ask, 5);
    const before = measured();
    expect(before).toHaveLength(2);
    expect(await answersTo(ask, 100)).toEqual(answers);
    expect(measured()).toEqual(before);
  } finally {
    unsubscribe('http2.server.stream.created', onStream);
    client.destroy();
    await site.close();
  }
}, 120_000);
