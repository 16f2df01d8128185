// What `bouncer tunnel list` shows: tunnels and connectors from the store, and the live connections that running bouncers told it of.
import type { SeenNode, TunnelSessionReport } from '../store/node-store.ts';
import type { StoredConnector, TunnelBook } from '../store/tunnel-store.ts';
import { shortTime } from './short-time.ts';
import { renderTable } from './terminal.ts';

/** A bouncer that has not said so for longer is gone, milliseconds. */
const seenWithinMs = 20_000;

export interface DescribedConnection extends Omit<TunnelSessionReport, 'tunnel' | 'connector'> {
  /** The bouncer that has it. */
  readonly edge: string;
}

export interface DescribedConnector {
  readonly id: string;
  readonly joinedAtMs: number;
  readonly lastSeenMs: number;
  readonly isPassing: boolean;
  readonly connections: readonly DescribedConnection[];
}

export interface DescribedTunnel {
  readonly name: string;
  readonly createdAtMs: number;
  /** Tokens that a connector can still join with. */
  readonly openTokens: number;
  readonly connectors: readonly DescribedConnector[];
}

export function describeTunnels(
  { tunnels, tokens, connectors }: TunnelBook,
  nodes: readonly SeenNode[],
  nowMs: number,
): readonly DescribedTunnel[] {
  const live = nodes.filter(({ seenAtMs }) => nowMs - seenAtMs < seenWithinMs);
  const connectionsOf = (id: string): readonly DescribedConnection[] =>
    live.flatMap(({ name: edge, tunnelSessions }) =>
      (tunnelSessions ?? [])
        .filter(({ connector }) => connector === id)
        .map(({ tunnel: _tunnel, connector: _connector, ...rest }) => ({ edge, ...rest })),
    );
  const describe = ({ id, joinedAtMs, lastSeenMs, isPassing }: StoredConnector): DescribedConnector => ({
    ...{ id, joinedAtMs, lastSeenMs, isPassing },
    connections: connectionsOf(id),
  });
  return tunnels.map(({ name, createdAtMs }) => ({
    name,
    createdAtMs,
    openTokens: tokens.filter(
      (token) =>
        token.tunnel === name && token.expiresAtMs > nowMs && (token.isReusable || token.spentAtMs === null),
    ).length,
    connectors: connectors.filter(({ tunnel }) => tunnel === name).map(describe),
  }));
}

export function renderTunnels(tunnels: readonly DescribedTunnel[]): string {
  if (tunnels.length === 0) return 'no tunnels yet: `bouncer tunnel create NAME` makes one\n';
  return renderTable([
    ['TUNNEL', 'CONNECTOR', 'STATE', 'SERVICES', 'FROM', 'VERSION', 'SINCE', 'ROUND TRIP', 'OPEN', 'EDGE'],
    ...tunnels.flatMap(({ name, openTokens, connectors }) =>
      connectors.length === 0
        ? [
            [
              name,
              '-',
              openTokens > 0 ? 'waits for a connector' : 'has no token',
              '-',
              '-',
              '-',
              '-',
              '-',
              '-',
              '-',
            ],
          ]
        : connectors.flatMap((connector) => rowsOf(name, connector)),
    ),
  ]);
}

function rowsOf(tunnel: string, { id, lastSeenMs, connections }: DescribedConnector): string[][] {
  if (connections.length === 0) {
    return [[tunnel, id, 'away', '-', '-', '-', `seen ${shortTime(lastSeenMs)}`, '-', '-', '-']];
  }
  return connections.map((one) => [
    tunnel,
    id,
    one.isUsable ? 'connected' : 'leaving',
    one.services.join(',') || '-',
    one.address,
    one.version,
    `${one.forSeconds} s`,
    one.roundTripMs === null ? '-' : `${one.roundTripMs} ms`,
    String(one.open),
    one.edge,
  ]);
}
