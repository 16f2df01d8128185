// Who is asking. Rules, minting and records take a principal, whatever it proved itself by; there is never more than one.
import type { Application } from '../rules/model/compiled-rules.ts';
import type { Identity } from '../rules/model/facts.ts';
import type { Workload } from '../rules/model/workload.ts';
import type { Session } from './sessions/session.ts';

/** Somebody who proved nothing. */
export interface Nobody {
  readonly kind: 'nobody';
}

/** A program that presented a valid service token, or a valid token of a trusted issuer. Frozen; shared between requests. */
export interface Service {
  readonly kind: 'service';
  /** The token's id, or of an issuer's token its hash. Never in a log: use `logId`. */
  readonly id: string;
  /** A short hash of `id` for the log. */
  readonly logId: string;
  /** The token's name, by which rules and applications know the program; of an issuer's token `issuer:subject`, which no name can be. */
  readonly name: string;
  /** Changes whenever a fact of the token changes: whatever was derived from an older revision is stale. */
  readonly revision: number;
  /** Milliseconds since the epoch; `Infinity` for a token without an end. */
  readonly expiresAtMs: number;
  /** Of a program with a token of a trusted issuer; absent: it has a service token. */
  readonly workload?: Workload;
}

/** Nobody, a person with a session, or a service with a token. */
export type Principal = Nobody | Session | Service;

/** A principal that an application can be told about. */
export type Known = Exclude<Principal, Nobody>;

export const nobody: Nobody = Object.freeze({ kind: 'nobody' });

/** Who it is to an application: a login in a way that it does not take does not count there. */
export function principalAt(
  { loginMethods }: Pick<Application, 'loginMethods'>,
  principal: Principal,
): Principal {
  const isTaken =
    principal.kind !== 'person' || loginMethods === null || loginMethods.includes(principal.identity.idp);
  return isTaken ? principal : nobody;
}

/** What identity providers say of the person; `null` for everybody else. */
export function identityOf(principal: Principal): Identity | null {
  return principal.kind === 'person' ? principal.identity : null;
}
