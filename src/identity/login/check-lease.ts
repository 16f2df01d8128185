// The right to ask a provider with a login's refresh token, which is good for one use. It is renewed while the provider thinks,
// however long that takes, and runs out by itself when whoever holds it dies.
import { BouncerError } from '../../bouncer-error.ts';
import type { SessionStore } from '../../store/session-store.ts';

export interface CheckLease {
  /** What the store has as the time of the check, in this hand. */
  readonly claimedAtMs: number;
  /** No renewal from now on; waits for one that is under way. */
  stop(): Promise<void>;
}

/**
 * @param claim.expectedCheckedAtMs the time of the last check, as it was read
 * @param claim.recheckMs how long a claim keeps others away
 * @returns `null` when somebody else has it
 * @throws BouncerError `store_unavailable`
 */
export async function takeCheckLease(
  sessions: Pick<SessionStore, 'claimCheck'>,
  loginId: string,
  claim: { readonly expectedCheckedAtMs: number; readonly recheckMs: number; readonly now: () => number },
): Promise<CheckLease | null> {
  let claimedAtMs = claim.now();
  if (!(await sessions.claimCheck(loginId, claim.expectedCheckedAtMs, claimedAtMs))) return null;
  let renewing: Promise<void> = Promise.resolve();
  const renew = async (): Promise<void> => {
    const nowMs = claim.now();
    try {
      if (await sessions.claimCheck(loginId, claimedAtMs, nowMs)) claimedAtMs = nowMs;
    } catch {
      // While the store does not answer nobody else can claim it either.
    }
  };
  const timer = setInterval(
    () => {
      renewing = renewing.then(renew);
    },
    Math.max(100, claim.recheckMs / 3),
  ).unref();
  return {
    get claimedAtMs() {
      return claimedAtMs;
    },
    stop: async () => {
      clearInterval(timer);
      await renewing;
    },
  };
}

/** How long what a provider gave is held on to while the store cannot take it, and how often it is tried. Milliseconds. */
const holdMs = 120_000;
const retryMs = 500;

/**
 * Writes what cannot be had a second time, such as a refresh token that the provider has just changed.
 *
 * @param write safe to repeat: it may have happened although its answer was lost
 * @throws BouncerError `store_unavailable` when the store has not answered for two minutes
 */
export async function writeForSure<T>(write: () => Promise<T>): Promise<T> {
  const giveUpMs = performance.now() + holdMs;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      const isGone = error instanceof BouncerError && error.code === 'store_unavailable';
      if (!isGone || performance.now() > giveUpMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
    }
  }
}
