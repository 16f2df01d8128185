// What `bouncer tunnel list` shows: tunnels and connectors from the store, and the live connections that running bouncers told it of.
import type { SeenNode, TunnelSessionReport } from '../store/node-store.ts';
import type { StoredConnector, TunnelBook } from '../store/tunnel-store.ts';
import { shortSpan, shortTime } from './short-time.ts';
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
  readonly isDrained: boolean;
  readonly connections: readonly DescribedConnection[];
}

export interface DescribedTunnel {
  readonly name: string;
  readonly createdAtMs: number;
  /** What somebody shares by it; `null`: it is an operator's. */
  readonly share: {
    readonly by: string | null;
    readonly with: readonly string[];
    readonly untilMs: number;
  } | null;
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
  const describe = (connector: StoredConnector): DescribedConnector => {
    const { id, joinedAtMs, lastSeenMs, isPassing, isDrained } = connector;
    return { id, joinedAtMs, lastSeenMs, isPassing, isDrained, connections: connectionsOf(id) };
  };
  return tunnels.map(({ name, createdAtMs, share }) => ({
    name,
    createdAtMs,
    share: share === null ? null : { by: share.email, with: share.emails, untilMs: share.expiresAtMs },
    openTokens: tokens.filter(
      (token) =>
        token.tunnel === name && token.expiresAtMs > nowMs && (token.isReusable || token.spentAtMs === null),
    ).length,
    connectors: connectors.filter(({ tunnel }) => tunnel === name).map(describe),
  }));
}

const columns = [
  'TUNNEL',
  'CONNECTOR',
  'STATE',
  'SERVICES',
  'FROM',
  'VERSION',
  'SEEN',
  'ROUND TRIP',
  'REQUESTS',
  'STREAMS',
  'EDGE',
] as const;

/** @param width of the terminal, characters; absent: it is none */
export function renderTunnels(tunnels: readonly DescribedTunnel[], width?: number): string {
  if (tunnels.length === 0) return 'no tunnels yet: `bouncer tunnel create NAME` makes one\n';
  return renderTable([[...columns], ...tunnels.flatMap(rowsOfTunnel)], width);
}

function rowsOfTunnel({ name, share, openTokens, connectors }: DescribedTunnel): string[][] {
  const shown = share === null ? name : `${name} (shared by ${share.by ?? 'somebody without an address'})`;
  if (connectors.length > 0) return connectors.flatMap((connector) => rowsOf(shown, connector));
  const state = openTokens > 0 ? 'waits for a connector' : 'has no token';
  return [[shown, '-', state, ...columns.slice(3).map(() => '-')]];
}

function rowsOf(tunnel: string, connector: DescribedConnector): string[][] {
  const { id, lastSeenMs, connections } = connector;
  if (connections.length === 0) {
    const since = `until ${shortTime(lastSeenMs)}`;
    return [[tunnel, id, 'away', '-', '-', '-', since, ...columns.slice(7).map(() => '-')]];
  }
  return connections.map((one) => [
    ...[tunnel, id, stateOf(connector, one), one.services.join(',') || '-'],
    ...[one.address, one.version, `for ${shortSpan(one.forSeconds)}`],
    one.roundTripMs === null ? '-' : `${one.roundTripMs} ms`,
    ...[String(one.requests ?? '-'), String(one.open), one.edge],
  ]);
}

function stateOf({ isDrained }: DescribedConnector, { isUsable }: DescribedConnection): string {
  if (isDrained) return 'drained';
  return isUsable ? 'connected' : 'leaving';
}

/** All about one tunnel: when it was made, who may still join, each connector. */
export function renderTunnel(tunnel: DescribedTunnel): string {
  const { name, createdAtMs, share, openTokens, connectors } = tunnel;
  const shared =
    share === null
      ? []
      : [
          [
            'shared by',
            `${share.by ?? '-'}, with ${share.with.join(', ')}, until ${shortTime(share.untilMs)}`,
          ],
        ];
  const facts = [
    ['tunnel', name],
    ['made', shortTime(createdAtMs)],
    ...shared,
    ['open tokens', String(openTokens)],
    ['connectors', String(connectors.length)],
    ...connectors.flatMap((one) => [
      ['', ''],
      ['connector', one.id],
      ['joined', `${shortTime(one.joinedAtMs)}${one.isPassing ? ', with a reusable token' : ''}`],
      ['last seen', shortTime(one.lastSeenMs)],
      ...(one.isDrained ? [['drained', 'nothing new goes to it: `bouncer tunnel drain --undo`']] : []),
      ...one.connections.map((connection) => ['connection', describeConnection(connection)]),
    ]),
  ];
  return renderTable(facts);
}

function describeConnection(one: DescribedConnection): string {
  const trip = one.roundTripMs === null ? 'not probed yet' : `round trip ${one.roundTripMs} ms`;
  return [
    `to ${one.edge} from ${one.address}`,
    `version ${one.version}`,
    `for ${shortSpan(one.forSeconds)}`,
    trip,
    `${one.requests ?? '-'} requests`,
    `${one.open} streams`,
    `offers ${one.services.join(', ') || 'nothing'}`,
  ].join(', ');
}
