// What every adapter of SecretStore must do.
import { describe, expect, it } from 'vitest';
import type { MaybePromise } from '../../src/store/maybe-promise.ts';
import { sealingKeyOf } from '../../src/store/sealing-key.ts';
import type { SecretStore } from '../../src/store/secret-store.ts';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

/** @param open two views of one fresh store, as two processes would have them */
export function secretStoreContract(
  open: () => MaybePromise<{ readonly here: SecretStore; readonly there: SecretStore }>,
): void {
  describe('a secret store', () => {
    it('keeps the first secret of a name, byte by byte, for every process', async () => {
      const { here, there } = await open();
      expect(await here.findSecret('one')).toBeNull();
      expect(await here.addSecret('one', bytes(0, 255, 10, 92, 39))).toBe(true);
      expect(await there.addSecret('one', bytes(2))).toBe(false);
      for (const store of [here, there])
        expect([...((await store.findSecret('one')) ?? [])]).toEqual([0, 255, 10, 92, 39]);
      expect(await there.findSecret('two')).toBeNull();
    });

    it('replaces a secret only by who knows it', async () => {
      const { here, there } = await open();
      await here.addSecret('one', bytes(1));
      expect(await there.replaceSecret('one', bytes(9), bytes(2))).toBe(false);
      expect(await there.replaceSecret('one', bytes(1), bytes(2))).toBe(true);
      expect(await there.replaceSecret('two', bytes(1), bytes(2))).toBe(false);
      expect([...((await here.findSecret('one')) ?? [])]).toEqual([2]);
    });

    it('makes one sealing key, whoever asks first', async () => {
      const { here, there } = await open();
      const keys = await Promise.all([here, there, here, there].map((store) => sealingKeyOf(store)));
      expect(keys[0]).toHaveLength(32);
      for (const key of keys) expect([...key]).toEqual([...(keys[0] ?? [])]);
      expect(new Set(keys[0]).size).toBeGreaterThan(4);
    });
  });
}
