// Requests as real clients write them, byte by byte through a whole bouncer: what is unusual and means one thing gets through, as it came.
import { connect as connectHttp2, type Http2Session } from 'node:http2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchangeRaw, wireBytes } from '../attacks/raw-exchange.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { cleanUp, makeCertificate, makeFolder } from '../front/front-fixture.ts';

const rules = `
applications:
  - name: app
    host: app.localhost
    upstream: UPSTREAM
    policies: [{ name: open, action: bypass, include: [everyone] }]
  - name: files
    host: files.localhost
    upstream: UPSTREAM
    path_spelling: opaque
    policies: [{ name: open, action: bypass, include: [everyone] }]
  - name: dav
    hosts: [dav.localhost, "*.dav.localhost"]
    upstream: UPSTREAM
    rewrite_location: true
    policies: [{ name: open, action: bypass, include: [everyone] }]
  - name: inner
    host: inner.localhost
    upstream: UPSTREAM
    rewrite_location: true
    upstream_options: { host_header: "inner.internal:8000" }
    policies: [{ name: open, action: bypass, include: [everyone] }]
  - name: papers
    host: papers.localhost
    upstream: UPSTREAM
    path_spelling: opaque
    policies: [{ name: people, action: allow, include: [authenticated] }]
`;
const head = (line: string, fields = ''): string =>
  `${line} HTTP/1.1\r\nHost: app.localhost\r\n${fields}\r\n`;

let site: Site;
beforeAll(async () => {
  site = await startSite({ rules });
});
afterAll(async () => {
  await site.close();
  await cleanUp();
});

const send = (text: string, wanted = 1) => exchangeRaw(site.port, wireBytes(text), { wanted });
const lastSeen = () => site.upstream.seen.at(-1);

/** What the application got in a field, as bytes. */
const gotField = (name: string): string | undefined => {
  const raw = lastSeen()?.rawHeaders ?? [];
  const at = raw.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  return at === -1 ? undefined : raw[at + 1];
};

describe('what RFCs compare without case', () => {
  test('a body in `Chunked` arrives whole, framed anew', async () => {
    const answer = await send(`${head('PUT /a', 'Transfer-Encoding: Chunked\r\n')}5\r\nhello\r\n0\r\n\r\n`);
    expect(answer.responses.map(({ status }) => status)).toEqual([200]);
    expect(lastSeen()).toMatchObject({ method: 'PUT', body: 'hello' });
    expect(gotField('transfer-encoding')).toBe('chunked');
  });

  test('`Expect: 100-Continue` and `Connection: Close` are what they are in lower case', async () => {
    const fields = 'Content-Length: 2\r\nExpect: 100-Continue\r\nConnection: Close\r\n';
    const answer = await send(`${head('PUT /b', fields)}hi`);
    expect(answer.received).toContain('HTTP/1.1 100 Continue');
    expect(answer.responses[0]?.status).toBe(200);
    expect(lastSeen()?.body).toBe('hi');
  });
});

