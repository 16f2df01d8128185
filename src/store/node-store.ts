// The port through which the processes of one store know of each other: who runs which version with which rules. Nothing is decided by it.
import type { MaybePromise } from './maybe-promise.ts';

/** One connection of a connector, as the process that has it says. */
export interface TunnelSessionReport {
  readonly tunnel: string;
  readonly connector: string;
  readonly address: string;
  readonly version: string;
  readonly services: readonly string[];
  readonly forSeconds: number;
  /** Of the last probe; `null` before the first. */
  readonly roundTripMs: number | null;
  /** Connections to services so far, and those that are open. */
  readonly opened: number;
  readonly open: number;
  /** Requests so far. Absent: the process is of a version that does not count them. */
  readonly requests?: number;
  /** It takes requests. */
  readonly isUsable: boolean;
}

/** What one process says of itself. */
export interface NodeReport {
  /** Random, new at every start. */
  readonly id: string;
  /** For people: the machine's name and the process id. */
  readonly name: string;
  readonly version: string;
  /** The hash of the rules in force, see `hashRules`. */
  readonly rulesHash: string;
  /** Why newer rules are not in force; `null` when the newest are. */
  readonly rulesFailure: string | null;
  readonly startedAtMs: number;
  /** Where people log in. Absent: the process is of a version that does not say so. */
  readonly authUrl?: string;
  /** Absent where it has no tunnels. */
  readonly tunnelSessions?: readonly TunnelSessionReport[];
}

export interface SeenNode extends NodeReport {
  /** When it last said so, by the store's time. */
  readonly seenAtMs: number;
}

/** Every method throws (or rejects with) BouncerError `store_unavailable` when the store cannot be read or written. */
export interface NodeStore {
  /** Says that this process lives, and forgets those that have not said so since `forgetBeforeMs`. */
  announce(report: NodeReport, nowMs: number, forgetBeforeMs: number): MaybePromise<void>;
  /** Says that this process ends. */
  withdraw(id: string): MaybePromise<void>;
  /** All that are known, in the order of their names. */
  listNodes(): MaybePromise<readonly SeenNode[]>;
}
