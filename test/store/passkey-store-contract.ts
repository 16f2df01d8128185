// What every adapter of PasskeyStore must do.
import { describe, expect, it } from 'vitest';
import type { MaybePromise } from '../../src/store/maybe-promise.ts';
import type { PasskeyStore, StoredPasskey } from '../../src/store/passkey-store.ts';

let made = 0;

export function passkey(own: Partial<StoredPasskey> = {}): StoredPasskey {
  made += 1;
  return {
    id: `passkey-${made}`,
    email: 'mom@family.example',
    label: 'My "phone"',
    publicKey: 'pQECAyYg',
    signCount: 0,
    isBackupEligible: true,
    isBreakGlass: false,
    rpId: 'family.example',
    createdAtMs: 1_000 + made,
    expiresAtMs: null,
    lastUsedMs: null,
    ...own,
  };
}

/** @param open two views of one fresh store, as two processes would have them */
export function passkeyStoreContract(
  open: () => MaybePromise<{ readonly here: PasskeyStore; readonly there: PasskeyStore }>,
): void {
  describe('a passkey store', () => {
    it('finds a passkey in every process, exactly as it was enrolled, and adds no second one of its id', async () => {
      const { here, there } = await open();
      const plain = passkey({ rpId: null });
      const full = passkey({
        ...{ isBackupEligible: false, isBreakGlass: true, signCount: 4_294_967_295 },
        ...{ expiresAtMs: 9_000, lastUsedMs: 5_000 },
      });
      for (const one of [plain, full]) expect(await here.addPasskey(one)).toBe(true);
      expect(await there.addPasskey({ ...plain, email: 'mallory@evil.example' })).toBe(false);
      for (const store of [here, there]) {
        expect(await store.findPasskey(plain.id)).toEqual(plain);
        expect(await store.findPasskey(full.id)).toEqual(full);
        expect(await store.findPasskey('another')).toBeNull();
      }
    });

    it('lists all by address and then oldest first, or those of one address', async () => {
      const { here, there } = await open();
      const [old, young] = [passkey(), passkey()];
      const dad = passkey({ email: 'dad@family.example' });
      for (const one of [young, dad, old]) await here.addPasskey(one);
      expect(await there.listPasskeys()).toEqual([dad, old, young]);
      expect(await there.listPasskeys('mom@family.example')).toEqual([old, young]);
      expect(await there.listPasskeys('nobody@family.example')).toEqual([]);
    });

    it('writes a use whose counter went up, or that does not count, once, and of none that is gone', async () => {
      const { here, there } = await open();
      const [counting, plain] = [passkey({ signCount: 7 }), passkey()];
      for (const one of [counting, plain]) await here.addPasskey(one);
      const both = [here, there].map(async (store) => store.recordPasskeyUse(counting.id, 8, 3_000));
      expect((await Promise.all(both)).filter(Boolean)).toHaveLength(1);
      expect(await there.recordPasskeyUse(counting.id, 7, 4_000)).toBe(false);
      expect(await here.findPasskey(counting.id)).toEqual({ ...counting, signCount: 8, lastUsedMs: 3_000 });
      expect(await there.recordPasskeyUse(counting.id, null, 2_500)).toBe(true);
      expect(await here.findPasskey(counting.id)).toEqual({ ...counting, signCount: 8, lastUsedMs: 3_000 });
      expect(await here.recordPasskeyUse('another', null, 2_500)).toBe(false);
      expect(await there.recordPasskeyUse(plain.id, 0, 3_000)).toBe(true);
      expect(await there.recordPasskeyUse(plain.id, 0, 2_000)).toBe(true);
      expect((await here.findPasskey(plain.id))?.lastUsedMs).toBe(3_000);
      expect(await there.removePasskey(plain.id)).toBe(true);
      expect(await here.removePasskey(plain.id)).toBe(false);
      expect(await here.recordPasskeyUse(plain.id, 0, 5_000)).toBe(false);
    });
  });
}
