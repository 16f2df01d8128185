// What every adapter of HardwareKeyStore must do.
import { describe, expect, it } from 'vitest';
import type { HardwareKeyStore, StoredHardwareKey } from '../../src/store/hardware-key-store.ts';
import type { MaybePromise } from '../../src/store/maybe-promise.ts';

let made = 0;

export function hardwareKey(own: Partial<StoredHardwareKey> = {}): StoredHardwareKey {
  made += 1;
  return {
    id: `credential-${made}`,
    idp: 'company',
    sub: `person-${made}`,
    email: 'alice@example.com',
    label: 'My "blue" key',
    publicKey: 'pQECAyYg',
    signCount: 0,
    aaguid: '01020304-0506-0708-0102-030405060708',
    attestedBy: null,
    transports: ['usb', 'nfc'],
    rpId: 'example.com',
    createdAtMs: 1_000 + made,
    lastUsedMs: null,
    ...own,
  };
}

/** @param open two views of one fresh store, as two processes would have them */
export function hardwareKeyStoreContract(
  open: () => MaybePromise<{ readonly here: HardwareKeyStore; readonly there: HardwareKeyStore }>,
): void {
  describe('a hardware key store', () => {
    it('finds a key by its id in every process, exactly as it was enrolled', async () => {
      const { here, there } = await open();
      const bare = hardwareKey({ email: null, transports: [], rpId: null });
      const full = hardwareKey({ attestedBy: 'ab'.repeat(32), signCount: 4_294_967_295, lastUsedMs: 5_000 });
      for (const key of [bare, full]) expect(await here.addKey(key, 5)).toBe(true);
      for (const store of [here, there]) {
        expect(await store.findKey(bare.id)).toEqual(bare);
        expect(await store.findKey(full.id)).toEqual(full);
        expect(await store.findKey('another')).toBeNull();
      }
    });

    it('knows the keys of one person at one provider alone, oldest first', async () => {
      const { here, there } = await open();
      const [second, first] = [
        hardwareKey({ sub: 'alice', createdAtMs: 2_000 }),
        hardwareKey({ sub: 'alice', createdAtMs: 1_000 }),
      ];
      const others = [hardwareKey({ sub: 'alice', idp: 'another' }), hardwareKey({ sub: 'bob' })];
      for (const key of [second, first, ...others]) await here.addKey(key, 5);
      expect(await there.keysOf('company', 'alice')).toEqual([first, second]);
      expect(await there.keysOf('company', 'nobody')).toEqual([]);
    });

    it('adds no key of an id that is there, whoever has it, and none above the limit of a person', async () => {
      const { here, there } = await open();
      const key = hardwareKey({ sub: 'alice' });
      expect(await here.addKey(key, 2)).toBe(true);
      expect(await there.addKey({ ...key, sub: 'mallory', publicKey: 'other' }, 2)).toBe(false);
      expect(await there.findKey(key.id)).toEqual(key);
      const more = Array.from({ length: 6 }, () => hardwareKey({ sub: 'alice' }));
      const added = await Promise.all(more.map(async (one, n) => (n % 2 ? here : there).addKey(one, 2)));
      expect(added.filter(Boolean)).toHaveLength(1);
      expect(await here.keysOf('company', 'alice')).toHaveLength(2);
    });

    it('writes a use whose counter went up, and none whose counter did not', async () => {
      const { here, there } = await open();
      const key = hardwareKey({ signCount: 7 });
      await here.addKey(key, 5);
      expect(await there.recordUse(key.id, 8, 3_000)).toBe(true);
      for (const count of [8, 7, 0]) expect(await here.recordUse(key.id, count, 4_000)).toBe(false);
      expect(await here.findKey(key.id)).toEqual({ ...key, signCount: 8, lastUsedMs: 3_000 });
      expect(await here.recordUse('another', 9, 4_000)).toBe(false);
    });

    it('lets one of two uses with the same counter through', async () => {
      const { here, there } = await open();
      const key = hardwareKey({ signCount: 1 });
      await here.addKey(key, 5);
      const both = await Promise.all([here.recordUse(key.id, 2, 3_000), there.recordUse(key.id, 2, 3_000)]);
      expect(both.filter(Boolean)).toHaveLength(1);
    });

    it('takes keys that do not count as they are, and moves no time back', async () => {
      const { here } = await open();
      const key = hardwareKey();
      await here.addKey(key, 5);
      expect(await here.recordUse(key.id, 0, 3_000)).toBe(true);
      expect(await here.recordUse(key.id, 0, 2_000)).toBe(true);
      expect((await here.findKey(key.id))?.lastUsedMs).toBe(3_000);
      expect(await here.recordUse(key.id, 1, 4_000)).toBe(true);
      expect(await here.recordUse(key.id, 0, 5_000)).toBe(false);
    });

    it('removes a key of the person who has it, once, everywhere', async () => {
      const { here, there } = await open();
      const key = hardwareKey({ sub: 'alice' });
      await here.addKey(key, 5);
      expect(await there.removeKey('company', 'mallory', key.id)).toBe(false);
      expect(await there.removeKey('another', 'alice', key.id)).toBe(false);
      expect(await there.removeKey('company', 'alice', key.id)).toBe(true);
      expect(await here.removeKey('company', 'alice', key.id)).toBe(false);
      expect(await here.findKey(key.id)).toBeNull();
    });

    it('lists all keys by address and then oldest first', async () => {
      const { here, there } = await open();
      const bob = hardwareKey({ sub: 'bob', email: 'bob@example.com' });
      const [old, young] = [hardwareKey({ sub: 'alice' }), hardwareKey({ sub: 'alice' })];
      const nameless = hardwareKey({ email: null });
      for (const key of [young, bob, nameless, old]) await here.addKey(key, 5);
      expect(await there.listKeys()).toEqual([nameless, old, young, bob]);
    });
  });
}
