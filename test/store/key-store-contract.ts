// What every adapter of KeyStore must do.
import { describe, expect, it } from 'vitest';
import type { KeyStore, StoredKey } from '../../src/store/key-store.ts';
import type { MaybePromise } from '../../src/store/maybe-promise.ts';

function key(kid: string, createdAtMs: number): StoredKey {
  return {
    kid,
    algorithm: 'ES256',
    privateJwk: `{"kid":"${kid}"}`,
    createdAtMs,
    signsFromMs: createdAtMs + 1,
    retiredAtMs: null,
  };
}

/** @param open two views of one fresh store, as two processes would have them */
export function keyStoreContract(
  open: () => MaybePromise<{ readonly here: KeyStore; readonly there: KeyStore }>,
): void {
  describe('a key store', () => {
    it('lists keys exactly as they were added, oldest first, in every process', async () => {
      const { here, there } = await open();
      expect(await here.listKeys()).toEqual([]);
      await here.addKey(key('young', 2));
      await there.addKey(key('old', 1));
      for (const store of [here, there])
        expect(await store.listKeys()).toEqual([key('old', 1), key('young', 2)]);
    });

    it('adds a key id once', async () => {
      const { here, there } = await open();
      expect(await here.addKey(key('one', 1))).toBe(true);
      expect(await there.addKey(key('one', 2))).toBe(false);
      expect(await here.listKeys()).toEqual([key('one', 1)]);
    });

    it('changes the times that are named, and no others', async () => {
      const { here, there } = await open();
      await here.addKey(key('one', 1));
      expect(await here.updateKey('one', { retiredAtMs: 9 })).toBe(true);
      expect(await there.listKeys()).toEqual([{ ...key('one', 1), retiredAtMs: 9 }]);
      expect(await here.updateKey('one', { signsFromMs: 5 })).toBe(true);
      expect(await there.listKeys()).toEqual([{ ...key('one', 1), signsFromMs: 5, retiredAtMs: 9 }]);
      expect(await here.updateKey('one', { retiredAtMs: null })).toBe(true);
      expect(await there.listKeys()).toEqual([{ ...key('one', 1), signsFromMs: 5 }]);
      expect(await here.updateKey('unknown', { retiredAtMs: 9 })).toBe(false);
    });

    it('removes a key once', async () => {
      const { here, there } = await open();
      await here.addKey(key('one', 1));
      expect(await there.removeKey('one')).toBe(true);
      expect(await here.removeKey('one')).toBe(false);
      expect(await here.listKeys()).toEqual([]);
    });

    it('tells other processes of every change by its version', async () => {
      const { here, there } = await open();
      const versions = [await there.keysVersion()];
      await here.addKey(key('one', 1));
      versions.push(await there.keysVersion());
      await here.updateKey('one', { retiredAtMs: 9 });
      versions.push(await there.keysVersion());
      await here.removeKey('one');
      versions.push(await there.keysVersion());
      expect(new Set(versions).size).toBe(4);
      expect(await there.keysVersion()).toBe(versions[3]);
    });
  });
}
