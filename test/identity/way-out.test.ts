// Providers behind the proxy of a network (`HTTPS_PROXY`): they are asked through it, prove their own names all the same, and a proxy that
// does not let them be reached is told as what it is.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createLimitedFetch, type LimitedFetch } from '../../src/identity/limited-fetch.ts';
import { createCertificates } from '../upstream/forward/certificates.ts';

const certificates = createCertificates();
const provider = createServer(certificates.issue('idp', 'DNS:idp.example.com'), (req, res) => {
  res
    .setHeader('content-type', 'application/json')
    .end(JSON.stringify({ path: req.url, method: req.method }));
});
const asked: { readonly target: string; readonly authorization: string | undefined }[] = [];
/** Leads everybody to the one provider, whatever the name: names of tests are in no DNS. */
let refusal: string | null = null;
/** What it says in place of an answer to the next one who asks, and leaves it at that; `null`: it answers. */
let unfinished: string | null = null;
const open = new Set<Socket>();
const proxy = createHttpServer().on('connect', (req, socket) => {
  asked.push({ target: req.url ?? '', authorization: req.headers['proxy-authorization'] });
  if (unfinished !== null) {
    open.add(socket as Socket);
    socket.write(unfinished);
    unfinished = null;
    return;
  }
  if (refusal !== null) {
    socket.end(`HTTP/1.1 ${refusal}\r\nContent-Length: 0\r\n\r\n`);
    return;
  }
  const onward = connect((provider.address() as AddressInfo).port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    onward.pipe(socket).pipe(onward);
  });
  for (const one of [onward, socket as Socket]) {
    open.add(one);
    one.on('error', () => one.destroy());
  }
});
const issuer = new URL('https://idp.example.com');
const fetchers: LimitedFetch[] = [];
const fetcher = (env: Readonly<Record<string, string>>, ca: string | null = certificates.ca.toString()) => {
  const made = createLimitedFetch(issuer, ca, env);
  fetchers.push(made);
  return made;
};
const proxyAddress = (login = ''): string =>
  `http://${login}127.0.0.1:${(proxy.address() as AddressInfo).port}`;

beforeAll(async () => {
  for (const server of [provider, proxy]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
});
afterEach(async () => {
  refusal = null;
  unfinished = null;
  asked.length = 0;
  for (const made of fetchers.splice(0)) await made.close();
});
afterAll(() => {
  for (const socket of open) socket.destroy();
  for (const server of [provider, proxy]) {
    server.close();
    server.closeAllConnections();
  }
  certificates.remove();
});

test('a provider is asked through it, with its login', async () => {
  const { fetch } = fetcher({ HTTPS_PROXY: proxyAddress('bouncer:s%40cret@') });
  const answer = await fetch('https://idp.example.com/.well-known/openid-configuration', {});
  expect(await answer.json()).toEqual({ path: '/.well-known/openid-configuration', method: 'GET' });
  const token = await fetch('https://idp.example.com/token', { method: 'POST', body: 'code=1' });
  expect(await token.json()).toEqual({ path: '/token', method: 'POST' });
  const authorization = `Basic ${Buffer.from('bouncer:s@cret').toString('base64')}`;
  expect(asked[0]).toEqual({ target: 'idp.example.com:443', authorization });
  expect(new Set(asked.map((one) => JSON.stringify(one))).size).toBe(1);
});

test('it has to prove its own name behind the proxy', async () => {
  const { fetch } = fetcher({ HTTPS_PROXY: proxyAddress() });
  await expect(fetch('https://other.example.com/', {})).rejects.toMatchObject({
    code: 'provider_unavailable',
    message: expect.stringContaining('its certificate is for another name'),
  });
  const { fetch: untrusting } = fetcher({ HTTPS_PROXY: proxyAddress() }, null);
  await expect(untrusting('https://idp.example.com/', {})).rejects.toMatchObject({
    message: expect.stringContaining('of an authority that this machine does not know'),
  });
});

test('NO_PROXY and loopback go around it', async () => {
  const env = { HTTPS_PROXY: proxyAddress(), NO_PROXY: '.invalid' };
  await expect(fetcher(env).fetch('https://idp.invalid/', {})).rejects.toThrow('cannot be reached');
  const { port } = provider.address() as AddressInfo;
  const local = fetcher({ HTTPS_PROXY: proxyAddress() });
  await expect(local.fetch(`https://localhost:${port}/`, {})).rejects.toThrow('for another name');
  expect(asked).toEqual([]);
});

describe('a proxy that does not lead there is told as that', () => {
  test.each([
    ['407 Proxy Authentication Required', 'it answered with status 407', 'it wants a login'],
    ['403 Forbidden', 'it answered with status 403', '`NO_PROXY`'],
    ['502 Bad Gateway', 'it answered with status 502', '`NO_PROXY`'],
  ])('%s', async (status, cause, hint) => {
    refusal = status;
    const { fetch } = fetcher({ HTTPS_PROXY: proxyAddress('bouncer:s3cret@') });
    const error = await fetch('https://idp.example.com/', {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringContaining(cause),
      hint: expect.stringContaining(hint),
    });
    expect(JSON.stringify([(error as Error).message, (error as { hint?: string }).hint])).not.toContain(
      's3cret',
    );
  });

  test('something else than a proxy listens', async () => {
    unfinished = 'SSH-2.0-OpenSSH_10.0\r\n';
    const { fetch } = fetcher({ HTTPS_PROXY: proxyAddress() });
    await expect(fetch('https://idp.example.com/', {})).rejects.toMatchObject({
      message: expect.stringContaining('what answered does not speak HTTP'),
      hint: expect.stringContaining('`https://HOST:PORT`'),
    });
  });

  test('nobody listens', async () => {
    const { fetch } = fetcher({ HTTPS_PROXY: 'http://127.0.0.1:1' });
    await expect(fetch('https://idp.example.com/', {})).rejects.toMatchObject({
      message:
        '`https://idp.example.com` cannot be reached through the proxy `127.0.0.1:1`: the proxy itself does not answer (ECONNREFUSED)',
      hint: expect.stringContaining('`HTTPS_PROXY`'),
    });
  });

  test.each([
    ['nothing at all', ''],
    ['the beginning of an answer', 'HTTP/1.1 200 '],
  ])('%s comes from it, and the next question goes through', async (_, text) => {
    const { fetch } = fetcher({ HTTPS_PROXY: proxyAddress() });
    unfinished = text;
    await expect(fetch('https://idp.example.com/', {})).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringContaining('it did not say in time whether it leads there'),
    });
    expect((await fetch('https://idp.example.com/', {})).status).toBe(200);
  });

  test.each([
    ['socks5://127.0.0.1:1', '`HTTPS_PROXY` names a socks5: proxy'],
    ['http://a:p%ss@h', '`HTTPS_PROXY` is not an address'],
  ])('%s', async (HTTPS_PROXY, cause) => {
    await expect(fetcher({ HTTPS_PROXY }).fetch('https://idp.example.com/', {})).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: cause,
    });
  });
});
