// Says in the log which headers of clients do not reach an application: once for each application and name, never the value.

import { logText } from '../http/log-text.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import type { OnDropped } from './snapshot.ts';

/** Names come from strangers: what is said is bounded in count and in length. */
const mostSaid = 1_000;
const longestName = 64;

/**
 * Create the listener. It outlives reloads, so that nothing is said again after one.
 *
 * Not said of address, scheme and host: bouncer tells the application these itself, and every proxy in front sends some.
 */
export function createDroppedHeaders(telemetry: Pick<Telemetry, 'event'>): OnDropped {
  const said = new Set<string>();
  return (application, header, claim) => {
    if (claim === 'address' || claim === 'scheme and host') return;
    const name = logText(header, longestName);
    const key = JSON.stringify([application, name]);
    if (said.has(key) || said.size >= mostSaid) return;
    said.add(key);
    telemetry.event('header_dropped', { application, header: name, claims: claim });
  };
}
