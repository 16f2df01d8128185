import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import type { RunningApp } from '../../src/demo/apps/app-server.ts';
import { startGit } from '../../src/demo/apps/git.ts';
import { startPhotos } from '../../src/demo/apps/photos.ts';
import { startWiki } from '../../src/demo/apps/wiki.ts';
import { type SigningIssuer, startSigningIssuer } from './signing-issuer.ts';

let issuer: SigningIssuer;
let apps: Readonly<Record<'wiki' | 'photos' | 'git', RunningApp>>;

beforeAll(async () => {
  issuer = await startSigningIssuer();
  apps = {
    wiki: await startWiki(issuer.issuer),
    photos: await startPhotos(issuer.issuer),
    git: await startGit(issuer.issuer),
  };
});

afterAll(async () => {
  for (const app of Object.values(apps)) await app.close();
  issuer.close();
});

async function open(name: keyof typeof apps, path: string, token?: string) {
  const headers: Record<string, string> = token === undefined ? {} : { 'X-Bouncer-Jwt-Assertion': token };
  const response = await fetch(`${apps[name].url}${path}`, { headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

describe('a sample application', () => {
  test('shows who the assertion says is asking', async () => {
    const { status, text } = await open('wiki', '/', await issuer.sign('wiki'));
    expect(status).toBe(200);
    expect(text).toContain('Hello, Ada');
    expect(text).toContain('ada@example.com');
    expect(text).toContain('engineering, admins');
    expect(text).toContain('pwd, hwk');
  });

  test('refuses an assertion for another application, a changed one and a made-up one', async () => {
    const token = await issuer.sign('photos');
    expect((await open('wiki', '/', token)).status).toBe(401);
    const own = await issuer.sign('wiki');
    expect((await open('wiki', '/', `${own.slice(0, -6)}AAAAAA`)).status).toBe(401);
    expect((await open('wiki', '/', 'e30.e30.')).status).toBe(401);
  });

  test('shows its open part to nobody in particular', async () => {
    const { status, text } = await open('wiki', '/public');
    expect(status).toBe(200);
    expect(text).toContain('You are nobody here');
  });

  test.each([
    ['wiki', '/admin', 'security key used'],
    ['wiki', '/deploy', 'How we deploy'],
    ['photos', '/', 'Our summer'],
    ['git', '/', 'Build log'],
  ] as const)('%s has %s', async (name, path, words) => {
    const { status, text, headers } = await open(name, path, await issuer.sign(name));
    expect(status).toBe(200);
    expect(text).toContain(words);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test('says so when there is no such page', async () => {
    expect((await open('photos', '/nothing', await issuer.sign('photos'))).status).toBe(404);
  });
});

describe('the build log', () => {
  const connect = (token: string | undefined, path = '/live') =>
    new WebSocket(`${apps.git.url.replace('http', 'ws')}${path}`, {
      headers: token === undefined ? {} : { 'X-Bouncer-Jwt-Assertion': token },
    });

  test('ticks over a WebSocket, answers pings and closes when asked', async () => {
    const socket = connect(await issuer.sign('git'));
    const first = await new Promise<string>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('message', (data) => resolve(String(data)));
    });
    expect(JSON.parse(first)).toMatchObject({ step: expect.stringContaining('checkout') });
    const pong = await new Promise<string>((resolve) => {
      socket.once('pong', (data) => resolve(String(data)));
      socket.ping('there?');
    });
    expect(pong).toBe('there?');
    const code = await new Promise<number>((resolve) => {
      socket.once('close', resolve);
      socket.close(1000);
    });
    expect(code).toBe(1000);
  });

  test.each(['without an assertion', 'for another application', 'at another path'])(
    'is not opened %s',
    async (how) => {
      const token =
        how === 'without an assertion'
          ? undefined
          : await issuer.sign(how === 'for another application' ? 'wiki' : 'git');
      const socket = connect(token, how === 'at another path' ? '/other' : '/live');
      await expect(
        new Promise((resolve, reject) => {
          socket.once('open', resolve);
          socket.once('error', reject);
        }),
      ).rejects.toThrow();
    },
  );
});
