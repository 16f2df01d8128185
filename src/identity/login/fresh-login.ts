// Whether a person proved who they are just now, where a session that somebody stole must not be enough: for a hardware key, and for a
// token that outlives the session.
import { isAhead } from '../../rules/model/time-ahead.ts';
import type { Session } from '../sessions/session.ts';
import { type LoginNeeds, noNeeds } from './login-needs.ts';

/** How old the login, or the use of a key, may be. Milliseconds. */
export const freshForMs = 300_000;

/** Whether a time lies within the last five minutes, and not ahead of the clock. */
export function isFresh(atMs: number, nowMs: number): boolean {
  return nowMs - atMs <= freshForMs && !isAhead(atMs, nowMs);
}

/** Whether the person logged in within the last five minutes. Where the provider does not say when, its answer to bouncer counts. */
export function isFreshLogin({ identity, createdAtMs }: Session, nowMs: number): boolean {
  return isFresh(identity.authTimeMs ?? createdAtMs, nowMs);
}

/** A provider that never says when somebody logged in cannot confirm a fresh login; with it a new one is begun. */
export function freshLoginNeeds({ identity }: Session): LoginNeeds {
  return identity.authTimeMs === null
    ? { ...noNeeds, isOtherAccount: true }
    : { ...noNeeds, maxAgeSeconds: freshForMs / 1000 };
}
