// What every adapter of NodeStore must do.
import { describe, expect, it } from 'vitest';
import type { MaybePromise } from '../../src/store/maybe-promise.ts';
import type { NodeReport, NodeStore } from '../../src/store/node-store.ts';

function report(id: string, changes: Partial<NodeReport> = {}): NodeReport {
  return {
    id,
    name: `machine-${id}`,
    version: '1.0.0',
    rulesHash: 'abc',
    rulesFailure: null,
    startedAtMs: 1,
    ...changes,
  };
}

/** @param open two views of one fresh store, as two processes would have them */
export function nodeStoreContract(
  open: () => MaybePromise<{ readonly here: NodeStore; readonly there: NodeStore }>,
): void {
  describe('a node store', () => {
    it('tells every process what each last said of itself, in the order of their names', async () => {
      const { here, there } = await open();
      await there.announce(report('b'), 100, 0);
      await here.announce(report('a', { authUrl: 'https://auth.example.com' }), 110, 0);
      await there.announce(report('b', { rulesHash: 'def', rulesFailure: 'bad' }), 120, 0);
      for (const store of [here, there])
        expect(await store.listNodes()).toEqual([
          { ...report('a', { authUrl: 'https://auth.example.com' }), seenAtMs: 110 },
          { ...report('b', { rulesHash: 'def', rulesFailure: 'bad' }), seenAtMs: 120 },
        ]);
    });

    it('forgets who has not spoken for long, and who says goodbye', async () => {
      const { here, there } = await open();
      for (const [id, nowMs] of [
        ['old', 10],
        ['gone', 50],
      ] as const)
        await here.announce(report(id), nowMs, 0);
      await there.announce(report('new'), 60, 20);
      await there.withdraw('gone');
      await there.withdraw('unknown');
      expect((await here.listNodes()).map(({ id }) => id)).toEqual(['new']);
    });
  });
}
