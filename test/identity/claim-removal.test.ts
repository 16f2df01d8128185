import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { claimRemoval } from '../../src/identity/login/claim-removal.ts';
import type { LoginStep } from '../../src/identity/login/login-step.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';

const refusal: LoginStep = { kind: 'redirect', location: '/', setCookies: [] };

function openStore() {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-claim-'));
  const store = createStore(join(folder, 'data'));
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return store;
}

/** What a person has, in a store that takes a moment for every answer. */
function keep(...ids: readonly string[]) {
  const kept = new Set(ids);
  const moment = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    kept,
    look: (id: string) => async () => {
      await moment();
      const isOther = [...kept].some((one) => one !== id);
      return kept.has(id) && isOther ? { id } : refusal;
    },
    remove: async (id: string) => {
      await moment();
      kept.delete(id);
    },
  };
}

test('of the last two things that are taken back in one moment one stays', async () => {
  const store = openStore();
  const { kept, look, remove } = keep('a', 'b');
  const takeBack = async (id: string) => {
    const found = await claimRemoval({ store }, ['passkey', 'p'], look(id));
    if (found !== null && 'id' in found) await remove(id);
    return found;
  };
  const found = await Promise.all([takeBack('a'), takeBack('b')]);
  expect(found.filter((one) => one === null)).toHaveLength(1);
  expect(kept.size).toBe(1);
});

test('the removal of another person, or of another kind of thing, waits for nobody', async () => {
  const store = openStore();
  const { look } = keep('a', 'b');
  for (const of of [
    ['passkey', 'p'],
    ['passkey', 'q'],
    ['hardware-key', 'p'],
  ] as const)
    expect(await claimRemoval({ store }, of, look('a'))).toEqual({ id: 'a' });
});

test('what may not go keeps nothing else from going', async () => {
  const store = openStore();
  const { look } = keep('a', 'b');
  expect(await claimRemoval({ store }, ['passkey', 'p'], look('c'))).toBe(refusal);
  expect(await claimRemoval({ store }, ['passkey', 'p'], look('a'))).toEqual({ id: 'a' });
});
