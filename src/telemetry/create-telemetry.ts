// Writes request records and events to one stream, and counts them for the metrics. It decides nothing and keeps no secrets.
import type { Settings } from '../settings/settings.ts';
import { type EventFields, levelOf } from './events.ts';
import { renderRequestLine } from './log-line.ts';
import { renderPrettyEvent, renderPrettyRequest } from './pretty-line.ts';
import { createRequestCounters, type RequestCounters } from './request-counters.ts';
import type { RequestRecord, Telemetry } from './request-record.ts';
import { openStandardOutput } from './standard-output.ts';

export interface LogStream {
  write(line: string): unknown;
}

/** Where the lines go, and how. */
export interface LogOutput {
  /** Standard output when absent, buffered for at most 100 ms. */
  readonly stream?: LogStream | undefined;
  /** Whether a person reads it as it comes: then lines for people are the default. */
  readonly isTerminal?: boolean | undefined;
  /** Whether the pretty format may use ANSI colours. */
  readonly isColored?: boolean | undefined;
}

export interface ClosableTelemetry extends Telemetry {
  readonly counters: RequestCounters;
  /** Write out what is buffered, in at most a second: the last thing before the process, or its part in a host, ends. */
  flush(): Promise<void>;
}

const levels = { debug: 20, info: 30, warn: 40, error: 50 } as const;

/**
 * Create the log and the counters.
 *
 * @param log the settings' `log` part
 * @param output standard output without colours by default
 */
export function createTelemetry(log: Settings['log'], output: LogOutput = {}): ClosableTelemetry {
  const { stream, isColored = false, isTerminal = false } = output;
  const standardOutput =
    stream === undefined
      ? openStandardOutput((count) => telemetry.event('log_dropped', { lines: count }))
      : null;
  const out: LogStream = stream ?? (standardOutput as LogStream);
  /** A log that cannot be written turns nobody away and lets nobody in: requests go on without it. */
  const write = (line: string): void => {
    try {
      out.write(line);
    } catch {
      // There is nowhere left to say so.
    }
  };
  const counters = createRequestCounters();
  const threshold = levels[log.level];
  const isPretty = (log.format ?? (isTerminal ? 'pretty' : 'json')) === 'pretty';
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

  const telemetry: ClosableTelemetry = {
    counters,
    request(record: RequestRecord): void {
      counters.count(record);
      const level = record.status >= 500 ? (record.status === 503 ? 'warn' : 'error') : 'info';
      if (levels[level] < threshold) return;
      const time = timeText();
      write(
        isPretty ? renderPrettyRequest(record, { time, isColored }) : renderRequestLine(record, time, level),
      );
    },
    event(name, fields: EventFields): void {
      const level = levelOf(name, fields);
      if (levels[level] < threshold) return;
      const time = timeText();
      write(
        isPretty
          ? renderPrettyEvent(level, name, fields, { time, isColored })
          : `${JSON.stringify({ time, level, event: name, ...fields })}\n`,
      );
    },
    async flush(): Promise<void> {
      await standardOutput?.finish();
    },
  };
  return telemetry;
}
