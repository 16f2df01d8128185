// Ends a session that was found to be over, in the store and in memory. Once seen as ended it stays ended, whatever the clock does next,
// and even while the store cannot be written. It judges none.
import type { MaybePromise } from '../../store/maybe-promise.ts';
import type { Store } from '../../store/store.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import type { HeldToken, SessionEntry } from './session-entry.ts';

/** Each comes back when it is written, or could not be; `null`, as there is no session any more. */
export interface SessionEnds {
  /** On every host. */
  endLogin(entry: SessionEntry): Promise<null>;
  /** An application's own limit ends only this host's token; the login may go on elsewhere. */
  endToken(entry: SessionEntry): Promise<null>;
  /** It was made while a clock ran ahead, and would outlive its time by as much: who uses it logs in again. */
  endAhead(entry: SessionEntry): Promise<null>;
  /** Other settings of its provider would have made something else of its answer. */
  endForeign(entry: SessionEntry): Promise<null>;
}

/** @param forget drops what is remembered of a token; called once the store knows */
export function createSessionEnds(
  { sessions }: Pick<Store, 'sessions'>,
  telemetry: Pick<Telemetry, 'event'>,
  forget: (held: HeldToken) => void,
): SessionEnds {
  const end = async (entry: SessionEntry, write: () => MaybePromise<unknown>): Promise<null> => {
    entry.isEnded = true;
    try {
      await write();
      forget(entry);
    } catch (error) {
      telemetry.event('store_failed', { action: 'end-session', ...causeOf(error) });
    }
    return null;
  };
  const endLogin = (entry: SessionEntry): Promise<null> =>
    end(entry, () => sessions.endLogins({ by: 'id', id: entry.session.id }));
  return {
    endLogin,
    endToken: (entry) => end(entry, () => sessions.removeToken(entry.tokenHash)),
    endAhead: (entry) => {
      const { logId } = entry.session;
      telemetry.event('session_revoked', { reason: 'made-ahead-of-the-clock', session: logId });
      return endLogin(entry);
    },
    endForeign: (entry) => {
      const { logId, identity } = entry.session;
      const reason = 'provider-settings-changed';
      telemetry.event('session_revoked', { reason, provider: identity.idp, session: logId });
      return endLogin(entry);
    },
  };
}
