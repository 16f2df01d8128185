// The port through which requests find whom their token stands for: a service, or the person whose program has it.
import type { Presented } from '../../http/own-token.ts';
import type { Reason } from '../../http/refusals.ts';
import type { CanonicalHost } from '../../http/request-target.ts';
import type { MaybePromise } from '../../store/maybe-promise.ts';
import type { Service } from '../principal.ts';
import type { Session, SessionLimits, Standing } from '../sessions/session.ts';

/** Where and when a token is presented. */
export interface TokenPlace {
  readonly host: CanonicalHost;
  /** The application's name; `null` on bouncer's own host: no application's limits apply there. */
  readonly application: string | null;
  /** Whether it takes personal tokens. */
  readonly takesPersonal: boolean;
  /** Its own limits of a session. */
  readonly limits: SessionLimits;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** The request that presents a token. */
export interface TokenVisit extends TokenPlace {
  readonly requestId: string;
  readonly ip: string | null;
  readonly country: string | null;
  /** Fit for the log. */
  readonly userAgent: string | null;
}

/** Why what was presented makes nobody of the request: it ends here, whatever the rules say. */
export interface Rejection {
  readonly kind: 'rejected';
  readonly reason: Reason;
  /** For the log alone. */
  readonly cause: string;
  /** What whoever holds the token can do, where the reason alone does not say it. */
  readonly cure?: 'log-in-again' | 'make-another' | 'none-taken' | 'ask-the-issuer';
}

export interface ServiceTokens {
  /**
   * The service of a presented token, or the session of the person whose program presents it. Counts as a use, or as a failure of the
   * client.
   *
   * @throws BouncerError `store_unavailable`, `provider_unavailable`
   */
  identify(presented: Presented, visit: TokenVisit): MaybePromise<Service | Session | Rejection>;
  /**
   * The same service as it stands, for a request that is still being answered. No use of the token.
   *
   * @param application the name of the application that it asked
   * @returns `null` when it has ended there
   * @throws BouncerError `store_unavailable`
   */
  standing(
    presented: Presented,
    before: Service,
    application: string,
    nowMs: number,
  ): MaybePromise<Service | null>;
  /** Likewise the session of a person whose program presented a token. */
  standingPerson(presented: Presented, before: Session, place: TokenPlace): MaybePromise<Standing | null>;
  /** A number that changes when any token changed or ended, by this process or another. Cheap enough to ask twice a second. */
  version(): MaybePromise<number>;
}
