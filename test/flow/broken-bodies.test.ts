// Requests that are let in and whose body then stops being HTTP, or never comes to its end: the application's connection ends, the client
// is told where nothing was sent yet, and the one record says what happened, not that somebody left.
import { once } from 'node:events';
import http from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { cleanUp, makeCertificate, makeFolder } from '../front/front-fixture.ts';
import { waitFor } from '../upstream/forward/fixture.ts';
import { data, endStream, frame, frameType, headers, reset } from '../upstream/forward/raw-http2.ts';

let site: Site;
/** What the application has open. */
const open = new Map<string, http.ServerResponse>();
/** What came to it as a whole request. */
const whole = new Set<string>();
const application = http.createServer((req, res) => {
  open.set(req.url ?? '', res);
  req.resume().on('error', () => {});
  req.on('end', () => whole.add(req.url ?? ''));
  res.on('close', () => open.delete(req.url ?? ''));
  if (req.url === '/begun') res.writeHead(200).write('begun');
});

const rules = (port: number): string => `
applications:
  - name: app
    hosts: [app.localhost]
    upstream: http://127.0.0.1:${port}
    policies: [{ name: open, action: bypass, include: [everyone] }]
`;
const settings = 'limits: { request_timeout: 2s }';

beforeAll(async () => {
  application.listen(0, '127.0.0.1');
  await once(application, 'listening');
  site = await startSite({ rules: rules((application.address() as AddressInfo).port), settings });
});
afterAll(async () => {
  application.closeAllConnections();
  application.close();
  await site.close();
  await cleanUp();
});

const chunked = (method: string, path: string): string =>
  `${method} ${path} HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`;

function client(): { readonly socket: Socket; readonly text: () => string } {
  const socket = connect(site.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {});
  return { socket, text: () => Buffer.concat(chunks).toString('latin1') };
}

const recordOf = async (path: string): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const find = () => site.records().filter((record) => record['path'] === path);
  await waitFor(() => find().length > 0);
  expect(find().length).toBe(1);
  return find()[0];
};

describe.each([
  ['a chunk that is none', 'zz\r\n', 'malformed-request', 400],
  ['nothing more', '', 'request-timeout', 408],
] as const)('%s', (_name, rest, reason, status) => {
  test('before the answer is refused', async () => {
    const path = `/before/${status}`;
    const { socket, text } = client();
    socket.write(chunked('POST', path));
    await waitFor(() => open.has(path));
    socket.write(rest);
    await once(socket, 'close');
    expect(text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(await recordOf(path)).toMatchObject({ status, decision: 'allow', cause: reason });
    await waitFor(() => !open.has(path));
  });

  test('behind a request that is still at work waits for that one’s answer', async () => {
    const [first, second] = [`/first/${status}`, `/second/${status}`];
    const { socket, text } = client();
    socket.write(`GET ${first} HTTP/1.1\r\nHost: app.localhost\r\n\r\n${chunked('POST', second)}`);
    await waitFor(() => open.has(first) && open.has(second));
    socket.write(rest);
    if (status === 408) await new Promise((resolve) => setTimeout(resolve, 2_500));
    open.get(first)?.end('answer');
    await once(socket, 'close');
    expect(text()).toMatch(new RegExp(`^HTTP/1\\.1 200 OK\\r\\n[\\s\\S]*answerHTTP/1\\.1 ${status} `));
    const whole = await recordOf(first);
    expect(whole).toMatchObject({ status: 200 });
    expect(whole).not.toHaveProperty('cause');
    expect(await recordOf(second)).toMatchObject({ status, cause: reason });
    await waitFor(() => !open.has(second));
  });
});

test('once the answer has begun nothing is added to it', async () => {
  const { socket, text } = client();
  socket.write(chunked('POST', '/begun'));
  await waitFor(() => text().includes('begun'));
  socket.write('zz\r\n');
  await once(socket, 'close');
  expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nbegun\r\n$/);
  expect(await recordOf('/begun')).toMatchObject({ status: 200, cause: 'malformed-request' });
});

