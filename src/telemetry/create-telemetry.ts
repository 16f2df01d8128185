// Writes request records and events to one stream, and counts them for the metrics. It decides nothing and keeps no secrets.
import sonicBoom from 'sonic-boom';
import type { Settings } from '../settings/settings.ts';
import { renderRequestLine } from './log-line.ts';
import { renderPrettyEvent, renderPrettyRequest } from './pretty-line.ts';
import { createRequestCounters, type RequestCounters } from './request-counters.ts';
import type { EventFields, EventName, RequestRecord, Telemetry } from './request-record.ts';

export interface LogStream {
  write(line: string): unknown;
}

export interface ClosableTelemetry extends Telemetry {
  readonly counters: RequestCounters;
  /** Write out what is buffered; call before the process ends. */
  flush(): void;
}

/** How long a line may wait in the buffer, milliseconds: one write for many requests. */
const flushEveryMs = 100;
const levels = { debug: 20, info: 30, warn: 40, error: 50 } as const;

/**
 * Create the log and the counters.
 *
 * @param log the settings' `log` part
 * @param stream where lines go; standard output when absent, buffered for at most 100 ms
 * @param isColored whether the pretty format may use ANSI colours
 */
export function createTelemetry(
  log: Settings['log'],
  stream: LogStream | undefined,
  isColored: boolean,
): ClosableTelemetry {
  const standardOutput =
    stream === undefined
      ? new sonicBoom.SonicBoom({
          fd: 1,
          sync: false,
          minLength: 16_384,
          maxWrite: 65_536,
          periodicFlush: flushEveryMs,
        })
      : null;
  const out: LogStream = stream ?? (standardOutput as LogStream);
  const counters = createRequestCounters();
  const threshold = levels[log.level];
  const isPretty = log.format === 'pretty';
  let clockMs = 0;
  let clockText = '';
  const timeText = (): string => {
    const nowMs = Date.now();
    if (nowMs !== clockMs) {
      clockMs = nowMs;
      clockText = new Date(nowMs).toISOString();
    }
    return clockText;
  };

  return {
    counters,
    request(record: RequestRecord): void {
      counters.count(record);
      const level = record.status >= 500 ? (record.status === 503 ? 'warn' : 'error') : 'info';
      if (levels[level] < threshold) return;
      const time = timeText();
      out.write(
        isPretty ? renderPrettyRequest(record, time, isColored) : renderRequestLine(record, time, level),
      );
    },
    event(level, name: EventName, fields: EventFields): void {
      if (levels[level] < threshold) return;
      const time = timeText();
      out.write(
        isPretty
          ? renderPrettyEvent(level, name, fields, time, isColored)
          : `${JSON.stringify({ time, level, event: name, ...fields })}\n`,
      );
    },
    flush(): void {
      try {
        standardOutput?.flushSync();
      } catch {
        // Nobody reads standard output any more; there is nowhere left to say so.
      }
    },
  };
}
