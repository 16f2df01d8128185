// A person's own sessions, for the page on which they see and end them. One provider's word of who somebody is shows no other
// provider's sessions, whatever address the two have in common.
import { type BrowserKind, browserKindOf } from '../../http/browser-kind.ts';
import type { ListedLogin } from '../../store/session-store.ts';
import type { Store } from '../../store/store.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import { takesMail, wantsLetters, wishLetters } from '../login-letter.ts';
import { logIdOf } from '../opaque-token.ts';
import type { Session } from './session.ts';
import { isAlive } from './session-limits.ts';
import type { SessionKeeper } from './sessions.ts';

/** One session as its person sees it. Times in milliseconds since the epoch. */
export interface OwnSession {
  /** The short id of logs and lists; names it on the page, and is worth nothing by itself. */
  readonly id: string;
  readonly browser: BrowserKind;
  /** From where the person logged in; `null`: not known. */
  readonly ip: string | null;
  /** The hosts that it was used on. */
  readonly hosts: readonly string[];
  /** Programs that act as it and end with it, by the names that the person knows, such as a computer's. */
  readonly programs: readonly string[];
  readonly createdAtMs: number;
  readonly lastSeenMs: number;
  /** The one that asks. */
  readonly isThis: boolean;
}

/** Who asked, and from where. */
export interface VisitFields {
  readonly request_id: string;
  readonly host: string;
  readonly ip: string | null;
  readonly user_agent: string | null;
}

export interface OwnSessions {
  /** The one that asks first, then the last used first. @throws BouncerError `store_unavailable` */
  list(session: Session, nowMs: number): Promise<readonly OwnSession[]>;
  /**
   * Ends sessions of the same person other than the one that asks.
   *
   * @param which the short id of one, or all of them; untrusted
   * @param visit for events
   * @returns how many ended
   * @throws BouncerError `store_unavailable`
   */
  end(session: Session, which: string | 'others', visit: VisitFields): Promise<number>;
  /**
   * @returns whether the person wants a letter for each login in a new browser; `null`: none can be sent
   * @throws BouncerError `store_unavailable`
   */
  letters(session: Session, nowMs: number): Promise<boolean | null>;
  /** What the person says to that, which is nothing where none can be sent. @throws BouncerError `store_unavailable` */
  wish(session: Session, wants: 'letters' | 'no-letters', nowMs: number): Promise<void>;
}

export function createOwnSessions(parts: {
  readonly store: Store;
  readonly sessions: Pick<SessionKeeper, 'lastUseMs'>;
  /** The settings in force: when a session idles out. */
  readonly idleTimeoutMs: () => number;
  readonly canMail: () => boolean;
  readonly telemetry: Pick<Telemetry, 'event'>;
}): OwnSessions {
  const { store } = parts;
  /** Those of browsers: a personal token is not a session. */
  const loginsOf = async ({ identity: { idp, sub } }: Session): Promise<readonly ListedLogin[]> =>
    (await store.sessions.list({ by: 'subject', idp, sub })).filter(
      ({ login }) => login.vouchedAtMs === null,
    );
  const canTell = ({ identity }: Session): boolean => parts.canMail() && takesMail(identity.email);
  return {
    letters: async (session, nowMs) =>
      canTell(session) ? wantsLetters(store.once, session.identity, nowMs) : null,
    wish: async (session, wants, nowMs) => {
      if (canTell(session))
        await wishLetters(store.once, session.identity, wants === 'letters' ? nowMs : null);
    },
    list: async (session, nowMs) => {
      // Uses that this process has not written yet.
      await parts.sessions.lastUseMs(session, nowMs);
      const all = await loginsOf(session);
      const limits = { idleTimeoutMs: parts.idleTimeoutMs() };
      const alive = all.filter(({ login }) => login.id === session.id || isAlive(login, limits, nowMs));
      return alive
        .map(({ login, hosts, programs }) => ({
          id: logIdOf(login.id),
          browser: browserKindOf(login.userAgent ?? undefined),
          ip: login.ip,
          hosts,
          programs: programs.map(({ name }) => name),
          createdAtMs: login.createdAtMs,
          lastSeenMs: login.id === session.id ? nowMs : login.lastSeenMs,
          isThis: login.id === session.id,
        }))
        .sort((a, b) => Number(b.isThis) - Number(a.isThis));
    },
    end: async (session, which, visit) => {
      const meant = (await loginsOf(session)).filter(
        ({ login }) => login.id !== session.id && (which === 'others' || logIdOf(login.id) === which),
      );
      const { idp: provider, sub } = session.identity;
      let count = 0;
      for (const { login } of meant) {
        const ended = await store.sessions.endLogins({ by: 'id', id: login.id });
        count += ended.length;
        for (const id of ended)
          parts.telemetry.event('session_revoked', {
            ...visit,
            ...{ reason: 'ended-by-person', provider, sub, session: logIdOf(id) },
          });
      }
      return count;
    },
  };
}
