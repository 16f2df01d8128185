// What ends a login ends it at once, even while the store cannot be written, and is written when it can be.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { keepPendingEnds } from '../../src/store/pending-ends.ts';
import type { LoginSelection } from '../../src/store/session-store.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { login, sessionStoreContract, token } from './session-store-contract.ts';

let folder: string;
let store: Store;
let other: DatabaseSync;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-store-'));
  store = keepPendingEnds(createStore(folder));
  other = new DatabaseSync(join(folder, 'bouncer.sqlite'), { timeout: 5_000 });
});

afterEach(async () => {
  if (other.isTransaction) other.exec('ROLLBACK');
  other.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const lock = (): void => other.exec('BEGIN IMMEDIATE');
const unlock = (): void => other.exec('ROLLBACK');
const rows = (): number => Number(other.prepare('SELECT count(*) AS n FROM login').get()?.['n']);

sessionStoreContract(() => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bouncer-store-'));
  const [here, there] = [keepPendingEnds(createStore(dataDir)), createStore(dataDir)];
  onTestFinished(async () => {
    await here.close();
    await there.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return { here: here.sessions, there: there.sessions };
});

describe('while another process holds the store', () => {
  it.each<[string, (made: ReturnType<typeof login>) => LoginSelection]>([
    ['by its id', ({ id }) => ({ by: 'id', id })],
    ['by address', ({ identity }) => ({ by: 'email', email: identity.email ?? '' })],
    ['by person', ({ identity }) => ({ by: 'subject', idp: identity.idp, sub: identity.sub })],
    [
      'by the provider, who names a session that it never told us',
      ({ identity: { idp, sub } }) => ({ by: 'provider-session', idp, sub, sid: 's1' }),
    ],
    ['with all others', () => ({ by: 'all' })],
  ])(
    'a login that is ended %s is ended here at once, and there when it can be',
    async (_name, selectionOf) => {
      const made = login({ email: 'a@example.com', createdAtMs: Date.now() - 1_000 });
      const hostToken = token();
      await store.sessions.createLogin(made, hostToken, null);
      const before = await store.sessions.version();
      lock();
      await expect((async () => store.sessions.endLogins(selectionOf(made)))()).rejects.toThrow(
        'cannot be written',
      );
      expect(await store.sessions.findByToken(hostToken.hash)).toBeNull();
      expect(await store.sessions.findLogin(made.id)).toBeNull();
      expect(await store.sessions.version()).not.toBe(before);
      expect(store.sessions.isUnchangedSince(made.id, before)).toBe(false);
      unlock();
      await vi.waitFor(() => expect(rows()).toBe(0), { timeout: 20_000, interval: 100 });
      expect(await store.sessions.findByToken(hostToken.hash)).toBeNull();
    },
  );

  it.each<[string, string | null, boolean]>([
    ['this session of this person', 'a', true],
    ['this session', null, true],
    ['this session of another person', 'b', false],
  ])('a provider that ends %s ends the login that is of it, and no other', async (_name, sub, isEnded) => {
    const made = login({ sub: 'a', providerSid: 's1' });
    const sibling = login({ sub: 'a', providerSid: 's2' });
    for (const one of [made, sibling]) await store.sessions.createLogin(one, token(), null);
    lock();
    const { idp } = made.identity;
    await expect(
      (async () => store.sessions.endLogins({ by: 'provider-session', idp, sub, sid: 's1' }))(),
    ).rejects.toThrow();
    expect((await store.sessions.findLogin(made.id)) === null).toBe(isEnded);
    expect(await store.sessions.findLogin(sibling.id)).not.toBeNull();
    unlock();
  });

  it('a token that is removed is gone at once', async () => {
    const made = login();
    const hostToken = token();
    await store.sessions.createLogin(made, hostToken, null);
    lock();
    await expect((async () => store.sessions.removeToken(hostToken.hash))()).rejects.toThrow();
    expect(await store.sessions.findByToken(hostToken.hash)).toBeNull();
    expect(await store.sessions.findLogin(made.id)).not.toBeNull();
    unlock();
  });

  it('a login that is made afterwards is not ended by what waits', async () => {
    await store.sessions.createLogin(login({ createdAtMs: Date.now() - 1_000 }), token(), null);
    lock();
    await expect((async () => store.sessions.endLogins({ by: 'all' }))()).rejects.toThrow();
    unlock();
    const later = login({ createdAtMs: Date.now() + 1_000 });
    const hostToken = token();
    await store.sessions.createLogin(later, hostToken, null);
    expect(await store.sessions.findByToken(hostToken.hash)).not.toBeNull();
    await vi.waitFor(() => expect(rows()).toBe(1), { timeout: 20_000, interval: 100 });
    expect(await store.sessions.findByToken(hostToken.hash)).not.toBeNull();
  });

  it('what is read after it is as good as ever, and what was read before is not', async () => {
    const [ended, kept] = [login({ createdAtMs: 1 }), login({ createdAtMs: 1 })];
    for (const one of [ended, kept]) await store.sessions.createLogin(one, token(), null);
    const before = await store.sessions.version();
    lock();
    await expect((async () => store.sessions.endLogins({ by: 'id', id: ended.id }))()).rejects.toThrow();
    expect(store.sessions.isUnchangedSince(kept.id, before)).toBe(false);
    const after = await store.sessions.version();
    expect(store.sessions.isUnchangedSince(kept.id, before)).toBe(false);
    expect(store.sessions.isUnchangedSince(kept.id, after)).toBe(true);
    unlock();
    await vi.waitFor(() => expect(rows()).toBe(1), { timeout: 20_000, interval: 100 });
    expect(store.sessions.isUnchangedSince(kept.id, after)).toBe(false);
    const written = await store.sessions.version();
    expect(store.sessions.isUnchangedSince(kept.id, written)).toBe(true);
  });

  it('reads go on, writes fail without waiting after the first, and operators are told until it is over', async () => {
    const made = login();
    const hostToken = token();
    await store.sessions.createLogin(made, hostToken, null);
    lock();
    const startedMs = performance.now();
    let failed = 0;
    const put = async (key: string): Promise<void> => {
      await store.once.put(key, 'value', 1);
    };
    await expect(put('first')).rejects.toThrow('locked');
    for (let i = 0; i < 200; i++) {
      await put(`key-${i}`).catch(() => {
        failed += 1;
      });
      expect(await store.sessions.findByToken(hostToken.hash)).not.toBeNull();
    }
    expect(failed).toBe(200);
    // The first is tried for a second; each waiting as long, they would take minutes.
    expect(performance.now() - startedMs).toBeLessThan(60_000);
    expect(store.status().warnings['store']).toContain('nobody can log in');
    expect(store.status().warnings['store']).toContain('another process holds the store');
    unlock();
    await vi.waitFor(() => expect(store.status().warnings).toEqual({}), { timeout: 20_000, interval: 100 });
  });
});
