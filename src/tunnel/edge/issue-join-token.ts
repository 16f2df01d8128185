// Makes a join token for a tunnel: the text goes to whoever starts the connector, and the store keeps the public half of its key alone.
import { BouncerError } from '../../bouncer-error.ts';
import type { Store } from '../../store/store.ts';
import type { StoredJoinToken } from '../../store/tunnel-store.ts';
import { pinsOf, readEdgeKeys } from '../wire/edge-keys.ts';
import { writeJoinToken } from '../wire/join-token.ts';
import { createKeyPair, seedOf } from '../wire/key-text.ts';

/** How long a token that is spent by its first use may wait for it, milliseconds. */
export const singleUseMs = 3_600_000;
/** The longest life of a reusable one, milliseconds. */
export const longestReusableMs = 90 * 86_400_000;

export interface TokenOrder {
  readonly tunnel: string;
  /** `host:port` of every edge. */
  readonly addresses: readonly string[];
  /** Absent: it is spent by its first use within an hour. */
  readonly reusable?: {
    readonly lifetimeMs: number;
    /** Networks; `null`: from everywhere. */
    readonly from: readonly string[] | null;
    readonly maxConnectors: number | null;
  };
}

export interface IssuedJoinToken {
  /** A secret, which exists nowhere else. */
  readonly text: string;
  readonly token: StoredJoinToken;
}

/** @throws BouncerError `usage` when there is no such tunnel; `store_unavailable` */
export async function issueJoinToken(
  store: Pick<Store, 'tunnels' | 'secrets' | 'now'>,
  { tunnel, addresses, reusable }: TokenOrder,
): Promise<IssuedJoinToken> {
  const pins = pinsOf(await readEdgeKeys(store.secrets));
  const key = createKeyPair();
  const nowMs = store.now();
  const token: StoredJoinToken = {
    publicKey: key.publicKey.toString('base64url'),
    tunnel,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + (reusable?.lifetimeMs ?? singleUseMs),
    isReusable: reusable !== undefined,
    from: reusable?.from ?? null,
    maxConnectors: reusable?.maxConnectors ?? null,
    spentAtMs: null,
  };
  if (!(await store.tunnels.addToken(token)))
    throw new BouncerError('usage', `there is no tunnel \`${tunnel}\``, {
      hint: '`bouncer tunnel list` shows them',
    });
  return { text: writeJoinToken({ addresses, pins, seed: seedOf(key) }), token };
}
