// Counts how often tokens are used, when and from where, and writes it in batches. Failing to write never fails a request.
import type { NewUses, TokenStore } from '../../store/token-store.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import { createWriteBehind } from '../write-behind.ts';

/** Rows in one transaction. */
const batchSize = 100;

export interface TokenUses {
  /** Only of tokens that the store knows: that bounds what is waiting. */
  record(id: string, nowMs: number, ip: string | null, country: string | null): void;
  /** Writes what is waiting and stops the timer. */
  close(): Promise<void>;
}

interface Waiting {
  count: number;
  lastUsedMs: number;
  ip: string | null;
  country: string | null;
}

/** @returns the recorder; its timer never keeps the process alive */
export function createTokenUses(store: TokenStore, telemetry: Pick<Telemetry, 'event'>): TokenUses {
  const waiting = new Map<string, Waiting>();

  const add = ({ id, count, lastUsedMs, ip, country }: NewUses): void => {
    const one = waiting.get(id);
    if (one === undefined) {
      waiting.set(id, { count, lastUsedMs, ip, country });
      return;
    }
    one.count += count;
    if (lastUsedMs < one.lastUsedMs) return;
    one.lastUsedMs = lastUsedMs;
    one.ip = ip;
    one.country = country;
  };

  const writeBatch = async (): Promise<boolean> => {
    const batch: NewUses[] = [];
    for (const [id, use] of waiting) {
      if (batch.length === batchSize) break;
      batch.push({ id, ...use });
    }
    if (batch.length === 0) return false;
    for (const { id } of batch) waiting.delete(id);
    try {
      await store.addUses(batch);
    } catch (error) {
      for (const use of batch) add(use);
      throw error;
    }
    return waiting.size > 0;
  };
  const writer = createWriteBehind({ action: 'record-token-uses', telemetry, writeBatch });

  return {
    record(id, nowMs, ip, country) {
      const one = waiting.get(id);
      if (one === undefined) {
        waiting.set(id, { count: 1, lastUsedMs: nowMs, ip, country });
        return;
      }
      one.count += 1;
      one.lastUsedMs = nowMs;
      one.ip = ip;
      one.country = country;
    },
    close: () => writer.close(),
  };
}
