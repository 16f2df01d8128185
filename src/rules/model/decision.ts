// What a decision says. Values only; the same ids stand in the log, on the denied page and in `bouncer explain`.

import type { Reason } from '../../http/refusals.ts';
import type { KeySource } from './key-source.ts';

/** Why, as a fixed id. Stable across releases: people alert on these. All but an allowing one are in the table of refusals. */
export type ReasonId =
  | 'policy-allowed'
  | 'policy-bypassed'
  | 'preflight-passed'
  | Extract<
      Reason,
      | 'policy-denied'
      | 'no-policy-matched'
      | 'login-required'
      | 'hardware-key-required'
      | 'fresh-login-required'
      | 'decision-error'
    >;

/** What a person must do before the stopped policy can be read on. */
export type Missing =
  /** `maxAgeMs`: the freshness that the policy looks at besides; whoever logs in first is asked for it with the login. */
  | { readonly what: 'login'; readonly maxAgeMs?: number }
  /** `source`: whose word counts; `any` where either does. */
  | { readonly what: 'hardware_key'; readonly maxAgeMs: number | null; readonly source: KeySource }
  | { readonly what: 'fresh_login'; readonly maxAgeMs: number };

/** A report-only policy or application: what it would have decided. Changes nothing. */
export interface Report {
  readonly policy: string | null;
  readonly outcome: Outcome;
  readonly reason: ReasonId;
}

export type Outcome = 'allow' | 'deny' | 'login' | 'step_up';

/** The answer for one request. Frozen; may be shared between requests. */
export interface Decision {
  readonly outcome: Outcome;
  readonly reason: ReasonId;
  /** The policy that decided or stopped the reading; `null` when none matched. */
  readonly policy: string | null;
  /** True when a `bypass` policy allowed: no identity is needed, but one is carried along where there is one. */
  readonly isBypass: boolean;
  /** Filled for `login` and `step_up`. */
  readonly missing: readonly Missing[];
  /** Usually empty. */
  readonly reports: readonly Report[];
  /** With `decision-error`: what was thrown inside of it, a fault of this program. For the log alone. */
  readonly fault?: unknown;
}
