// Writes down when sessions were last used, in small batches, and forgets what expired. Failing to write never fails a request.
import type { Store } from '../../store/store.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import { createWriteBehind } from '../write-behind.ts';
import { endedTokenKeptMs } from './session-limits.ts';

/** Rows in one transaction: 0.6 ms of the event loop. */
const batchSize = 100;
/** How often expired rows are removed, milliseconds. */
const cleanIntervalMs = 60_000;
/** A use is written when the written one is at least this old, so that a busy session costs one write a minute. */
const precisionMs = 60_000;

export interface UseRecorder {
  /** @param idleLimitMs the idle time that applies: a tenth of it is the precision, at most a minute */
  record(loginId: string, nowMs: number, idleLimitMs: number): void;
  /** Writes all that is waiting: whoever asks the store afterwards hears of it. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface UseRecorderParts {
  readonly store: Store;
  readonly idleTimeoutMs: () => number;
  readonly telemetry: Pick<Telemetry, 'event'>;
  readonly now: () => number;
}

/** @returns the recorder; its timers never keep the process alive */
export function createUseRecorder(parts: UseRecorderParts): UseRecorder {
  const { store, telemetry } = parts;
  const waiting = new Map<string, number>();
  /** What was written lately; cleared with every cleaning, so that it stays small. */
  let written = new Map<string, number>();

  const writeBatch = async (): Promise<boolean> => {
    const batch = [...waiting].slice(0, batchSize);
    if (batch.length === 0) return false;
    for (const [id] of batch) waiting.delete(id);
    try {
      await store.sessions.touch(batch.map(([id, lastSeenMs]) => ({ id, lastSeenMs })));
    } catch (error) {
      // Kept for the next time, unless the session was used again meanwhile.
      for (const [id, lastSeenMs] of batch) if (!waiting.has(id)) waiting.set(id, lastSeenMs);
      throw error;
    }
    for (const [id, lastSeenMs] of batch) written.set(id, lastSeenMs);
    return waiting.size > 0;
  };
  const writer = createWriteBehind({ action: 'record-uses', telemetry, writeBatch });

  let isCleaningFailing = false;
  const clean = async (): Promise<void> => {
    written = new Map();
    const nowMs = parts.now();
    try {
      // What was written may lag behind what was seen: idle sessions get that much longer before they are forgotten.
      await store.sessions.removeExpired(nowMs, nowMs - parts.idleTimeoutMs() - 2 * precisionMs);
      await store.once.removeExpired(nowMs);
      await store.forms.removeExpired(nowMs, nowMs - endedTokenKeptMs);
      await store.access.removeExpired(nowMs);
      isCleaningFailing = false;
    } catch (error) {
      if (!isCleaningFailing)
        telemetry.event('store_failed', { action: 'remove-expired', ...causeOf(error) });
      isCleaningFailing = true;
    }
  };
  const cleaning = setInterval(() => void clean(), cleanIntervalMs).unref();

  return {
    record: (loginId, nowMs, idleLimitMs) => {
      const last = waiting.get(loginId) ?? written.get(loginId);
      // Also after the clock was put back: what was written then lies ahead.
      if (last !== undefined && Math.abs(nowMs - last) < Math.min(precisionMs, idleLimitMs / 10)) return;
      waiting.set(loginId, nowMs);
    },
    flush: () => writer.flush(),
    close: () => {
      clearInterval(cleaning);
      return writer.close();
    },
  };
}
