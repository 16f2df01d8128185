// Tells whoever shares who looks, from the records of requests: the people named by their address, everybody else by nothing. Otherwise a
// share would tell its sharer the address of whoever could be brought to follow a link.
import { isShareAudience, sharePrefix } from '../http/share-name.ts';
import type { RequestRecord, Telemetry } from '../telemetry/request-record.ts';
import type { Visited } from '../tunnel/wire/control-messages.ts';

export type TellVisit = (share: string, visit: Omit<Visited, 'type'>) => void;

/** The same log, in which requests for shares are told to their sharers too. */
export function noteVisits<Log extends Telemetry>(log: Log, tell: TellVisit): Log {
  return {
    ...log,
    request(record: RequestRecord) {
      log.request(record);
      const { application } = record;
      if (application === null || !isShareAudience(application)) return;
      const visit = visitOf(record);
      if (visit !== null) tell(application.slice(sharePrefix.length), visit);
    },
  };
}

function visitOf({
  decision,
  reason,
  policy,
  email,
  method,
  path,
  status,
  durationMs,
}: RequestRecord): Omit<Visited, 'type'> | null {
  const ms = Math.round(durationMs);
  // Let in, and the site gave no answer.
  const isVain = decision === 'error' && policy !== null;
  if (email !== null && (decision === 'allow' || isVain))
    return { who: email, method, path, status, ms, ...(isVain ? { reason } : {}) };
  return decision === 'deny' ? { who: null, method: '', path: '', status, ms } : null;
}
