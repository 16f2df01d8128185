// Finds all that a log says about one request: its record and the events that have its number, in a log of JSON lines or of
// lines for people. Other lines, cut lines and foreign lines are passed over.
import { parseRecord } from '../source/is-record.ts';
import type { LoggedEvent, LoggedRequest } from './logged-line.ts';
import { parsePrettyLine } from './pretty-log.ts';

/** What a log says about numbers that begin alike. */
export interface Found {
  /** In the order of the log. */
  readonly requests: readonly LoggedRequest[];
  readonly events: readonly LoggedEvent[];
}

/** A line that is longer is not ours. */
const mostCharacters = 1 << 20;
/** So many hits are enough for anybody. */
const mostHits = 500;

/**
 * @param log lines as `bouncer serve` writes them, in pieces; it may be larger than memory
 * @param number how the number begins, lower case
 * @param nowMs for lines that do not say the day: they are of the last 24 hours
 */
export async function findLogged(
  log: AsyncIterable<string | Uint8Array>,
  number: string,
  nowMs: number,
): Promise<Found> {
  const decoder = new TextDecoder();
  const requests: LoggedRequest[] = [];
  const events: LoggedEvent[] = [];
  const take = (line: string): void => {
    if (requests.length + events.length >= mostHits || !line.includes(number.slice(0, 8))) return;
    const read = parseJsonLine(line) ?? parsePrettyLine(line, nowMs);
    // Lines for people have the first eight characters of a number, whatever was asked for.
    if (read === null || !(read.requestId.startsWith(number) || number.startsWith(read.requestId))) return;
    if ('event' in read) events.push(read);
    else requests.push(read);
  };
  let rest = '';
  for await (const piece of log) {
    const lines = (
      rest + (typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true }))
    ).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > mostCharacters) rest = '';
    for (const line of lines) take(line);
  }
  take(rest);
  return { requests, events };
}

function parseJsonLine(line: string): LoggedRequest | LoggedEvent | null {
  const record = parseLine(line);
  const requestId = record?.['request_id'];
  if (record === null || typeof requestId !== 'string' || requestId === '') return null;
  const text = (key: string): string => (typeof record[key] === 'string' ? record[key] : '');
  const optional = (key: string): string | null => (typeof record[key] === 'string' ? record[key] : null);
  if (typeof record['event'] === 'string') {
    const { time: _time, level: _level, event: _event, request_id: _number, ...fields } = record;
    return { requestId, time: text('time'), event: text('event'), fields };
  }
  const timeMs = Date.parse(text('time'));
  if (Number.isNaN(timeMs) || typeof record['status'] !== 'number') return null;
  return {
    requestId,
    time: text('time'),
    timeMs,
    host: optional('host'),
    method: text('method'),
    path: text('path'),
    status: record['status'],
    decision: text('decision'),
    reason: text('reason'),
    policy: optional('policy'),
    sub: optional('sub'),
    email: optional('email'),
    idp: optional('idp'),
    session: optional('session'),
    ip: optional('ip'),
    cause: optional('cause'),
    hint: optional('hint'),
  };
}

function parseLine(line: string): Readonly<Record<string, unknown>> | null {
  // A container's log may put something before the record.
  return parseRecord(line.slice(Math.max(line.indexOf('{'), 0)));
}