describe('bytes from 0x80', () => {
  const name = Buffer.from('attachment; filename="résumé.pdf"').toString('latin1');

  test('reach the application as they came, where nobody here reads the field', async () => {
    const answer = await send(head('GET /c', `Content-Disposition: ${name}\r\nX-File: \u00ff\u0085\r\n`));
    expect(answer.responses[0]?.status).toBe(200);
    expect(gotField('content-disposition')).toBe(name);
    expect(gotField('x-file')).toBe('\u00ff\u0085');
  });

  test('in the name of a program reach the application; the log shows what is ASCII', async () => {
    const answer = await send(head('GET /d', 'User-Agent: Caf\u00e9/1\r\n'));
    expect(answer.responses[0]?.status).toBe(200);
    expect(gotField('user-agent')).toBe('Caf\u00e9/1');
    expect(site.records().find(({ path }) => path === '/d')).toMatchObject({ user_agent: 'Caf?/1' });
  });

  test('are refused in a field that decides something', async () => {
    const before = site.upstream.seen.length;
    for (const field of ['Origin: http://a.test\u00ff', 'Expect: \u00e9', 'Connection: close\u00a0']) {
      const answer = await send(head('GET /e', `${field}\r\n`));
      expect(answer.responses[0]?.status).toBe(400);
      expect(answer.isClosed).toBe(true);
    }
    expect(site.upstream.seen.length).toBe(before);
  });

  test('pass over HTTP/2 too', async () => {
    const secure = await startSite({ rules, tls: makeCertificate(makeFolder(), 'h2') });
    let session: Http2Session | null = null;
    try {
      const client = connectHttp2(`https://localhost:${secure.port}`, { rejectUnauthorized: false });
      session = client;
      const stream = client.request({
        ':path': '/h2',
        ':authority': `app.localhost:${secure.port}`,
        'content-disposition': name,
      });
      const status = await new Promise<unknown>((resolve, reject) => {
        stream.once('response', (fields) => resolve(fields[':status']));
        stream.once('error', reject);
      });
      expect(status).toBe(200);
      stream.resume();
      expect(secure.upstream.seen[0]?.headers['content-disposition']).toBe(name);
    } finally {
      session?.destroy();
      await secure.close();
    }
  });
});

describe('a WebSocket handshake', () => {
  const handshake = (more: string): string =>
    head(
      'GET /ws',
      `Connection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}`,
    );

  test('that says that it has no body is one, and the application does not hear of it', async () => {
    const answer = await send(handshake('Content-Length: 0\r\n'));
    expect(answer.received).toContain('HTTP/1.1 101 ');
    expect(lastSeen()?.url).toBe('/ws');
    expect(gotField('content-length')).toBeUndefined();
  });

  test('that has a body is refused', async () => {
    for (const body of ['Content-Length: 5\r\n', 'Transfer-Encoding: Chunked\r\n']) {
      const answer = await send(`${handshake(body)}hello`);
      expect(answer.received).toMatch(/^HTTP\/1\.1 400 .*upgrade-with-body/s);
    }
  });
});

describe('addresses of this host in fields', () => {
  const on = (host: string, line: string, fields: string): string =>
    `${line} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`;

  test('`Destination` names the application as the application sees itself', async () => {
    for (const [host, written, seen] of [
      ['dav.localhost', 'https://dav.localhost/b%20c?x', `http://dav.localhost:${site.port}/b%20c?x`],
      ['a.dav.localhost', 'HTTP://A.DAV.localhost/b', `http://a.dav.localhost:${site.port}/b`],
      ['inner.localhost', 'https://inner.localhost/b', 'http://inner.internal:8000/b'],
      ['inner.localhost', '/b/c', '/b/c'],
    ] as const) {
      const answer = await send(on(host, 'MOVE /a', `Destination: ${written}\r\n`));
      expect(answer.responses[0]?.status).toBe(200);
      expect(gotField('destination')).toBe(seen);
    }
    const before = site.upstream.seen.length;
    for (const written of [
      'https://other.localhost/b',
      'https://dav.localhost:1/b',
      'https://inner.localhost/.bouncer/x',
    ]) {
      const answer = await send(on('inner.localhost', 'COPY /a', `Destination: ${written}\r\n`));
      expect(answer.responses[0]?.status).toBe(400);
    }
    expect(site.upstream.seen.length).toBe(before);
    await send(on('inner.localhost', 'GET /a', 'Destination: https://elsewhere.test/\r\n'));
    expect(gotField('destination')).toBe('https://elsewhere.test/');
  });

  test.each([
    ['dav.localhost', 'UPSTREAM/login', 'ORIGIN/login'],
    ['dav.localhost', 'http://dav.localhost:PORT/a', 'ORIGIN/a'],
    ['inner.localhost', 'http://inner.internal:8000/a', 'ORIGIN/a'],
    ['inner.localhost', 'https://elsewhere.test/a', 'https://elsewhere.test/a'],
    ['app.localhost', 'UPSTREAM/login', 'UPSTREAM/login'],
  ])('`Location` at %s: %s is read as %s', async (host, written, read) => {
    const fill = (text: string): string =>
      text
        .replace('UPSTREAM', site.upstream.url)
        .replace('PORT', String(site.port))
        .replace('ORIGIN', `http://${host}:${site.port}`);
    const path = `/locate?${encodeURIComponent(fill(written))}`;
    const { responses } = await send(on(host, `GET ${path}`, ''));
    const fields = responses[0]?.rawHeaders ?? [];
    const fieldOf = (name: string): string | undefined => fields[fields.indexOf(name) + 1];
    expect(responses[0]?.status).toBe(302);
    expect([fieldOf('Location'), fieldOf('Content-Location')]).toEqual([fill(read), fill(read)]);
  });
});

