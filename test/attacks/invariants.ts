// What holds over every run, whatever is attacked: each request that the upstream saw was decided once, as it was seen, and each that was
// let through was seen once; the log is one JSON object a line and holds no secret.
import { fieldValues, type Seen } from './recorder.ts';

/** A request's line of the log, as far as it is looked at. */
export interface LogRecord {
  readonly event?: string;
  readonly request_id?: string;
  readonly path?: string;
  readonly method?: string;
  readonly status?: number;
  readonly decision?: string;
  readonly reason?: string;
  readonly application?: string | null;
  readonly ip?: string | null;
  readonly policy?: string | null;
  readonly cause?: string;
}

/** @param log lines of JSON */
export function readLog(log: string): readonly LogRecord[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogRecord);
}

/** What is wrong; empty when all holds. */
export function invariantProblems(run: {
  readonly log: string;
  readonly seen: readonly Seen[];
  readonly secrets: readonly string[];
}): string[] {
  return [...countProblems(readLog(run.log), run.seen), ...secretProblems(run.log, run.secrets)];
}

function countProblems(records: readonly LogRecord[], seen: readonly Seen[]): string[] {
  const problems: string[] = [];
  const decided = new Map<string, LogRecord>();
  for (const record of records) {
    if (record.event !== undefined || record.request_id === undefined) continue;
    if (decided.has(record.request_id)) problems.push(`${record.request_id} was recorded twice`);
    decided.set(record.request_id, record);
  }
  const seenIds = new Set<string>();
  for (const request of seen) {
    const name = `${request.method} ${request.url.slice(0, 80)}`;
    const ids = fieldValues(request.rawHeaders, 'x-request-id');
    const record = decided.get(ids[0] ?? '');
    if (ids.length !== 1 || record === undefined) problems.push(`${name} was seen and never decided`);
    else if (!mayBeSeen(record))
      problems.push(`${name} was seen and decided: ${record.decision} ${record.reason}`);
    else if (!isSame(record, request))
      problems.push(`${name} was decided as ${record.method} ${record.path}`);
    if (seenIds.has(ids[0] ?? '')) problems.push(`${name} was seen twice`);
    seenIds.add(ids[0] ?? '');
  }
  // A 508 was let through to bouncer itself, and is seen by nobody else.
  for (const [id, record] of decided)
    if (
      record.decision === 'allow' &&
      record.cause === undefined &&
      record.status !== 508 &&
      !seenIds.has(id)
    )
      problems.push(`${record.method} ${record.path} was let through and never seen`);
  return problems;
}

/** Allowed; or let through and then broken off, by its body or by the upstream. */
function mayBeSeen({ decision, reason, policy }: LogRecord): boolean {
  if (decision === 'allow') return true;
  return (
    typeof policy === 'string' &&
    (decision === 'error' || (decision === 'refused' && reason?.startsWith('body') === true))
  );
}

function isSame(record: LogRecord, request: Seen): boolean {
  const path = request.url.split('?')[0] ?? '';
  const logged = record.path ?? '';
  const isCut = logged.endsWith('…');
  return record.method === request.method && (isCut ? path.startsWith(logged.slice(0, -1)) : path === logged);
}

/** Whether a log holds one of these texts, or anything that looks like a signed token. */
export function secretProblems(log: string, secrets: readonly string[]): string[] {
  const problems = secrets
    .filter((secret) => log.includes(secret))
    .map((secret) => `the log holds a secret that begins with ${secret.slice(0, 6)}`);
  const [token] = /eyJ[\w-]{8,}\.[\w-]{8,}/.exec(log) ?? [];
  if (token !== undefined) problems.push(`the log holds a token: ${token.slice(0, 24)}`);
  return problems;
}
