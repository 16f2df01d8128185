import { createServer, request, type Server } from 'node:http';
import express from 'express';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AssertedRequest, requireAssertion, type VerificationCode } from '../../src/verify.ts';
import { audience, type KeyServer, listen, startKeyServer } from './key-server.ts';

let keys: KeyServer;
let servers: Server[];
let refused: VerificationCode[];
let reached: number;

beforeEach(async () => {
  keys = await startKeyServer();
  [servers, refused, reached] = [[], [], 0];
});
afterEach(async () => {
  for (const server of servers) server.close();
  await keys.close();
});

const options = () => ({
  issuer: keys.origin,
  audience,
  onRefused: (error: { readonly code: VerificationCode }) => void refused.push(error.code),
});

async function startExpress(change: { header?: string } = {}): Promise<number> {
  const app = express();
  app.use(requireAssertion({ ...options(), ...change }));
  app.get('/', (req, res) => {
    reached += 1;
    res.json({ sub: req.assertion?.sub });
  });
  const server = createServer(app);
  servers.push(server);
  return listen(server);
}

async function startPlain(): Promise<number> {
  const require = requireAssertion(options());
  const server = createServer((req: AssertedRequest, res) =>
    require(req, res, () => {
      reached += 1;
      res.end(JSON.stringify({ sub: req.assertion?.sub }));
    }),
  );
  servers.push(server);
  return listen(server);
}

/** The flat list goes out exactly so, doubled names included. */
function get(
  port: number,
  headers: readonly string[],
): Promise<{ status: number; body: string; headers: object }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, headers: ['Host', 'wiki.example.com', ...headers] };
    request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
      );
    })
      .on('error', reject)
      .end();
  });
}

const name = 'X-Bouncer-Jwt-Assertion';

test.each([
  ['Express', startExpress],
  ['plain node:http', startPlain],
])('%s: a current assertion passes, and the handler knows who is asking', async (_, start) => {
  const answer = await get(await start(), [name, keys.mint()]);
  expect(answer).toMatchObject({ status: 200, body: '{"sub":"alice-1"}' });
});

test.each([
  ['Express', startExpress],
  ['plain node:http', startPlain],
])('%s: without one the handler is never reached', async (_, start) => {
  const port = await start();
  expect(await get(port, [])).toMatchObject({
    status: 401,
    body: '{"error":"assertion_missing"}',
    headers: { 'www-authenticate': 'Bouncer-Assertion', 'cache-control': 'no-store' },
  });
  const invalid = { status: 401, body: '{"error":"assertion_invalid"}' };
  expect(await get(port, [name, 'rubbish'])).toMatchObject(invalid);
  expect(await get(port, [name, ''])).toMatchObject(invalid);
  expect(await get(port, [name, keys.mint('photos')])).toMatchObject(invalid);
  expect(await get(port, [name, keys.mint(), name, keys.mint()])).toMatchObject(invalid);
  expect(await get(port, [name, keys.mint(), name.toUpperCase(), 'other'])).toMatchObject(invalid);
  expect(await get(port, ['Authorization', `Bearer ${keys.mint()}`])).toMatchObject({ status: 401 });
  expect(reached).toBe(0);
  expect(refused).toEqual([
    'missing',
    'malformed',
    'malformed',
    'wrong_audience',
    'doubled',
    'doubled',
    'missing',
  ]);
});

test('keys that cannot be read: 503, and the handler is never reached', async () => {
  keys.answer = (_, response) => response.writeHead(500).end();
  const answer = await get(await startExpress(), [name, keys.mint()]);
  expect(answer).toMatchObject({
    status: 503,
    body: '{"error":"assertion_unverifiable"}',
    headers: { 'retry-after': '5' },
  });
  expect([reached, refused]).toEqual([0, ['keys_unavailable']]);
});

test('the name of the header can be another one, in any letters', async () => {
  const port = await startExpress({ header: 'X-Who' });
  expect(await get(port, ['x-WHO', keys.mint()])).toMatchObject({ status: 200 });
  expect(await get(port, [name, keys.mint()])).toMatchObject({ status: 401 });
});

test('an assertion that somebody else put on the request is taken off', async () => {
  const require = requireAssertion(options());
  const server = createServer((req: AssertedRequest, res) => {
    Object.assign(req, { assertion: { sub: 'root' } });
    require(req, res, () => {});
    res.on('finish', () => {
      reached = req.assertion === undefined ? 0 : 1;
    });
  });
  servers.push(server);
  expect(await get(await listen(server), [])).toMatchObject({ status: 401 });
  expect(reached).toBe(0);
});

test('a header name that cannot be one is a mistake at the start', () => {
  expect(() => requireAssertion({ ...options(), header: 'X Who' })).toThrow(TypeError);
});