describe('a path that is not text', () => {
  const unclear = ['/caf%E9', '/a%0Db', '/a%09b', '/100%', '/a%00?q=%'];
  const onFiles = (line: string, fields = ''): string =>
    `${line} HTTP/1.1\r\nHost: files.localhost\r\n${fields}\r\n`;

  test('reaches an application that takes every spelling, as sent', async () => {
    for (const path of unclear) {
      const answer = await send(onFiles(`GET ${path}`));
      expect(answer.responses[0]?.status).toBe(200);
      expect(lastSeen()?.url).toBe(path);
    }
    const answer = await send(onFiles('MOVE /a%E9', `Destination: /b%E9\r\n`));
    expect(answer.responses[0]?.status).toBe(200);
    expect(gotField('destination')).toBe('/b%E9');
  });

  test('is refused by every other application, and closes the connection', async () => {
    const before = site.upstream.seen.length;
    for (const path of unclear) {
      const answer = await send(head(`GET ${path}`));
      expect(answer.responses[0]?.status).toBe(400);
      expect(answer.isClosed).toBe(true);
    }
    const moved = await send(head('MOVE /a', 'Destination: /b%E9\r\n'));
    expect(moved.responses[0]?.status).toBe(400);
    expect(site.upstream.seen.length).toBe(before);
  });

  test('never leads to bouncer’s own addresses, nor past them', async () => {
    const before = site.upstream.seen.length;
    for (const path of [
      '/.bouncer/%E9',
      '/.bouncer%0D/identity',
      '/.bounc%E9er/identity',
      '/%2ebouncer%00/certs',
    ]) {
      const answer = await send(onFiles(`GET ${path}`));
      expect(answer.responses[0]?.status).toBe(400);
      const moved = await send(onFiles('MOVE /a', `Destination: ${path}\r\n`));
      expect(moved.responses[0]?.status).toBe(400);
    }
    expect(site.upstream.seen.length).toBe(before);
  });

  test('is where a person comes back to after the login', async () => {
    const url = site.at('papers.localhost', '/caf%E9/%E8?x=1');
    const { response } = await site.logIn('alice', url);
    expect(response.status).toBe(200);
    expect(lastSeen()?.url).toBe('/caf%E9/%E8?x=1');
  });
});

test('junk behind a good request takes nothing from it: the answer, the refusal, and both in the log', async () => {
  const answer = await send(`${head('POST /good', 'Content-Length: 2\r\n')}hi\u0001junk\r\n\r\n`, 2);
  expect(answer.responses.map(({ status }) => status)).toEqual([200, 400]);
  expect(answer.isClosed).toBe(true);
  const good = site.records().find(({ path }) => path === '/good');
  expect(good).toMatchObject({ status: 200, decision: 'allow' });
  expect(good).not.toHaveProperty('cause');
  expect(site.records().at(-1)).toMatchObject({ status: 400, reason: 'malformed-request' });
});
