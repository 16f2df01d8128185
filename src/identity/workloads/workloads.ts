// The port through which requests find the program that a token of a trusted issuer stands for.
import type { MaybePromise } from '../../store/maybe-promise.ts';
import type { Service } from '../principal.ts';

/** Why a token stands for nobody. */
export interface WorkloadFault {
  readonly kind: 'fault';
  /** For the log: what was seen, and what is wanted. */
  readonly cause: string;
  /** It was good, or would be if it were newer. */
  readonly isOld: boolean;
}

export interface Workloads {
  /** Whether a token was good here before: nobody guesses with it. */
  isKnown(token: string, nowMs: number): boolean;
  /**
   * The program of a token. Verified once, then remembered by its hash until it expires or the settings of its issuer change.
   *
   * @param token what was presented; of no known form
   * @throws BouncerError `provider_unavailable` when the issuer's keys cannot be had
   */
  identify(token: string, nowMs: number): MaybePromise<Service | WorkloadFault>;
  /** Whether the same program may go on: its token has not expired, and its issuer is trusted as it was. */
  stands(before: Service, nowMs: number): boolean;
  close(): Promise<void>;
}
