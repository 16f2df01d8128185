// Keys at rest: sealed, bound to their row, opened only with a key of the settings, and sealed anew with another one.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealAnew, sealAtRest } from '../../src/store/seal-at-rest.ts';
import { sealingKeyOf } from '../../src/store/sealing-key.ts';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { keyStoreContract } from './key-store-contract.ts';
import { secretStoreContract } from './secret-store-contract.ts';

const [first, second] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')] as const;
const stored = {
  kid: 'one',
  algorithm: 'ES256',
  privateJwk: '{"d":"the-private-key"}',
  createdAtMs: 1,
  signsFromMs: 1,
  retiredAtMs: null,
};

let folder: string;
let plain: Store;
const opened: Store[] = [];

function openPlain(): Store {
  const store = createStore(join(folder, `data-${opened.length}`));
  opened.push(store);
  return store;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-seal-'));
  plain = openPlain();
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

keyStoreContract(() => {
  const store = sealAtRest(openPlain(), [first]);
  return { here: store.keys, there: store.keys };
});
secretStoreContract(() => {
  const store = sealAtRest(openPlain(), [first]);
  return { here: store.secrets, there: store.secrets };
});

describe('a store that is sealed at rest', () => {
  it('holds nothing of a key that could be read', async () => {
    const store = sealAtRest(plain, [first]);
    await store.keys.addKey(stored);
    const key = await sealingKeyOf(store.secrets);
    const atRest = JSON.stringify([
      await plain.keys.listKeys(),
      Buffer.from((await plain.secrets.findSecret('sealing')) ?? []).toString('latin1'),
    ]);
    expect(atRest).not.toContain('the-private-key');
    expect(atRest).not.toContain(Buffer.from(key).toString('latin1'));
    expect(await store.keys.listKeys()).toEqual([stored]);
  });

  it('opens with no other key, and says what to do', async () => {
    await sealAtRest(plain, [first]).keys.addKey(stored);
    await expect(async () => sealAtRest(plain, [second]).keys.listKeys()).rejects.toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringContaining('further_master_keys'),
    });
    expect(await sealAtRest(plain, [second, first]).keys.listKeys()).toEqual([stored]);
    expect(() => sealAtRest(plain, [])).toThrow(expect.objectContaining({ code: 'store_unavailable' }));
  });

  it('takes no key that somebody put there unsealed, changed, or moved from another row', async () => {
    const store = sealAtRest(plain, [first]);
    await store.keys.addKey(stored);
    const [sealed] = await plain.keys.listKeys();
    const text = sealed?.privateJwk ?? '';
    const flipped = text.slice(0, -3) + (text.at(-3) === 'A' ? 'B' : 'A') + text.slice(-2);
    for (const [kid, privateJwk] of [
      ['plain', stored.privateJwk],
      ['moved', text],
      ['changed', flipped],
      ['empty', ''],
      ['cut', text.slice(0, 30)],
    ] as const) {
      await plain.keys.addKey({ ...stored, kid, privateJwk });
      await expect(async () => store.keys.listKeys()).rejects.toMatchObject({ code: 'store_unavailable' });
      await plain.keys.removeKey(kid);
    }
    expect(await store.keys.listKeys()).toEqual([stored]);
    // A secret cannot stand for a signing key either.
    await plain.secrets.addSecret('sealing', Buffer.from(text));
    await expect(sealingKeyOf(store.secrets)).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('is sealed anew with a new master key, once, while the old one still opens', async () => {
    const old = sealAtRest(plain, [first, second]);
    await old.keys.addKey(stored);
    const key = await sealingKeyOf(old.secrets);
    expect(await sealAnew(plain, [second, first])).toBe(2);
    expect(await sealAnew(plain, [second, first])).toBe(0);
    // The bouncers that know both go on, and the new key alone is enough.
    for (const keys of [[first, second], [second]]) {
      const store = sealAtRest(plain, keys);
      expect(await store.keys.listKeys()).toEqual([stored]);
      expect([...(await sealingKeyOf(store.secrets))]).toEqual([...key]);
    }
    await expect(async () => sealAtRest(plain, [first]).keys.listKeys()).rejects.toThrow();
  });
});
