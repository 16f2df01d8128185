// Tunnels, join tokens and connectors as the rows of both stores tell them: their tables have the same columns.
import { numberOrNull, type Row, textOrNull } from './row.ts';
import type { StoredConnector, StoredJoinToken, StoredShare, StoredTunnel } from './tunnel-store.ts';

export const tunnelColumns = ['name', 'created_at', 'share'] as const;

/** In the order of {@link joinTokenValues}. */
export const joinTokenColumns = [
  'public_key',
  'tunnel',
  'created_at',
  'expires_at',
  'is_reusable',
  'networks',
  'max_connectors',
  'spent_at',
] as const;

/** In the order of {@link connectorValues}. */
export const connectorColumns = [
  'id',
  'tunnel',
  'public_key',
  'token_key',
  'joined_at',
  'last_seen',
  'is_passing',
  'is_drained',
] as const;

export function joinTokenValues(token: StoredJoinToken): readonly (string | number | null)[] {
  return [
    token.publicKey,
    token.tunnel,
    token.createdAtMs,
    token.expiresAtMs,
    token.isReusable ? 1 : 0,
    token.from === null ? null : JSON.stringify(token.from),
    token.maxConnectors,
    token.spentAtMs,
  ];
}

export function connectorValues(connector: StoredConnector): readonly (string | number)[] {
  return [
    connector.id,
    connector.tunnel,
    connector.publicKey,
    connector.tokenKey,
    connector.joinedAtMs,
    connector.lastSeenMs,
    connector.isPassing ? 1 : 0,
    connector.isDrained ? 1 : 0,
  ];
}

/** The share of a tunnel as its column has it. */
export function shareText({ share }: StoredTunnel): string | null {
  return share === null ? null : JSON.stringify(share);
}

export function toTunnel(row: Row): StoredTunnel {
  const share = textOrNull(row['share']);
  return {
    name: String(row['name']),
    createdAtMs: Number(row['created_at']),
    // Only createTunnel of a store writes this column.
    share: share === null ? null : (JSON.parse(share) as StoredShare),
  };
}

export function toJoinToken(row: Row): StoredJoinToken {
  const networks = textOrNull(row['networks']);
  return {
    publicKey: String(row['public_key']),
    tunnel: String(row['tunnel']),
    createdAtMs: Number(row['created_at']),
    expiresAtMs: Number(row['expires_at']),
    isReusable: Number(row['is_reusable']) === 1,
    // Only addToken of a store writes this column.
    from: networks === null ? null : (JSON.parse(networks) as readonly string[]),
    maxConnectors: numberOrNull(row['max_connectors']),
    spentAtMs: numberOrNull(row['spent_at']),
  };
}

export function toConnector(row: Row): StoredConnector {
  return {
    id: String(row['id']),
    tunnel: String(row['tunnel']),
    publicKey: String(row['public_key']),
    tokenKey: String(row['token_key']),
    joinedAtMs: Number(row['joined_at']),
    lastSeenMs: Number(row['last_seen']),
    isPassing: Number(row['is_passing']) === 1,
    isDrained: Number(row['is_drained']) === 1,
  };
}
