// The port through which requests find the service that their token stands for.
import type { Presented } from '../../http/own-token.ts';
import type { Reason } from '../../http/refusals.ts';
import type { MaybePromise } from '../../store/maybe-promise.ts';
import type { Service } from '../principal.ts';
import type { SessionLimits } from '../sessions/session.ts';

/** The request that presents a token. */
export interface TokenVisit {
  readonly requestId: string;
  readonly host: string;
  /** `null` on bouncer's own host: no application's limits apply there. */
  readonly application: string | null;
  readonly ip: string | null;
  readonly country: string | null;
  /** Fit for the log. */
  readonly userAgent: string | null;
  /** When it came, milliseconds since the epoch. */
  readonly nowMs: number;
  /** The application's own limits of a session, for one that stands beside the token. */
  readonly limits: SessionLimits;
}

/** Why what was presented makes nobody of the request: it ends here, whatever the rules say. */
export interface Rejection {
  readonly kind: 'rejected';
  readonly reason: Reason;
  /** For the log alone. */
  readonly cause: string;
}

export interface ServiceTokens {
  /**
   * The service of a presented token. Counts as a use of the token, or as a failure of the client.
   *
   * @throws BouncerError `store_unavailable`
   */
  identify(presented: Presented, visit: TokenVisit): MaybePromise<Service | Rejection>;
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
  /** A number that changes when any token changed or ended, by this process or another. Cheap enough to ask twice a second. */
  version(): MaybePromise<number>;
}
