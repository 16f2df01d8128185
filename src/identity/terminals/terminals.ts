// The port for logins of terminals: a person in their browser lets a program act as them. By an address of this computer that the program
// listens on (RFC 8252), or by a code that the person types (RFC 8628). A page with a button always stands between.
import type { PersonVisit, Visit } from '../login/login-step.ts';
import type { Session } from '../sessions/session.ts';

/** What a program says of itself. All of it is its own claim. */
export interface ProgramClaim {
  /** Such as the name of its machine, cleaned. */
  readonly name: string;
  /** The SHA-256 of what it keeps to itself, base64url (RFC 7636, S256). */
  readonly challenge: string;
}

/** A program that listens on 127.0.0.1. */
export interface LoopbackAsk extends ProgramClaim {
  readonly port: number;
  /** Goes back to it as it came. */
  readonly state: string;
}

/** A program whose code was typed. */
export interface DeviceAsk {
  readonly name: string;
  /** Where it asked from; `null`: not known. */
  readonly ip: string | null;
  readonly country: string | null;
  readonly beganAtMs: number;
}

/** A code for a program without a browser. */
export interface IssuedDevice {
  readonly deviceCode: string;
  /** Such as `WDJB-MJHT`. */
  readonly userCode: string;
}

/** With what a program comes back. */
export type TerminalGrant =
  | { readonly by: 'code'; readonly code: string; readonly verifier: string }
  | { readonly by: 'device'; readonly deviceCode: string; readonly verifier: string };

/** Why it gets no token (RFC 6749 section 5.2, RFC 8628 section 3.5). */
export type GrantRefusal =
  | 'authorization_pending'
  | 'slow_down'
  | 'access_denied'
  | 'expired_token'
  | 'invalid_grant';

export type Redeemed =
  | { readonly kind: 'token'; readonly token: string; readonly expiresAtMs: number }
  | { readonly kind: 'refused'; readonly error: GrantRefusal };

/** The button that a person pressed. */
export type TerminalAnswer = 'allow' | 'deny';

/** Every method throws BouncerError `store_unavailable`. */
export interface Terminals {
  /** The person said yes or no. @returns where their browser goes: an address of the program */
  answerLoopback(visit: PersonVisit, ask: LoopbackAsk, answer: TerminalAnswer): Promise<string>;
  /** A program without a browser asks for a code. @returns `null`: too many were asked for */
  beginDevice(visit: Visit, claim: ProgramClaim, country: string | null): Promise<IssuedDevice | null>;
  /** What a typed code is of. @returns `wrong`: of nothing (any more); `too-many`: no more tries for now */
  findDevice(visit: PersonVisit, typed: string): Promise<DeviceAsk | 'wrong' | 'too-many'>;
  /** The person said yes or no to it. @returns false when somebody did before, or it took too long */
  answerDevice(visit: PersonVisit, typed: string, answer: TerminalAnswer): Promise<boolean>;
  /** A program comes for its token. */
  redeem(visit: Visit, grant: TerminalGrant): Promise<Redeemed>;
  /** Ends the token that a program came with; the session of its person goes on. */
  end(session: Session, visit: Visit, tokenHash: string): Promise<void>;
}
