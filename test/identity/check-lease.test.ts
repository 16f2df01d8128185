import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BouncerError } from '../../src/bouncer-error.ts';
import { takeCheckLease, writeForSure } from '../../src/identity/login/check-lease.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { login, token } from '../store/session-store-contract.ts';

let folder: string;
let here: Store;
let there: Store;
const stored = login({ checkedAtMs: 1_000, expiresAtMs: Date.now() + 3_600_000 });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-lease-'));
  here = createStore(folder);
  there = createStore(folder);
  await here.sessions.createLogin(stored, token(), null);
});
afterEach(async () => {
  await here.close();
  await there.close();
  rmSync(folder, { recursive: true, force: true });
});

const checkedAt = async (): Promise<number> => (await there.sessions.findLogin(stored.id))?.checkedAtMs ?? 0;

describe('the right to ask a provider again', () => {
  it('is one process’s, and stays so for as long as it asks', async () => {
    const claim = { expectedCheckedAtMs: 1_000, recheckMs: 300, now: Date.now };
    const lease = await takeCheckLease(here.sessions, stored.id, claim);
    expect(lease).not.toBeNull();
    expect(await takeCheckLease(there.sessions, stored.id, claim)).toBeNull();
    const first = lease?.claimedAtMs ?? 0;
    // Several times as long as a claim alone would keep others away.
    await vi.waitFor(async () => expect((await checkedAt()) - first).toBeGreaterThan(900), {
      timeout: 20_000,
    });
    await lease?.stop();
    const last = await checkedAt();
    expect(lease?.claimedAtMs).toBe(last);
    // Whoever holds it no more renews it no more: others may ask once its time is over.
    expect(await there.sessions.claimCheck(stored.id, last, last + 1)).toBe(true);
    expect(await checkedAt()).toBe(last + 1);
  });
});

describe('what cannot be had a second time', () => {
  it('is written when the store is back', async () => {
    let failures = 3;
    const written = await writeForSure(async () => {
      if (failures-- > 0) throw new BouncerError('store_unavailable', 'gone');
      return here.sessions.claimCheck(stored.id, 1_000, 2_000);
    });
    expect(written).toBe(true);
    expect(await checkedAt()).toBe(2_000);
  });

  it('is not tried again after any other failure', async () => {
    let tries = 0;
    const work = writeForSure(async () => {
      tries += 1;
      throw new BouncerError('internal', 'broken');
    });
    await expect(work).rejects.toMatchObject({ code: 'internal' });
    expect(tries).toBe(1);
  });
});
