// Counts how often tokens are used, when and from where, and writes it in batches. Failing to write never fails a request.
import type { NewUses, TokenStore } from '../../store/token-store.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';

/** How often uses are written, milliseconds. */
const flushIntervalMs = 3_000;
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
  let isFailing = false;
  let writing: Promise<void> | null = null;

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
      isFailing = false;
      return waiting.size > 0;
    } catch (error) {
      for (const use of batch) add(use);
      if (!isFailing) telemetry.event('store_failed', { action: 'record-token-uses', ...causeOf(error) });
      isFailing = true;
      return false;
    }
  };
  const writeAll = async (): Promise<void> => {
    while (await writeBatch());
  };
  const flush = (): Promise<void> => {
    writing ??= writeAll().finally(() => {
      writing = null;
    });
    return writing;
  };
  const timer = setInterval(() => void flush(), flushIntervalMs).unref();

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
    async close() {
      clearInterval(timer);
      await writing;
      await flush();
    },
  };
}
