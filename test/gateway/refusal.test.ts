// A refusal on the wire: what it varies by, whoever says so.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { type RenderRefusal, sendRefusal } from '../../src/gateway/refusal.ts';

const view: Parameters<RenderRefusal>[0] = {
  reason: 'no-policy-matched',
  requestId: 'r',
  application: null,
  email: null,
  emailFault: null,
  denial: null,
  isLoggedIn: false,
  opensNothing: false,
  askHref: null,
  hostAuthUrl: 'https://auth.example.com',
  retryPath: null,
  language: 'de',
};

async function varyOf(
  wantsPage: boolean,
  extraHeaders: Readonly<Record<string, string>>,
): Promise<string | null> {
  const server = createServer((_, res) => {
    const answer = { view, wantsPage, closes: true, isHead: false, extraHeaders };
    const page = { html: '<p>', headers: { Vary: 'Accept-Language', 'Content-Language': 'de' } };
    sendRefusal(
      res,
      answer,
      () => page,
      () => {},
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { headers } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  server.close();
  return headers.get('vary');
}

test('a page varies by language, and by origin too where scripts of other origins may read it', async () => {
  expect(await varyOf(true, {})).toBe('Accept-Language');
  expect(await varyOf(true, { Vary: 'Origin' })).toBe('Origin, Accept-Language');
});

test('JSON is the same in every language', async () => {
  expect(await varyOf(false, {})).toBeNull();
  expect(await varyOf(false, { Vary: 'Origin' })).toBe('Origin');
});
