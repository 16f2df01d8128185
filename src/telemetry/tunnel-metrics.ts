// Metrics of the edge of tunnels. All shares together are one tunnel here: they come and go.
import { Counter, Gauge, type Registry } from 'prom-client';

/** What there is of one tunnel at the moment, and was so far. */
export interface TunnelCount {
  readonly tunnel: string;
  /** Connections of connectors that take requests. */
  readonly connections: number;
  /** Connections to services that are open. */
  readonly streams: number;
  /** The longest of the last probes, milliseconds; `null`: none was answered yet. */
  readonly roundTripMs: number | null;
  /** So far. */
  readonly requests: number;
}

export interface TunnelCounts {
  readonly tunnels: readonly TunnelCount[];
  /** Connections that were not let in, by why. */
  readonly refused: ReadonlyMap<string, number>;
  /** What connectors may send that nobody has taken yet, bytes. */
  readonly bufferBytes: number;
}

/** @returns what is called with the counts before somebody reads them */
export function registerTunnelMetrics(registry: Registry): (counts: TunnelCounts) => void {
  const registers = [registry];
  const labelNames = ['tunnel'] as const;
  const connections = new Gauge({
    ...{ name: 'bouncer_tunnel_connections', registers, labelNames },
    help: 'Connections of connectors that take requests.',
  });
  const streams = new Gauge({
    ...{ name: 'bouncer_tunnel_streams', registers, labelNames },
    help: 'Connections to services that are open through a tunnel.',
  });
  const roundTrip = new Gauge({
    ...{ name: 'bouncer_tunnel_round_trip_seconds', registers, labelNames },
    help: 'The longest of the last probes of a tunnel, through the path that requests take.',
  });
  const requests = new Counter({
    ...{ name: 'bouncer_tunnel_requests_total', registers, labelNames },
    help: 'Requests that went through a tunnel.',
  });
  const refused = new Counter({
    ...{ name: 'bouncer_tunnel_refused_total', registers, labelNames: ['reason'] },
    help: 'Connections to the tunnel listener that were not let in.',
  });
  const buffer = new Gauge({
    ...{ name: 'bouncer_tunnel_buffer_bytes', registers },
    help: 'What connectors may send that nobody has taken yet, of `tunnel.buffer_bytes`.',
  });
  return (counts) => {
    for (const metric of [connections, streams, roundTrip, requests, refused]) metric.reset();
    for (const { tunnel, ...count } of counts.tunnels) {
      connections.set({ tunnel }, count.connections);
      streams.set({ tunnel }, count.streams);
      requests.inc({ tunnel }, count.requests);
      if (count.roundTripMs !== null) roundTrip.set({ tunnel }, count.roundTripMs / 1000);
    }
    for (const [reason, times] of counts.refused) refused.inc({ reason }, times);
    buffer.set(counts.bufferBytes);
  };
}
