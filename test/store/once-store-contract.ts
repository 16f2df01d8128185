// What every adapter of OnceStore must do.
import { describe, expect, it } from 'vitest';
import type { MaybePromise } from '../../src/store/maybe-promise.ts';
import type { OnceStore } from '../../src/store/once-store.ts';

/** @param open two views of one fresh store, as two processes would have them */
export function onceStoreContract(
  open: () => MaybePromise<{ readonly here: OnceStore; readonly there: OnceStore }>,
): void {
  describe('a once store', () => {
    it('marks for exactly one caller until the marker expires', async () => {
      const { here, there } = await open();
      expect(await here.mark('m', 100, 1)).toBe(true);
      expect(await there.mark('m', 100, 1)).toBe(false);
      expect(await there.mark('m', 100, 99)).toBe(false);
      expect(await there.mark('m', 200, 100)).toBe(true);
      expect(await here.mark('m', 200, 150)).toBe(false);
    });

    it('knows what stands and has not expired', async () => {
      const { here, there } = await open();
      await here.mark('m', 100, 1);
      expect(await there.has('m', 99)).toBe(true);
      expect(await there.has('m', 100)).toBe(false);
      expect(await there.has('other', 1)).toBe(false);
    });

    it('shows a value as often as one looks, until it is taken or expires', async () => {
      const { here, there } = await open();
      await here.put('code', 'value', 100);
      for (const store of [here, there, here]) expect(await store.look('code', 99)).toBe('value');
      expect(await here.look('code', 100)).toBeNull();
      expect(await here.take('code', 1)).toBe('value');
      expect(await there.look('code', 1)).toBeNull();
      await here.mark('m', 100, 1);
      expect(await here.look('m', 1)).toBeNull();
    });

    it('gives a value to exactly one taker', async () => {
      const { here, there } = await open();
      await here.put('code', 'value', 100);
      const takes = await Promise.all([there.take('code', 1), here.take('code', 1), there.take('code', 1)]);
      expect(takes.filter((taken) => taken === 'value')).toHaveLength(1);
      expect(takes.filter((taken) => taken === null)).toHaveLength(2);
    });

    it('gives nothing that expired, and no marker for a value', async () => {
      const { here } = await open();
      await here.put('code', 'value', 100);
      expect(await here.take('code', 100)).toBeNull();
      await here.mark('m', 100, 1);
      expect(await here.take('m', 1)).toBeNull();
      expect(await here.mark('m', 100, 1)).toBe(false);
    });

    it('lets a budget be spent so often and no more, by all of them together', async () => {
      const { here, there } = await open();
      const spent = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? here : there).spend('b', 7, 100, 1)),
      );
      expect(spent.filter(Boolean)).toHaveLength(7);
      expect(await here.spend('other', 7, 100, 1)).toBe(true);
      expect(await here.spend('none', 0, 100, 1)).toBe(false);
    });

    it('begins a budget anew when it expired, and not later because it is used', async () => {
      const { here, there } = await open();
      expect(await here.spend('b', 2, 100, 1)).toBe(true);
      expect(await there.spend('b', 2, 190, 90)).toBe(true);
      expect(await here.spend('b', 2, 199, 99)).toBe(false);
      expect(await here.spend('b', 2, 200, 100)).toBe(true);
      expect(await there.spend('b', 2, 299, 199)).toBe(true);
      expect(await there.spend('b', 2, 299, 199)).toBe(false);
      expect(await here.removeExpired(200)).toBe(1);
    });

    it('forgets what expired, and nothing else', async () => {
      const { here } = await open();
      await here.mark('old', 100, 1);
      await here.put('code', 'value', 101);
      expect(await here.removeExpired(100)).toBe(1);
      expect(await here.take('code', 100)).toBe('value');
    });
  });
}
