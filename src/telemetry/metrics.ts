// Prometheus metrics, made from counters when somebody asks. Label values come from the rules and fixed tables only.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { RequestCounters } from './request-counters.ts';
import { registerTunnelMetrics, type TunnelCounts } from './tunnel-metrics.ts';

export interface Metrics {
  readonly contentType: string;
  render(): Promise<string>;
}

/** How often limits were met. */
export interface LimitCounts {
  readonly names: readonly string[];
  count(name: string): number;
}

export interface MetricsParts {
  /** The requests so far. */
  readonly counters: RequestCounters;
  /** How many responses and WebSockets are being answered now. */
  readonly liveCount: () => number;
  /** For the gauges `bouncer_ready` and `bouncer_rules_info`. */
  readonly readiness: () => { readonly isReady: boolean; readonly rulesHash: string };
  /** How often each limit took something from somebody. */
  readonly limits?: LimitCounts;
  /** Absent: there are none. */
  readonly tunnels?: () => TunnelCounts;
}

/** Create the metrics page. */
export function createMetrics({ counters, liveCount, readiness, limits, tunnels }: MetricsParts): Metrics {
  const registry = new Registry();
  const { requests, seconds, live, ready, limited, rulesInfo } = registerAll(registry);
  const updateTunnels = tunnels === undefined ? null : registerTunnelMetrics(registry);
  let areDefaultsCollected = false;

  return {
    contentType: registry.contentType,
    async render() {
      if (!areDefaultsCollected) {
        areDefaultsCollected = true;
        collectDefaultMetrics({ register: registry, prefix: 'bouncer_' });
      }
      requests.reset();
      seconds.reset();
      for (const { application, decision, status, count, seconds: sum } of counters.all()) {
        const labels = { application, decision, status: String(status) };
        requests.inc(labels, count);
        seconds.inc(labels, sum);
      }
      limited.reset();
      for (const limit of limits?.names ?? []) limited.inc({ limit }, limits?.count(limit) ?? 0);
      if (tunnels !== undefined) updateTunnels?.(tunnels());
      live.set(liveCount());
      const { isReady, rulesHash } = readiness();
      ready.set(isReady ? 1 : 0);
      rulesInfo.reset();
      rulesInfo.set({ hash: rulesHash }, 1);
      return registry.metrics();
    },
  };
}

/** Every metric that is bouncer's own. */
function registerAll(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'bouncer_requests_total',
      help: 'Finished requests by application, decision and status.',
      labelNames: ['application', 'decision', 'status'],
      registers,
    }),
    seconds: new Counter({
      name: 'bouncer_request_seconds_total',
      help: 'Time spent on finished requests, upstream included, in seconds.',
      labelNames: ['application', 'decision', 'status'],
      registers,
    }),
    live: new Gauge({
      name: 'bouncer_live_streams',
      help: 'Responses and WebSockets that are being answered now.',
      registers,
    }),
    ready: new Gauge({ name: 'bouncer_ready', help: '1 when /readyz says ready.', registers }),
    limited: new Counter({
      name: 'bouncer_limit_reached_total',
      help: 'What limits took from clients: connections, answers, logins, places at an application.',
      labelNames: ['limit'],
      registers,
    }),
    rulesInfo: new Gauge({
      name: 'bouncer_rules_info',
      help: '1, with the hash of the rules in force: more than one of them among the nodes of a fleet means that they disagree.',
      labelNames: ['hash'],
      registers,
    }),
  };
}
