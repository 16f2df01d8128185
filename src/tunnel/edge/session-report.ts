// What `bouncer tunnel list` and the pages of operators show of a connection.
import type { TunnelSessionReport } from '../../store/node-store.ts';
import type { EdgeSession } from './edge-session.ts';

/** @param isUsable it takes requests, and is to have some */
export function reportOf(session: EdgeSession, isUsable: boolean): TunnelSessionReport {
  const { roundTripMs } = session;
  return {
    tunnel: session.connector.tunnel,
    connector: session.connector.id,
    address: session.address,
    version: session.hello?.version ?? '',
    services: session.services,
    forSeconds: Math.round((performance.now() - session.sinceMs) / 1000),
    roundTripMs: roundTripMs === null ? null : Math.round(roundTripMs * 10) / 10,
    opened: session.opened,
    open: session.openNow,
    requests: session.requests,
    isUsable,
  };
}
