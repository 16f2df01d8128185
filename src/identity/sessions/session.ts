// A session as the rest of the program sees it, and the port through which requests find theirs.
import type { KnownToken } from '../../http/known-head.ts';
import type { CanonicalHost } from '../../http/request-target.ts';
import type { Identity } from '../../rules/model/facts.ts';
import type { MaybePromise } from '../../store/maybe-promise.ts';
import type { ProgramToken } from '../../store/session-store.ts';

/** A login that lasts, seen from one host: the principal that a person is. Frozen; shared between requests. */
export interface Session {
  readonly kind: 'person';
  /** The login's id, the assertion's `sid`; the same on every host. Never in a log: use `logId`. */
  readonly id: string;
  /** A short hash of `id` for the log. */
  readonly logId: string;
  /** The host whose cookie this is, or where a program's token was presented. */
  readonly host: CanonicalHost;
  /** The token of a program by which the person is known here; `null`: a browser's cookie. */
  readonly program: ProgramToken | null;
  readonly identity: Identity;
  /** Changes whenever a fact of the session changes: whatever was derived from an older revision is stale. */
  readonly revision: number;
  readonly createdAtMs: number;
  /** The absolute end, by the settings; an application may end it earlier. */
  readonly expiresAtMs: number;
  /** The provider wants to see the person: a page that they open goes to the login first, whatever the rules say. */
  readonly mustAskPerson: boolean;
}

/** An application's own tighter limits; `null` = the settings'. */
export interface SessionLimits {
  readonly durationMs: number | null;
  readonly idleTimeoutMs: number | null;
}

/** A session as it stands for what it let in and what still goes on. */
export interface Standing {
  readonly session: Session;
  /** When it idles out if nobody uses it before, milliseconds since the epoch. */
  readonly idlesAtMs: number;
}

export interface Sessions {
  /**
   * The session that the `Cookie` header's token names on this host, or `null`: no cookie, a damaged, oversized or doubled one,
   * one for another host, a session that ended, expired or idled out, or was made more than a minute ahead of the clock.
   * Counts as a use of the session.
   *
   * @param known where the hash of its token is kept for the next request with the same cookies
   * @throws BouncerError `store_unavailable`
   */
  identify(
    cookie: string | undefined,
    use: SessionUse,
    known?: { token: KnownToken | null },
  ): MaybePromise<Session | null>;
  /** Like `identify`, for a look at a request that is still being answered: no use of the session, which may idle out meanwhile. */
  standing(cookie: string | undefined, use: SessionUse): MaybePromise<Standing | null>;
  /** A number that changes when any session ended or changed, by this process or another. Cheap enough to ask twice a second. */
  version(): MaybePromise<number>;
  /** False while the store does not answer, and sessions are what they were when it last did. */
  isReachable(): boolean;
}

/** The request that a session is to count for. */
export interface SessionUse {
  readonly host: CanonicalHost;
  /** The application's own tighter limits. */
  readonly limits: SessionLimits;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** Who knows the tokens that people gave to their programs. */
export interface ProgramSessions {
  /**
   * The session behind a program's token, on whatever host it is presented. Counts as a use of the session.
   *
   * @param hash of the token
   * @returns `unknown`: there is none (any more); `over`: the session is too old for this application, or was not used for too long
   * @throws BouncerError `store_unavailable`; `provider_unavailable` when nobody can vouch for a personal token
   */
  identifyProgram(hash: string, use: SessionUse): MaybePromise<Session | 'unknown' | 'over'>;
  /** Like `identifyProgram`, for a look at a request that is still being answered: no use of the session. */
  programStanding(hash: string, use: SessionUse): MaybePromise<Standing | null>;
  /** Whether the token was good here lately. */
  isProgramKnown(hash: string, host: CanonicalHost): boolean;
}
