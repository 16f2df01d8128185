// Says every few seconds in the store that this process lives and which rules it runs. Failing to say so fails nothing.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { NodeReport } from './node-store.ts';
import type { Store } from './store.ts';

/** How often, milliseconds. */
const intervalMs = 5_000;
/** Who has said nothing for so long is forgotten, milliseconds. */
const forgetAfterMs = 3_600_000;

/** What of a report changes while the process lives. */
export type NodeState = Pick<NodeReport, 'authUrl' | 'rulesHash' | 'rulesFailure' | 'tunnelSessions'>;

export interface NodeAnnouncer {
  /** Says goodbye. */
  close(): Promise<void>;
}

/** @returns at once; the timer never keeps the process alive */
export function announceNode(store: Store, version: string, state: () => NodeState): NodeAnnouncer {
  const id = randomUUID();
  const name = `${hostname()}/${process.pid}`;
  const startedAtMs = store.now();
  let underWay: Promise<void> | null = null;
  const announce = async (): Promise<void> => {
    const nowMs = store.now();
    try {
      await store.nodes.announce(
        { id, name, version, startedAtMs, ...state() },
        nowMs,
        nowMs - forgetAfterMs,
      );
    } catch {
      // The next time; whether the store answers is told elsewhere.
    }
  };
  const tick = (): void => {
    underWay ??= announce().finally(() => {
      underWay = null;
    });
  };
  tick();
  const timer = setInterval(tick, intervalMs).unref();
  return {
    close: async () => {
      clearInterval(timer);
      await underWay;
      try {
        await store.nodes.withdraw(id);
      } catch {
        // It will be forgotten.
      }
    },
  };
}
