// What every adapter of ActStore must do.
import { describe, expect, it } from 'vitest';
import type { ActStore } from '../../src/store/act-store.ts';
import type { MaybePromise } from '../../src/store/maybe-promise.ts';

/** @param open two views of one fresh store, as two processes would have them */
export function actStoreContract(
  open: () => MaybePromise<{ readonly here: ActStore; readonly there: ActStore }>,
): void {
  describe('a store of acts', () => {
    it('gives what was added to whoever asks first, in its order, once', async () => {
      const { here, there } = await open();
      expect(await there.takeActs()).toEqual([]);
      for (const act of ['{"n":1}', '{"n":2}', 'é "quoted"']) await here.addAct(act);
      expect(await there.takeActs()).toEqual(['{"n":1}', '{"n":2}', 'é "quoted"']);
      for (const store of [here, there]) expect(await store.takeActs()).toEqual([]);
    });

    it('gives each to one of many that ask at once', async () => {
      const { here, there } = await open();
      const added = Array.from({ length: 20 }, (_, n) => String(n));
      for (const act of added) await here.addAct(act);
      const taken = await Promise.all([here, there, here, there].map(async (store) => store.takeActs()));
      expect(taken.flat().sort()).toEqual([...added].sort());
    });
  });
}
