// The port for logins and the host tokens that point at them. Tokens arrive as SHA-256 hashes; nothing here judges who may do what.

import type { Identity } from '../rules/model/facts.ts';
import type { MaybePromise } from './maybe-promise.ts';

/** One login of one browser. All its host tokens end with it. Times in milliseconds since the epoch. */
export interface StoredLogin {
  readonly id: string;
  readonly identity: Identity;
  /** The provider's own session id (`sid`), for back-channel logout. */
  readonly providerSid: string | null;
  /** Sealed ID and refresh tokens; opaque here. */
  readonly secrets: string | null;
  /** Whether the provider issued a refresh token, so that the login can be checked again. */
  readonly isRefreshable: boolean;
  /** The provider wants to see the person before it vouches for them again: the next page that they open asks them. */
  readonly mustAskPerson: boolean;
  /** The provider's settings that the login was made under, as a digest; `null` for a row from before there were any. */
  readonly providerDigest: string | null;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly lastSeenMs: number;
  /** When the provider last vouched for the identity, or was last tried. */
  readonly checkedAtMs: number;
  /** Since when the provider cannot be asked whether the login still holds; `null`: it could be, the last time. */
  readonly unansweredSinceMs: number | null;
  /** From where the person logged in: the client's address, and the browser's words for itself, cut to length. */
  readonly ip: string | null;
  readonly userAgent: string | null;
  /**
   * A login of a personal token alone: when the provider last vouched for it. It neither idles out nor belongs to a session at the
   * provider. `null`: a browser's login.
   */
  readonly vouchedAtMs: number | null;
}

/** A login as an operator sees it. */
export interface ListedLogin {
  readonly login: StoredLogin;
  readonly hosts: readonly string[];
  readonly programs: readonly ProgramToken[];
}

/** What a token is for that no browser holds: `terminal` acts as the login that it belongs to, `personal` is for one program. */
export interface ProgramToken {
  readonly kind: 'terminal' | 'personal';
  /** What the person sees of it, such as the machine's name. */
  readonly name: string;
  /** The names of the applications that it is for; `null`: all. */
  readonly applications: readonly string[] | null;
}

/** A program's token as its person sees it. */
export interface ListedProgram {
  readonly hash: string;
  readonly program: ProgramToken;
  readonly createdAtMs: number;
  readonly login: StoredLogin;
}

/** A login as a token leads to it. */
export interface FoundLogin {
  readonly login: StoredLogin;
  readonly host: string;
  /** When the token itself ends, because a newer one replaced it; `null`: with its login. */
  readonly tokenEndsAtMs: number | null;
  /** `null`: a browser holds it. */
  readonly program: ProgramToken | null;
}

/** What a browser holds for one host, or a program for all of them, by its hash. */
export interface StoredHostToken {
  readonly hash: string;
  /** Of a program's token the {@link programHost}. */
  readonly host: string;
  readonly createdAtMs: number;
  readonly program?: ProgramToken;
}

/** In place of a host: no request is for it, and no other token has it, so that none replaces another. */
export function programHost(hash: string): string {
  return `program:${hash}`;
}

/** Which logins to end. */
export type LoginSelection =
  | { readonly by: 'id'; readonly id: string }
  | { readonly by: 'email'; readonly email: string }
  | { readonly by: 'subject'; readonly idp: string; readonly sub: string }
  /** With a `sub`, also that person's logins of which the provider never told the session: any of them may be meant. */
  | {
      readonly by: 'provider-session';
      readonly idp: string;
      readonly sid: string;
      readonly sub: string | null;
    }
  | { readonly by: 'all' };

/** What of a login may change. Every change counts up the revision, except where only times change. */
export interface LoginChange {
  readonly identity: Identity;
  readonly providerSid: string | null;
  readonly secrets: string | null;
  readonly isRefreshable: boolean;
  readonly mustAskPerson: boolean;
  readonly checkedAtMs: number;
  readonly unansweredSinceMs: number | null;
  /** `null` or absent: it stays. */
  readonly vouchedAtMs?: number | null;
}

/** Every method throws (or rejects with) BouncerError `store_unavailable` when the store cannot be read or written. */
export interface SessionStore {
  /**
   * Changes when any login changed or ended, by this process at once, by another within a second. A few microseconds; only a
   * store that is not sure has to be asked. While it cannot be asked, a remote store may go on with the last one for the time that it
   * was told.
   */
  version(): MaybePromise<number>;
  /** Whether what was read of a login at that version still stands. False when in doubt. */
  isUnchangedSince(loginId: string, version: number): boolean;
  /** False while the store cannot be asked, and {@link version} tells what was last known. */
  isReachable(): boolean;
  /** The login and host of a token; expiry is not judged. A login with a blocked address is none: see {@link PersonStore}. */
  findByToken(hash: string): MaybePromise<FoundLogin | null>;
  findLogin(id: string): MaybePromise<StoredLogin | null>;
  /** Adds a login with its first token and ends the login that it replaces, at once. */
  createLogin(login: StoredLogin, token: StoredHostToken, replacesLoginId: string | null): MaybePromise<void>;
  /**
   * Changes a login and replaces all its tokens by one (step-up); false when it ended meanwhile.
   *
   * @param expectedRevision only from there, as of {@link updateLogin}; absent: from any
   */
  upgradeLogin(
    id: string,
    change: LoginChange,
    token: StoredHostToken,
    expectedRevision?: number,
  ): MaybePromise<boolean>;
  /** Changes a login's facts if its revision is still the expected one (refresh); tokens stay. */
  updateLogin(id: string, expectedRevision: number, change: LoginChange): MaybePromise<boolean>;
  /** Adds a token; this login's other tokens of the same host end at `othersEndAtMs` at the latest. False when the login ended. */
  addToken(loginId: string, token: StoredHostToken, othersEndAtMs: number): MaybePromise<boolean>;
  /** True for the one caller that may check the login again with the provider now. */
  claimCheck(id: string, expectedCheckedAtMs: number, nowMs: number): MaybePromise<boolean>;
  /** Later uses, in one batch; moves no time back, but for one from more than a minute ahead, which a wrong clock wrote. */
  touch(uses: readonly { readonly id: string; readonly lastSeenMs: number }[]): MaybePromise<void>;
  removeToken(hash: string): MaybePromise<boolean>;
  /** Ends logins on every host; returns the ids of those that ended. */
  endLogins(selection: LoginSelection): MaybePromise<readonly string[]>;
  /**
   * The same, together with a marker of the once-store: both are written or neither.
   *
   * @returns `null`, and nothing ended, where the marker stands already
   */
  endLoginsOnce(
    selection: LoginSelection,
    marker: { readonly key: string; readonly expiresAtMs: number },
    nowMs: number,
  ): MaybePromise<readonly string[] | null>;
  /**
   * Logins with the hosts of browsers' tokens and what programs' tokens are for, latest use first.
   *
   * @param selection which ones; all by default
   */
  list(selection?: LoginSelection): MaybePromise<readonly ListedLogin[]>;
  /** The programs' tokens of a person, whichever of their logins they belong to, oldest first. */
  listPrograms(idp: string, sub: string): MaybePromise<readonly ListedProgram[]>;
  /**
   * Forgets logins past their end, browsers' logins unused since `idleSinceMs`, logins made more than a minute ahead of now, and tokens
   * past their own end.
   *
   * @returns how many logins
   */
  removeExpired(nowMs: number, idleSinceMs: number): MaybePromise<number>;
}
