// What the metrics say of sessions, by tunnel. Shares come and go: together they are one tunnel.
import type { TunnelCount } from '../../telemetry/tunnel-metrics.ts';
import type { EdgeSession } from './edge-session.ts';

const shared = 'share';

export class SessionCounts {
  /** What the tunnel of a session is called: it may be deleted before the session is over. Those of shares have no name. */
  readonly #names = new WeakMap<EdgeSession, string>();
  /** Requests of sessions that are over. */
  readonly #requests = new Map<string, number>();

  /** It is of a tunnel that an operator made. */
  name(session: EdgeSession): void {
    this.#names.set(session, session.connector.tunnel);
  }

  onGone(session: EdgeSession): void {
    const name = this.#nameOf(session);
    this.#requests.set(name, (this.#requests.get(name) ?? 0) + session.requests);
  }

  /** @param tunnels that are there, with sessions or without */
  count(
    sessions: Iterable<EdgeSession>,
    tunnels: Iterable<string>,
    isUsed: (session: EdgeSession) => boolean,
  ): readonly TunnelCount[] {
    const byName = new Map<string, EdgeSession[]>(
      [...tunnels, ...this.#requests.keys()].map((name) => [name, []]),
    );
    for (const session of sessions) {
      const name = this.#nameOf(session);
      const same = byName.get(name) ?? [];
      byName.set(name, same);
      same.push(session);
    }
    return [...byName].map(([tunnel, same]) => this.#countOf(tunnel, same, isUsed));
  }

  #countOf(
    tunnel: string,
    sessions: readonly EdgeSession[],
    isUsed: (session: EdgeSession) => boolean,
  ): TunnelCount {
    const sum = (value: (session: EdgeSession) => number): number =>
      sessions.reduce((total, session) => total + value(session), 0);
    const trips = sessions.flatMap(({ roundTripMs }) => (roundTripMs === null ? [] : [roundTripMs]));
    return {
      tunnel,
      connections: sum((session) => (isUsed(session) ? 1 : 0)),
      streams: sum(({ openNow }) => openNow),
      roundTripMs: trips.length === 0 ? null : Math.max(...trips),
      requests: sum(({ requests }) => requests) + (this.#requests.get(tunnel) ?? 0),
    };
  }

  #nameOf(session: EdgeSession): string {
    return this.#names.get(session) ?? shared;
  }
}
