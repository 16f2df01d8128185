// Bouncer below a path of an Express or connect application judges the whole address, and none that somebody changed.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Site, startSite } from '../fixtures/running-site.ts';

type Next = () => void;
type Handler = (req: IncomingMessage, res: ServerResponse, next: Next) => void;

let site: Site;
const cookies = { alice: '', admin: '' };
const closing: (() => void)[] = [];

beforeAll(async () => {
  site = await startSite({
    rules: `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
    paths:
      - { path: /admin, policies: [{ name: admins, action: allow, include: [{ group: admins }] }] }
      - { path: /public, policies: [{ name: open, action: bypass, include: [everyone] }] }
`,
  });
  for (const who of ['alice', 'admin'] as const) {
    const { browser } = await site.logIn(who, site.at('wiki.localhost'));
    cookies[who] = browser.cookieFor(site.at('wiki.localhost')) ?? '';
  }
});

afterAll(async () => {
  for (const close of closing) close();
  await site.close();
});

/** Who gets what at an address, and what the application was asked for. */
async function serve(build: (guard: Handler) => Handler) {
  const seen: string[] = [];
  const guard = site.bouncer.middleware() as Handler;
  const handler = build((req, res, next) =>
    guard(req, res, () => {
      seen.push(req.url ?? '');
      next();
    }),
  );
  const server = createServer((req, res) => {
    handler(req, res, () => {
      res.statusCode = 404;
      res.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    seen,
    async ask(who: 'alice' | 'admin', path: string): Promise<number> {
      const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, {
        headers: { host: `wiki.localhost:${site.port}`, accept: 'application/json', cookie: cookies[who] },
      });
      await body.dump();
      return statusCode;
    },
  };
}

const ok: Handler = (_req, res) => void res.end('ok');

/** As connect mounts: it takes the path off `url`, keeps `originalUrl`, and says nothing of what it took off. */
function connectMount(path: string, handler: Handler): Handler {
  return (req, res, next) => {
    const mounted = req as IncomingMessage & { originalUrl?: string };
    mounted.originalUrl ??= req.url ?? '';
    if (!req.url?.startsWith(path)) return next();
    const rest = path === '/' ? req.url : req.url.slice(path.length);
    req.url = rest.startsWith('/') ? rest : `/${rest}`;
    handler(req, res, next);
  };
}

const mounts: readonly (readonly [string, (guard: Handler) => Handler])[] = [
  ['at the root', (guard) => express().use(guard).use(ok) as unknown as Handler],
  ['below a path', (guard) => express().use('/admin', guard, ok).use(guard, ok) as unknown as Handler],
  [
    'in a nested router',
    (guard) => {
      const inner = express.Router().use('/', guard, ok);
      const outer = express.Router().use('/secret', inner).use(guard, ok);
      return express().use('/admin', outer).use(guard, ok) as unknown as Handler;
    },
  ],
  [
    'in a nested application',
    (guard) => express().use('/admin', express().use(guard, ok)).use(guard, ok) as unknown as Handler,
  ],
  [
    'below a path with a parameter',
    (guard) => express().use('/:area', guard, ok).use(guard, ok) as unknown as Handler,
  ],
  [
    'at the root of connect',
    (guard) => connectMount('/', (req, res) => guard(req, res, () => ok(req, res, () => {}))),
  ],
];

describe.each(mounts)('the middleware %s', (_name, build) => {
  it('judges the whole address', async () => {
    const { ask, seen } = await serve(build);
    for (const path of ['/admin', '/admin?x=1', '/admin/', '/admin/secret', '/admin/secret/deep?x']) {
      expect([path, await ask('alice', path)]).toEqual([path, 403]);
      expect([path, await ask('admin', path)]).toEqual([path, 200]);
    }
    expect(await ask('alice', '/page')).toBe(200);
    expect(seen).toHaveLength(6);
  });
});

const changes: readonly (readonly [string, (guard: Handler) => Handler])[] = [
  [
    'a rewrite in front of it',
    (guard) =>
      express()
        .use((req, _res, next) => {
          req.url = req.url.replace(/^\/public/, '');
          next();
        })
        .use(guard, ok) as unknown as Handler,
  ],
  [
    'a rewrite below a mount path',
    (guard) => {
      const rewrite: Handler = (req, _res, next) => {
        req.url = '/';
        next();
      };
      return express().use('/public', rewrite, guard, ok) as unknown as Handler;
    },
  ],
  [
    'a mount path of connect',
    (guard) => connectMount('/public', (req, res) => guard(req, res, () => ok(req, res, () => {}))),
  ],
];

describe.each(changes)('behind %s', (_name, build) => {
  it('refuses, since nobody knows what the address means', async () => {
    const { ask, seen } = await serve(build);
    expect(await ask('alice', '/public/admin/secret')).toBe(500);
    expect(seen).toEqual([]);
  });
});

it('the handler below a path judges and forwards the whole address', async () => {
  const { ask } = await serve(() => express().use('/admin', site.bouncer.handler) as unknown as Handler);
  site.upstream.seen.length = 0;
  expect(await ask('alice', '/admin/secret')).toBe(403);
  expect(await ask('admin', '/admin/secret?x')).toBe(200);
  expect(site.upstream.seen.map(({ url }) => url)).toEqual(['/admin/secret?x']);
});
