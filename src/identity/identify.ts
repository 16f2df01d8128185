// From what a request carries to its principal. The ports that look things up are asked; nothing is decided about access.
import { BouncerError } from '../bouncer-error.ts';
import type { CanonicalHost } from '../http/request-target.ts';
import type { MaybePromise } from '../store/maybe-promise.ts';
import { nobody, type Principal } from './principal.ts';
import type { Session, SessionLimits, Sessions, Standing } from './sessions/session.ts';

/** What of a request can prove who is asking, and where it was sent. */
export interface Credentials {
  readonly host: CanonicalHost;
  readonly cookie: string | undefined;
}

/**
 * Who sent a request. Counts as a use of the session.
 *
 * @param limits the application's own limits of a session
 * @throws BouncerError `store_unavailable`; `internal` for a session that is not this request's
 */
export function identify(
  sessions: Sessions,
  credentials: Credentials,
  limits: SessionLimits,
  nowMs: number,
): MaybePromise<Principal> {
  const found = sessions.identify(credentials.cookie, credentials.host, limits, nowMs);
  return found instanceof Promise
    ? found.then((session) => principalOf(session, credentials.host, nowMs))
    : principalOf(found, credentials.host, nowMs);
}

/**
 * The session of a request that is still being answered, as it stands. Not a use of it.
 *
 * @param before the session that the request came with
 * @returns `null` when it has ended
 * @throws BouncerError as {@link identify}
 */
export function identifyAgain(
  sessions: Sessions,
  credentials: Credentials,
  before: Session,
  limits: SessionLimits,
  nowMs: number,
): MaybePromise<Standing | null> {
  const { cookie, host } = credentials;
  const check = (standing: Standing | null): Standing | null => {
    if (standing !== null && (!isFor(standing.session, host, nowMs) || standing.session.id !== before.id))
      throw notItsOwn();
    return standing;
  };
  const found = sessions.standing(cookie, host, limits, nowMs);
  return found instanceof Promise ? found.then(check) : check(found);
}

function principalOf(session: Session | null, host: CanonicalHost, nowMs: number): Principal {
  if (session === null) return nobody;
  if (!isFor(session, host, nowMs)) throw notItsOwn();
  return session;
}

/** Nothing that a port gave and that is not for this host and not alive lets anybody in, whatever it is. */
function isFor(session: Session, host: CanonicalHost, nowMs: number): boolean {
  return (
    typeof session === 'object' &&
    session.kind === 'person' &&
    session.host === host &&
    session.expiresAtMs > nowMs &&
    typeof session.identity === 'object' &&
    session.identity !== null
  );
}

function notItsOwn(): BouncerError {
  return new BouncerError('internal', 'the session that was found is not one of this request');
}
