// Whether GitHub answers: noted with everything that is asked of it, and asked before a browser is sent there.
import { BouncerError } from '../../bouncer-error.ts';
import type { LimitedFetch } from '../limited-fetch.ts';
import { RateLimit } from './github-api.ts';

/** An answer counts for so long, milliseconds: GitHub counts questions without a token by address. */
const recentMs = 60_000;
/** After silence GitHub is taken as silent for so long, milliseconds. */
const coolDownMs = 3_000;
/** How long a person waits for it, milliseconds. */
const timeoutMs = 2_000;

export interface SignOfLife {
  /** Runs something that asks, and notes whether there was an answer. */
  asking<T>(ask: () => Promise<T>): Promise<T>;
  /** @throws BouncerError `provider_unavailable` when there is no answer now */
  ensure(): Promise<void>;
  isUnreachable(): boolean;
}

/** @param parts.address of anything there: whatever it answers is a sign of life */
export function createSignOfLife(parts: {
  readonly limited: LimitedFetch;
  readonly address: string;
  readonly now: () => number;
  readonly onReachable: (failure: Error | null) => void;
}): SignOfLife {
  const { limited, address, now } = parts;
  let answeredAtMs = Number.NEGATIVE_INFINITY;
  let silent: { readonly atMs: number; readonly error: BouncerError } | null = null;
  let underWay: Promise<unknown> | null = null;

  const asking = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      const result = await ask();
      note(null);
      return result;
    } catch (error) {
      note(error);
      throw error;
    }
  };
  const note = (error: unknown): void => {
    const isSilence = error instanceof BouncerError && error.code === 'provider_unavailable';
    if (isSilence && !(error.cause instanceof RateLimit)) {
      if (silent === null) parts.onReachable(error);
      silent = { atMs: now(), error };
      answeredAtMs = Number.NEGATIVE_INFINITY;
      return;
    }
    if (silent !== null) parts.onReachable(null);
    silent = null;
    answeredAtMs = now();
  };
  const askOnce = (): Promise<unknown> =>
    asking(() =>
      limited.fetch(address, {
        headers: { 'user-agent': 'bouncer' },
        signal: AbortSignal.timeout(timeoutMs),
        isFirst: true,
      }),
    ).finally(() => {
      underWay = null;
    });

  return {
    asking,
    ensure: async () => {
      if (Math.abs(now() - answeredAtMs) < recentMs) return;
      if (silent !== null && Math.abs(now() - silent.atMs) < coolDownMs) throw silent.error;
      underWay ??= askOnce();
      await underWay;
    },
    isUnreachable: () => silent !== null,
  };
}
