// Finds a request's record in a log of JSON lines. Other lines, cut lines and foreign lines are passed over.

export interface LoggedRequest {
  readonly time: string;
  readonly timeMs: number;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly decision: string;
  readonly reason: string;
  readonly policy: string | null;
  readonly sub: string | null;
  readonly email: string | null;
  readonly idp: string | null;
  readonly ip: string | null;
}

/**
 * The record of a request, or `null`.
 *
 * @param log lines as `bouncer serve` writes them
 */
export function findRecord(log: string, requestId: string): LoggedRequest | null {
  for (const line of log.split('\n')) {
    if (!line.includes(requestId)) continue;
    const record = parseLine(line);
    if (record === null || record['request_id'] !== requestId || typeof record['status'] !== 'number')
      continue;
    const text = (key: string): string => (typeof record[key] === 'string' ? record[key] : '');
    const optional = (key: string): string | null => (typeof record[key] === 'string' ? record[key] : null);
    const timeMs = Date.parse(text('time'));
    if (Number.isNaN(timeMs) || text('host') === '') continue;
    return {
      time: text('time'),
      timeMs,
      host: text('host'),
      method: text('method'),
      path: text('path'),
      status: record['status'],
      decision: text('decision'),
      reason: text('reason'),
      policy: optional('policy'),
      sub: optional('sub'),
      email: optional('email'),
      idp: optional('idp'),
      ip: optional('ip'),
    };
  }
  return null;
}

function parseLine(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : null;
  } catch {
    return null;
  }
}
