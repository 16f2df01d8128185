// When each signing key signs, is published and goes. Pure: every process that sees the same keys and the same clock comes to
// the same answer, so several of them on one store need no lock and no leader.

/** How long a key signs before the next one takes over. */
export const signingPeriodMs = 30 * 24 * 60 * 60 * 1000;

/** How long a key is published before it signs: several times as long as the JWKS may be cached, and as long as verifiers keep it. */
export const publishAheadMs = 60 * 60 * 1000;

/**
 * How long a key stays published after the last assertion that it may have signed went stale: for applications whose clock is
 * late, and for a process that heard late of the successor.
 */
const retentionMarginMs = 60 * 60 * 1000;

/** What the schedule needs to know of a key. */
export interface ScheduledKey {
  readonly kid: string;
  /** Milliseconds since the epoch; never before the key is published, except for the very first key. */
  readonly signsFromMs: number;
}

/** The keys in the order in which they sign. At one instant the smaller `kid` comes last, and so wins. */
export function inSigningOrder<Key extends ScheduledKey>(keys: readonly Key[]): readonly Key[] {
  return [...keys].sort((a, b) => a.signsFromMs - b.signsFromMs || (a.kid < b.kid ? 1 : -1));
}

/**
 * The key that signs at `nowMs`: the last one whose time has come. With a clock that went back before all of them it is the
 * first, so that there is always one; `undefined` only when there are no keys.
 */
export function signingKeyAt<Key extends ScheduledKey>(keys: readonly Key[], nowMs: number): Key | undefined {
  const ordered = inSigningOrder(keys);
  return ordered.findLast((key) => key.signsFromMs <= nowMs) ?? ordered[0];
}

/**
 * The keys that nothing valid can be signed with any more: superseded for longer than the longest assertion lives, and a margin.
 *
 * @param lifetimeMs the lifetime of assertions
 */
export function expiredKeysAt<Key extends ScheduledKey>(
  keys: readonly Key[],
  lifetimeMs: number,
  nowMs: number,
): readonly Key[] {
  const ordered = inSigningOrder(keys);
  return ordered.filter((_, index) => {
    const successor = ordered[index + 1];
    return successor !== undefined && successor.signsFromMs + lifetimeMs + retentionMarginMs <= nowMs;
  });
}

/**
 * When a key that is made at `nowMs` may begin to sign, or `null` when none is due yet.
 *
 * Rounded up to a full minute: processes that notice at the same time choose the same instant, and the order of the keys'
 * ids settles it between them.
 */
export function nextKeyDueAt(keys: readonly ScheduledKey[], nowMs: number): number | null {
  const newest = inSigningOrder(keys).at(-1);
  if (newest === undefined) return nowMs;
  const dueAt = newest.signsFromMs + signingPeriodMs;
  return dueAt - publishAheadMs <= nowMs ? Math.max(dueAt, earliestSigningAt(nowMs)) : null;
}

/** The earliest instant from which a key that is published at `nowMs` may sign, on a full minute. */
export function earliestSigningAt(nowMs: number): number {
  return Math.ceil((nowMs + publishAheadMs) / 60_000) * 60_000;
}
