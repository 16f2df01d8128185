// How many sessions a person may have, also where several are made at the same moment.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogin } from '../../src/identity/login/write-login.ts';
import { createSealer } from '../../src/identity/sealer.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { login } from '../store/session-store-contract.ts';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-most-'));
  store = createStore(folder);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

it.each([1, 2, 3])(
  '%i of those that are made at the same moment stay, and the newest is one of them',
  async (most) => {
    const count = 5;
    let created = 0;
    let release = (): void => {};
    const all = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Every login is in the store before the first looks what others there are.
    const sessions = new Proxy(store.sessions, {
      get: (target, name) =>
        name === 'list'
          ? async (...args: Parameters<typeof target.list>) => {
              created += 1;
              if (created === count) release();
              await all;
              return target.list(...args);
            }
          : Reflect.get(target, name).bind(target),
    });
    const context = {
      store: { ...store, sessions },
      settings: { session: { durationMs: 86_400_000, maxPerPerson: most } },
      sealer: createSealer(new Uint8Array(32)),
      telemetry: { event: () => {} },
    } as never;
    const { identity } = login();
    const answer = { identity, providerSid: null, idToken: null, refreshToken: null, sources: {} };
    const request = { providerDigest: 'digest' };
    const visit = (nowMs: number) => ({ host: 'auth.example.com', nowMs, ip: null, userAgent: 'x' });
    const written = await Promise.all(
      // Two of them in the same millisecond.
      [1, 2, 3, 4, 4].map((ms) =>
        createLogin(context, visit(1_000_000 + ms) as never, { request, answer, ended: [] } as never, null),
      ),
    );
    const left = (await store.sessions.list()).map((one) => one.login.id);
    expect(left).toHaveLength(most);
    const newest = written
      .slice(3)
      .map(({ id }) => id)
      .sort();
    expect(left).toContain(newest.at(-1));
  },
);