test('who leaves in the middle of it, left', async () => {
  const { socket } = client();
  socket.write(chunked('POST', '/left'));
  await waitFor(() => open.has('/left'));
  socket.end();
  await once(socket, 'close');
  expect(await recordOf('/left')).toMatchObject({ status: 499, cause: 'client-gone' });
});

test('a form of bouncer’s own', async () => {
  const { socket, text } = client();
  const form = 'auth.localhost\r\nContent-Type: application/x-www-form-urlencoded';
  socket.write(chunked('POST', '/.bouncer/backchannel-logout').replace('app.localhost', form));
  await new Promise((resolve) => setTimeout(resolve, 200));
  socket.write('zz\r\n');
  await once(socket, 'close');
  expect(text()).toMatch(/^HTTP\/1\.1 400 /);
  expect(await recordOf('/.bouncer/backchannel-logout')).toMatchObject({
    status: 400,
    decision: 'refused',
    reason: 'malformed-request',
  });
});

describe('over HTTP/2', () => {
  let secure: Site;
  beforeAll(async () => {
    const upstream = (application.address() as AddressInfo).port;
    secure = await startSite({
      rules: rules(upstream),
      settings,
      tls: makeCertificate(makeFolder(), 'front'),
    });
  });
  afterAll(() => secure.close());

  const recorded = async (path: string): Promise<Readonly<Record<string, unknown>> | undefined> => {
    const find = () => secure.records().find((record) => record['path'] === path);
    await waitFor(() => find() !== undefined);
    return find();
  };

  test('a body that does not come', async () => {
    const session = connectHttp2(`https://localhost:${secure.port}`, { rejectUnauthorized: false });
    const authority = `app.localhost:${secure.port}`;
    const stream = session.request({ ':method': 'POST', ':path': '/silent', ':authority': authority });
    stream.on('error', () => {}).write('hello');
    await once(stream, 'close');
    expect(await recorded('/silent')).toMatchObject({ status: 408, cause: 'request-timeout' });
    session.destroy();
  });

  test.each([
    ['without an error', 0],
    ['with one', 8],
  ])('a stream that is reset %s is never a whole request', async (_name, code) => {
    const path = `/reset/${code}`;
    const socket = connectTls({
      ...{ port: secure.port, host: '127.0.0.1', ALPNProtocols: ['h2'], rejectUnauthorized: false },
    });
    socket.on('error', () => {}).resume();
    await once(socket, 'secureConnect');
    const authority = `app.localhost:${secure.port}`;
    const head = { ':method': 'POST', ':scheme': 'https', ':path': path, ':authority': authority };
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(
      Buffer.concat([frame(frameType.settings, 0, 0), headers(1, head), data(1, Buffer.from('half'))]),
    );
    await waitFor(() => open.has(path));
    socket.write(reset(1, code));
    await waitFor(() => !open.has(path));
    expect(whole.has(path)).toBe(false);
    expect(await recorded(path)).toMatchObject({ status: 499, cause: 'client-gone' });
    socket.destroy();
  });

  test.each([
    ['shorter', '50', [data(1, Buffer.from('more'), endStream)]],
    ['longer', '6', [data(1, Buffer.from('more'), endStream)]],
  ])('a body that is %s than announced is broken, and nobody left', async (name, length, rest) => {
    const path = `/length/${name}`;
    const socket = connectTls({
      ...{ port: secure.port, host: '127.0.0.1', ALPNProtocols: ['h2'], rejectUnauthorized: false },
    });
    socket.on('error', () => {}).resume();
    await once(socket, 'secureConnect');
    const authority = `app.localhost:${secure.port}`;
    const head = { ':method': 'POST', ':scheme': 'https', ':path': path, ':authority': authority };
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(
      Buffer.concat([
        frame(frameType.settings, 0, 0),
        headers(1, { ...head, 'content-length': length }),
        data(1, Buffer.from('half')),
      ]),
    );
    await waitFor(() => open.has(path));
    socket.write(Buffer.concat(rest));
    await waitFor(() => !open.has(path));
    expect(whole.has(path)).toBe(false);
    expect(await recorded(path)).toMatchObject({ status: 400, cause: 'malformed-request' });
    socket.destroy();
  });
});
