// Tells the log which connections of connectors came to be used, and of those alone that they are over.
import type { Telemetry } from '../../telemetry/request-record.ts';
import type { EdgeSession } from './edge-session.ts';

export class SessionEvents {
  readonly #telemetry: Pick<Telemetry, 'event'>;
  readonly #told = new WeakSet<EdgeSession>();

  constructor(telemetry: Pick<Telemetry, 'event'>) {
    this.#telemetry = telemetry;
  }

  onChange(session: EdgeSession): void {
    const { connector, hello, address: ip, services } = session;
    if (this.#told.has(session) || !session.isUsable || hello === null) return;
    this.#told.add(session);
    this.#telemetry.event('tunnel_connected', {
      ...{ tunnel: connector.tunnel, connector: connector.id, ip, version: hello.version, services },
      round_trip_ms: Math.round(session.roundTripMs ?? 0),
    });
  }

  /** @returns whether it was told that it came */
  onGone(session: EdgeSession, cause: string): boolean {
    if (!this.#told.has(session)) return false;
    const { connector, address: ip, opened, sinceMs } = session;
    this.#telemetry.event('tunnel_disconnected', {
      ...{ tunnel: connector.tunnel, connector: connector.id, ip, cause },
      duration_ms: Math.round(performance.now() - sinceMs),
      connections: opened,
    });
    return true;
  }
}
