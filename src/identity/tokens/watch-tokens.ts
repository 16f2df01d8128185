// Tells the log what somebody did with tokens, wherever they did it: the store is asked now and then what is there, and compared.
import type { ListedToken, TokenStore } from '../../store/token-store.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';

/** How often the store is asked, milliseconds; and how often ended secrets are forgotten. */
const watchIntervalMs = 2_000;
const cleanIntervalMs = 60_000;
/** So long, whoever still uses a secret that was replaced is told so. Milliseconds. */
const toldForMs = 7 * 24 * 3_600_000;

/** Follows the tokens of a store. Nothing that is there at the start is told. */
export function watchTokens(
  store: TokenStore,
  telemetry: Pick<Telemetry, 'event'>,
  now: () => number,
): { close(): void } {
  let known: ReadonlyMap<string, ListedToken> | null = null;
  let seenVersion: number | null = null;
  let isLooking = false;
  let isFailing = false;
  let isClosed = false;

  const look = async (): Promise<void> => {
    const version = await store.version();
    if (version === seenVersion) return;
    const listed = await store.list();
    if (isClosed) return;
    const found = new Map(listed.map((one) => [one.token.id, one]));
    if (known !== null) tellDifference(known, found, telemetry);
    known = found;
    seenVersion = version;
  };
  const guarded = async (work: () => Promise<void> | void): Promise<void> => {
    try {
      await work();
      isFailing = false;
    } catch (error) {
      if (!isFailing && !isClosed)
        telemetry.event('store_failed', { action: 'watch-tokens', ...causeOf(error) });
      isFailing = true;
    }
  };
  const watch = async (): Promise<void> => {
    if (isLooking || isClosed) return;
    isLooking = true;
    await guarded(look);
    isLooking = false;
  };
  void watch();
  const watching = setInterval(() => void watch(), watchIntervalMs).unref();
  const cleaning = setInterval(
    () => void guarded(() => store.removeEndedSecrets(now() - toldForMs)),
    cleanIntervalMs,
  ).unref();
  return {
    close() {
      isClosed = true;
      clearInterval(watching);
      clearInterval(cleaning);
    },
  };
}

function tellDifference(
  before: ReadonlyMap<string, ListedToken>,
  after: ReadonlyMap<string, ListedToken>,
  telemetry: Pick<Telemetry, 'event'>,
): void {
  for (const [id, { token }] of before)
    if (!after.has(id)) telemetry.event('token_revoked', { token: token.name });
  for (const [id, { token, secrets }] of after) {
    const was = before.get(id);
    const fields = {
      token: token.name,
      applications: token.applications ?? ['all'],
      expires: timeText(token.expiresAtMs),
    };
    if (was === undefined) telemetry.event('token_created', fields);
    else if (was.token.revision !== token.revision)
      telemetry.event('token_rotated', { ...fields, old_secret_ends: timeText(secrets.at(-2)?.endsAtMs) });
  }
}

function timeText(timeMs: number | null | undefined): string | null {
  return timeMs === null || timeMs === undefined ? null : new Date(timeMs).toISOString();
}
