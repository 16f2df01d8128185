// Reads the lines that `log: { format: pretty }` writes, as far as they tell what the JSON log tells. The writer is
// telemetry/pretty-line.ts; a test holds the two together.
import type { LoggedEvent, LoggedRequest } from './logged-line.ts';

const colors = /\u001b\[\d*m/g;
const requestLine =
  /(\d\d:\d\d:\d\d) ([0-9a-f]{8}) (\d{3}) (\S+) (\S+) ([a-z_]+) ([a-zA-Z_-]+)(?:: (.*?))? (\S+) \d+\.\d ms(?: \((.*)\))?$/;
const eventLine = /(\d\d:\d\d:\d\d) ([0-9a-f]{8}) ([a-z_]+)(?: (.*))?$/;
const field = /([a-z_]+)=("(?:[^"\\]|\\.)*"|\S*)/g;
const longestLine = 16_384;
const dayMs = 86_400_000;

/** @param nowMs the line's day is the last one on which its time had come @returns `null` for any other line */
export function parsePrettyLine(coloured: string, nowMs: number): LoggedRequest | LoggedEvent | null {
  if (coloured.length > longestLine) return null;
  const line = coloured.replace(colors, '').trimEnd();
  return parseRequest(line, nowMs) ?? parseEvent(line);
}

function parseRequest(line: string, nowMs: number): LoggedRequest | null {
  const match = requestLine.exec(line);
  if (match === null) return null;
  const [
    ,
    time = '',
    requestId = '',
    status = '',
    method = '',
    where = '',
    decision = '',
    reason = '',
    policy,
  ] = match;
  const who = match[9] ?? '';
  const trouble = match[10] ?? null;
  const slash = where.indexOf('/');
  const host = slash === -1 ? where : where.slice(0, slash);
  return {
    ...{ requestId, time, timeMs: lastTime(time, nowMs), method, decision, reason, policy: policy ?? null },
    host: host === '?' ? null : host,
    path: slash === -1 ? '' : where.slice(slash),
    status: Number(status),
    sub: who === 'nobody' || who.includes('@') ? null : who,
    email: who.includes('@') ? who : null,
    ...{ idp: null, session: null, ip: null, cause: trouble, hint: null },
  };
}

function parseEvent(line: string): LoggedEvent | null {
  const match = eventLine.exec(line);
  if (match === null) return null;
  const [, time = '', requestId = '', event = '', rest = ''] = match;
  const fields: Record<string, string> = {};
  for (const [, key = '', value = ''] of rest.matchAll(field))
    fields[key] = value.startsWith('"') ? unquoted(value) : value;
  return { requestId, time, event, fields };
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

function lastTime(time: string, nowMs: number): number {
  const today = Date.parse(`${new Date(nowMs).toISOString().slice(0, 10)}T${time}Z`);
  return today > nowMs ? today - dayMs : today;
}
