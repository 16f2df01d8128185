// Writes in batches, one after another, what need not be in the store at once. Failing to write never fails a request.
import { setImmediate } from 'node:timers/promises';
import { causeOf } from '../telemetry/cause-of.ts';
import type { Telemetry } from '../telemetry/request-record.ts';

/** How often what is waiting is written, milliseconds. */
const flushIntervalMs = 3_000;

export interface WriteBehind {
  /** Writes what is waiting. What was waiting when it was called is in the store afterwards, or the failure is in the log. */
  flush(): Promise<void>;
  /** Stops the timer and writes the rest. */
  close(): Promise<void>;
}

/**
 * @param parts.action what the log calls it when the store fails
 * @param parts.writeBatch takes one batch and writes it; on a failure it takes the batch back and throws. Returns whether more is waiting
 * @returns the writer; its timer never keeps the process alive
 */
export function createWriteBehind(parts: {
  readonly action: string;
  readonly telemetry: Pick<Telemetry, 'event'>;
  readonly writeBatch: () => Promise<boolean>;
}): WriteBehind {
  const { action, telemetry, writeBatch } = parts;
  let isFailing = false;
  let underWay: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  const writeAll = async (): Promise<void> => {
    try {
      // An embedded store keeps requests waiting while it writes.
      while (await writeBatch()) await setImmediate();
      isFailing = false;
    } catch (error) {
      if (!isFailing) telemetry.event('store_failed', { action, ...causeOf(error) });
      isFailing = true;
    }
  };
  const flush = (): Promise<void> => {
    if (underWay === null) {
      underWay = writeAll().finally(() => {
        underWay = null;
      });
      return underWay;
    }
    // The batch that is under way is not waiting any more, and not in the store yet either. One more turn is enough for all who ask.
    next ??= underWay.then(() => {
      next = null;
      return flush();
    });
    return next;
  };
  const timer = setInterval(() => {
    if (underWay === null) void flush();
  }, flushIntervalMs).unref();

  return {
    flush,
    close: () => {
      clearInterval(timer);
      return flush();
    },
  };
}
