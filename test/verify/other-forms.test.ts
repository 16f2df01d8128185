// The assertion in frameworks of Request and Response, and at a WebSocket: with a good one it goes on, with any other it is answered.
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import {
  type AssertedRequest,
  createFetchVerifier,
  requireAssertionOnUpgrade,
  type VerificationCode,
} from '../../src/verify.ts';
import { audience, type KeyServer, listen, startKeyServer } from './key-server.ts';

const header = 'X-Bouncer-Jwt-Assertion';
let keys: KeyServer;
beforeEach(async () => {
  keys = await startKeyServer();
});
afterEach(() => keys.close());

describe('a request of Fetch', () => {
  const request = (headers: [string, string][]) => new Request('https://wiki.example.com/', { headers });
  const check = (headers: [string, string][]) =>
    createFetchVerifier({ issuer: keys.origin, audience })(request(headers));

  test('says who is asking', async () => {
    const verdict = await check([[header, keys.mint()]]);
    expect(verdict).toMatchObject({ ok: true, assertion: { sub: expect.any(String), type: 'user' } });
  });

  test.each<[string, () => [string, string][], VerificationCode]>([
    ['none', () => [], 'missing'],
    ['an empty one', () => [[header, '']], 'malformed'],
    [
      'two',
      () => [
        [header, keys.mint()],
        [header, keys.mint()],
      ],
      'malformed',
    ],
    ['that of another application', () => [[header, keys.mint('photos')]], 'wrong_audience'],
    ['one in another header', () => [['Authorization', `Bearer ${keys.mint()}`]], 'missing'],
  ])('with %s is answered 401, without saying why', async (_, headers, code) => {
    const verdict = await check(headers());
    if (verdict.ok) throw new Error('it was let in');
    expect(verdict.error.code).toBe(code);
    expect(verdict.response.status).toBe(401);
    expect(verdict.response.headers.get('cache-control')).toBe('no-store');
    expect(await verdict.response.json()).toEqual({
      error: code === 'missing' ? 'assertion_missing' : 'assertion_invalid',
    });
  });

  test('while the keys cannot be read is answered 503', async () => {
    keys.answer = (_, response) => void response.writeHead(500).end();
    const verdict = await check([[header, keys.mint()]]);
    expect(verdict.ok ? 200 : verdict.response.status).toBe(503);
  });

  test('is refused at the start where an option is wrong', () => {
    expect(() => createFetchVerifier({ issuer: keys.origin, audience, header: 'a b' })).toThrow(TypeError);
    expect(() => createFetchVerifier({ issuer: 'http://auth.example.com', audience })).toThrow(TypeError);
  });
});

describe('a WebSocket', () => {
  let server: Server;
  let port: number;
  const refused: VerificationCode[] = [];
  beforeEach(async () => {
    refused.length = 0;
    const sockets = new WebSocketServer({ noServer: true });
    const guard = requireAssertionOnUpgrade({
      issuer: keys.origin,
      audience,
      onRefused: ({ code }) => void refused.push(code),
    });
    server = createServer();
    server.on('upgrade', (request: AssertedRequest, socket, head) =>
      guard(request, socket, () =>
        sockets.handleUpgrade(request, socket, head, (open) => open.send(request.assertion?.sub ?? 'nobody')),
      ),
    );
    port = await listen(server);
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const open = (headers: Record<string, string>): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers });
      socket.once('message', (data) => {
        socket.terminate();
        resolve(String(data));
      });
      socket.once('unexpected-response', (request, { statusCode }) => {
        request.destroy();
        resolve(`status ${statusCode}`);
      });
      socket.on('error', (error) => resolve(error.message));
    });

  test('opens with an assertion, and the application knows whose it is', async () => {
    expect(await open({ [header]: keys.mint() })).not.toMatch(/status|nobody|error/i);
  });

  test('is answered and ended without one', async () => {
    expect(await open({})).toBe('status 401');
    expect(await open({ [header]: keys.mint('photos') })).toBe('status 401');
    expect(refused).toEqual(['missing', 'wrong_audience']);
    keys.answer = (_, response) => void response.writeHead(500).end();
  });

  test('whose client leaves while the keys are read ends nothing else', async () => {
    const held: (() => void)[] = [];
    keys.answer = (_, response) => void held.push(() => response.writeHead(500).end());
    const token = keys.mint();
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${header}: ${token}\r\n\r\n`,
      );
    });
    socket.on('error', () => {});
    await expect.poll(() => held.length).toBe(1);
    socket.resetAndDestroy();
    for (const answer of held) answer();
    keys.answer = null;
    await expect.poll(() => refused).toEqual(['keys_unavailable']);
  });
});
