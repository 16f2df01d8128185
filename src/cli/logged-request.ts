// Finds a request's record in a log of JSON lines. Other lines, cut lines and foreign lines are passed over.

export interface LoggedRequest {
  readonly time: string;
  readonly timeMs: number;
  /** `null`: the request had no host that could be read. */
  readonly host: string | null;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly decision: string;
  readonly reason: string;
  readonly policy: string | null;
  readonly sub: string | null;
  readonly email: string | null;
  readonly idp: string | null;
  /** The short id of the session. */
  readonly session: string | null;
  readonly ip: string | null;
}

/** A line that is longer is none of ours. */
const mostCharacters = 1 << 20;

/**
 * The record of a request, or `null`.
 *
 * @param log lines as `bouncer serve` writes them, in pieces; it may be larger than memory
 */
export async function findRecord(
  log: AsyncIterable<string | Uint8Array>,
  requestId: string,
): Promise<LoggedRequest | null> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of log) {
    const lines = (
      rest + (typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true }))
    ).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > mostCharacters) rest = '';
    for (const line of lines) {
      const record = readRecord(line, requestId);
      if (record !== null) return record;
    }
  }
  return readRecord(rest, requestId);
}

function readRecord(line: string, requestId: string): LoggedRequest | null {
  if (!line.includes(requestId)) return null;
  const record = parseLine(line);
  if (record === null || record['request_id'] !== requestId || typeof record['status'] !== 'number')
    return null;
  const text = (key: string): string => (typeof record[key] === 'string' ? record[key] : '');
  const optional = (key: string): string | null => (typeof record[key] === 'string' ? record[key] : null);
  const timeMs = Date.parse(text('time'));
  if (Number.isNaN(timeMs)) return null;
  return {
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
  };
}

function parseLine(line: string): Readonly<Record<string, unknown>> | null {
  try {
    // A container's log may put something before the record.
    const value: unknown = JSON.parse(line.slice(Math.max(line.indexOf('{'), 0)));
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : null;
  } catch {
    return null;
  }
}
