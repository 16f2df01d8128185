// From what a request carries to its principal. The ports that look things up are asked; nothing is decided about access.
import { BouncerError } from '../bouncer-error.ts';
import type { KnownToken } from '../http/known-head.ts';
import { holdsToken, type Presented } from '../http/own-token.ts';
import type { CanonicalHost, RequestTarget } from '../http/request-target.ts';
import { isPromise, type MaybePromise } from '../store/maybe-promise.ts';
import { nobody, type Principal, type Service } from './principal.ts';
import type { Session, SessionLimits, Sessions, Standing } from './sessions/session.ts';
import type { Rejection, ServiceTokens, TokenPlace, TokenVisit } from './tokens/service-token.ts';

/** What of a request can prove who is asking, and where it was sent. */
export interface Credentials {
  readonly host: CanonicalHost;
  readonly target: RequestTarget;
  readonly cookie: string | undefined;
  /** What is known of the same cookies from a request before. */
  readonly known?: { token: KnownToken | null } | undefined;
  readonly presented?: Presented | null;
}

/** Who knows sessions and tokens. */
export interface Registers {
  readonly sessions: Sessions;
  readonly tokens: ServiceTokens;
}

/** Whether a request presents a token, be it in a place where none belongs: {@link identifyByToken} says who it is. */
export function presentsToken({ presented, target }: Credentials): boolean {
  return (presented ?? null) !== null || holdsToken(target.path) || holdsToken(target.query);
}

/**
 * Who sent a request that presents no token. Counts as a use of the session.
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
  const { host, cookie, known } = credentials;
  const found = sessions.identify(cookie, { host, limits, nowMs }, known);
  return isPromise(found)
    ? found.then((session) => principalOf(session, host, nowMs))
    : principalOf(found, host, nowMs);
}

/**
 * Who sent a request that presents a token. One that counts for nothing ends the request, and so does a token beside a session.
 *
 * @throws BouncerError `store_unavailable`; `internal` for a service that nobody can be
 */
export function identifyByToken(
  registers: Registers,
  credentials: Credentials,
  visit: TokenVisit,
): MaybePromise<Principal | Rejection> {
  const presented = credentials.presented ?? null;
  if (presented === null || holdsToken(credentials.target.path) || holdsToken(credentials.target.query))
    return { kind: 'rejected', reason: 'token-in-url', cause: 'a token in the address' };
  const found = registers.tokens.identify(presented, visit);
  return isPromise(found)
    ? found.then((holder) => aloneOrAmbiguous(holder, registers, credentials, visit))
    : aloneOrAmbiguous(found, registers, credentials, visit);
}

/** Whom a token stands for. */
type Holder = Service | Session;

function aloneOrAmbiguous(
  found: Holder | Rejection,
  { sessions }: Registers,
  { cookie, host }: Credentials,
  { limits, nowMs }: TokenVisit,
): MaybePromise<Holder | Rejection> {
  if (found?.kind === 'rejected') return found;
  if (found?.kind === 'person') {
    if (!isFor(found, host, nowMs) || found.program === null) throw notItsOwn('session');
  } else if (!isService(found, nowMs)) throw notItsOwn('service');
  if (cookie === undefined) return found;
  const standing = sessions.standing(cookie, { host, limits, nowMs });
  const alone = (beside: Standing | null): Holder | Rejection => (beside === null ? found : besideSession);
  return isPromise(standing) ? standing.then(alone) : alone(standing);
}

const besideSession: Rejection = Object.freeze({
  ...{ kind: 'rejected', reason: 'credentials-ambiguous', cause: 'a token beside a session' },
} as const);

/**
 * The session of a request that is still being answered, as it stands. Not a use of it.
 *
 * @param before the session that the request came with
 * @returns `null` when it has ended
 * @throws BouncerError as {@link identify}
 */
export function identifyAgain(
  sessions: Sessions,
  { cookie, host }: Credentials,
  before: Session,
  { limits, nowMs }: { readonly limits: SessionLimits; readonly nowMs: number },
): MaybePromise<Standing | null> {
  const check = checkSame(before, host, nowMs);
  const found = sessions.standing(cookie, { host, limits, nowMs });
  return isPromise(found) ? found.then(check) : check(found);
}

/**
 * The session of a person whose program presented a token with a request that is still being answered. Not a use of it.
 *
 * @param before the session that the request came with
 * @returns `null` when it has ended, or the token has
 * @throws BouncerError as {@link identifyByToken}
 */
export function identifyPersonAgain(
  tokens: ServiceTokens,
  { presented = null, host }: Credentials,
  before: Session,
  place: TokenPlace,
): MaybePromise<Standing | null> {
  if (presented === null) throw notItsOwn('session');
  const check = checkSame(before, host, place.nowMs);
  const found = tokens.standingPerson(presented, before, place);
  return isPromise(found) ? found.then(check) : check(found);
}

function checkSame(
  before: Session,
  host: CanonicalHost,
  nowMs: number,
): (standing: Standing | null) => Standing | null {
  return (standing) => {
    if (standing !== null && (!isFor(standing.session, host, nowMs) || standing.session.id !== before.id))
      throw notItsOwn('session');
    return standing;
  };
}

/**
 * The service of a request that is still being answered, as it stands. Not a use of its token.
 *
 * @param before the service that the request came from
 * @returns `null` when its token has ended there
 * @throws BouncerError as {@link identifyByToken}
 */
export function identifyServiceAgain(
  tokens: ServiceTokens,
  { presented = null }: Credentials,
  before: Service,
  { application, nowMs }: { readonly application: string; readonly nowMs: number },
): MaybePromise<Service | null> {
  if (presented === null) throw notItsOwn('service');
  const check = (service: Service | null): Service | null => {
    if (service !== null && (!isService(service, nowMs) || service.id !== before.id))
      throw notItsOwn('service');
    return service;
  };
  const found = tokens.standing(presented, before, application, nowMs);
  return isPromise(found) ? found.then(check) : check(found);
}

function principalOf(session: Session | null, host: CanonicalHost, nowMs: number): Principal {
  if (session === null) return nobody;
  if (!isFor(session, host, nowMs)) throw notItsOwn('session');
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

function isService(service: Service, nowMs: number): boolean {
  return (
    typeof service === 'object' &&
    service !== null &&
    service.kind === 'service' &&
    typeof service.name === 'string' &&
    service.name !== '' &&
    service.expiresAtMs > nowMs
  );
}

function notItsOwn(what: 'session' | 'service'): BouncerError {
  return new BouncerError('internal', `the ${what} that was found is not one of this request`);
}
