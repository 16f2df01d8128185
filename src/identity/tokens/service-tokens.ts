// Finds whom a presented token stands for: checksum → hash → service token, from memory while the store says that nothing changed, or the
// session of a person. It judges ends and applications, and slows who guesses; it makes no token and decides nothing about access.
import { ownTokenPrefix, type Presented } from '../../http/own-token.ts';
import type { Reason } from '../../http/refusals.ts';
import { isPromise, type MaybePromise } from '../../store/maybe-promise.ts';
import { RecentlyUsed } from '../../store/recently-used.ts';
import type { FoundToken, TokenStore } from '../../store/token-store.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import { hashToken, isSameSecret, logIdOf } from '../opaque-token.ts';
import type { Service } from '../principal.ts';
import type { ProgramSessions, Session, Standing } from '../sessions/session.ts';
import type { WorkloadFault, Workloads } from '../workloads/workloads.ts';
import { FailureShare } from './failure-share.ts';
import { cureFor, identifyPerson, takes } from './person-tokens.ts';
import { isSecretShaped, kindOfSecret } from './service-secret.ts';
import type { Rejection, ServiceTokens, TokenPlace, TokenVisit } from './service-token.ts';
import { createTokenUses, type TokenUses } from './token-uses.ts';
import { watchTokens } from './watch-tokens.ts';

export interface ServiceTokenKeeper extends ServiceTokens {
  /** Writes what is still to be written and stops the timers. */
  close(): Promise<void>;
}

export interface ServiceTokensParts {
  readonly store: TokenStore;
  /** Who knows what people gave to their programs. */
  readonly sessions: ProgramSessions;
  /** Who knows the tokens of trusted issuers. */
  readonly workloads: Workloads;
  readonly telemetry: Pick<Telemetry, 'event'>;
  /** The store's time, milliseconds since the epoch. */
  readonly now: () => number;
}

/** Resolved secrets in memory, at about 700 bytes each. */
const cacheCapacity = 10_000;
/** Uses that were told, by token, application and address. */
const toldCapacity = 4_096;
/** A use from the same place is told again after this time, milliseconds. */
const tellAgainMs = 3_600_000;

interface Entry {
  readonly service: Service;
  readonly applications: ReadonlySet<string> | null;
  readonly hasEndedSecret: (nowMs: number) => boolean;
  /** The store's version at which the token was last known to be unchanged. */
  version: number;
}

type Judged = { readonly reason: Reason; readonly cause: string } | null;

class StoredTokens implements ServiceTokenKeeper {
  readonly #store: TokenStore;
  readonly #sessions: ProgramSessions;
  readonly #workloads: Workloads;
  readonly #telemetry: Pick<Telemetry, 'event'>;
  readonly #cache = new RecentlyUsed<Entry>(cacheCapacity);
  readonly #told = new RecentlyUsed<number>(toldCapacity);
  readonly #failures = new FailureShare();
  readonly #uses: TokenUses;
  readonly #watch: { close(): void };

  constructor({ store, sessions, workloads, telemetry, now }: ServiceTokensParts) {
    this.#store = store;
    this.#sessions = sessions;
    this.#workloads = workloads;
    this.#telemetry = telemetry;
    this.#uses = createTokenUses(store, telemetry);
    this.#watch = watchTokens(store, telemetry, now);
  }

  version(): MaybePromise<number> {
    return this.#store.version();
  }

  async close(): Promise<void> {
    this.#watch.close();
    await this.#uses.close();
  }

  identify(presented: Presented, visit: TokenVisit): MaybePromise<Service | Session | Rejection> {
    if (presented.kind === 'several')
      return rejected('credentials-ambiguous', 'tokens in more than one header field');
    if (presented.kind === 'unusable') return this.#fail(visit, presented.cause);
    const { token, clientId } = presented;
    if (isForeign(token)) return this.#identifyWorkload(token, clientId, visit);
    if (!isSecretShaped(token)) return this.#fail(visit, 'not a token, or mistyped');
    const hash = hashToken(token);
    const kind = kindOfSecret(token);
    if (kind === 'u' || kind === 'p') return this.#identifyPerson({ kind, hash }, clientId, visit);
    // A secret that was good here before is never held back by what others tried from the same address.
    if (this.#cache.get(hash) === undefined && this.#failures.isSpent(visit.ip, visit.nowMs))
      return this.#fail(visit, 'not looked up');
    const found = this.#find(hash);
    return isPromise(found)
      ? found.then((entry) => this.#admit(entry, clientId, visit))
      : this.#admit(found, clientId, visit);
  }

  standing(
    presented: Presented,
    before: Service,
    application: string,
    nowMs: number,
  ): MaybePromise<Service | null> {
    if (before.workload !== undefined) return this.#workloads.stands(before, nowMs) ? before : null;
    if (presented.kind !== 'token' || !isSecretShaped(presented.token)) return null;
    const check = (entry: Entry | null): Service | null => {
      if (entry === null || entry.service.id !== before.id) return null;
      return judge(entry, presented.clientId, application, nowMs) === null ? entry.service : null;
    };
    const found = this.#find(hashToken(presented.token));
    return isPromise(found) ? found.then(check) : check(found);
  }

  standingPerson(presented: Presented, before: Session, place: TokenPlace): MaybePromise<Standing | null> {
    if (presented.kind !== 'token' || !isSecretShaped(presented.token)) return null;
    const kind = kindOfSecret(presented.token);
    if (kind !== 'u' && kind !== 'p') return null;
    const check = (standing: Standing | null): Standing | null =>
      standing !== null && standing.session.id === before.id && takes(standing.session, kind, place)
        ? standing
        : null;
    const found = this.#sessions.programStanding(hashToken(presented.token), place);
    return isPromise(found) ? found.then(check) : check(found);
  }

  #identifyWorkload(
    token: string,
    clientId: string | null,
    visit: TokenVisit,
  ): MaybePromise<Service | Rejection> {
    if (clientId !== null) return this.#fail(visit, 'a client id beside a token of an issuer');
    if (!this.#workloads.isKnown(token, visit.nowMs) && this.#failures.isSpent(visit.ip, visit.nowMs))
      return this.#fail(visit, 'not looked at');
    const judge = (found: Service | WorkloadFault): Service | Rejection => {
      if (found.kind === 'fault') {
        const rejection = this.#fail(visit, found.cause);
        return found.isOld && rejection.reason === 'token-invalid'
          ? { ...rejection, cure: 'ask-the-issuer' }
          : rejection;
      }
      this.#tellUse(found, visit);
      return found;
    };
    const found = this.#workloads.identify(token, visit.nowMs);
    return isPromise(found) ? found.then(judge) : judge(found);
  }

  #identifyPerson(
    program: { readonly kind: 'u' | 'p'; readonly hash: string },
    clientId: string | null,
    visit: TokenVisit,
  ): MaybePromise<Session | Rejection> {
    if (clientId !== null) return this.#fail(visit, 'a client id beside a token of a person');
    const isKnown = this.#sessions.isProgramKnown(program.hash, visit.host);
    if (!isKnown && this.#failures.isSpent(visit.ip, visit.nowMs)) return this.#fail(visit, 'not looked up');
    const judge = (found: Session | Rejection | 'unknown'): Session | Rejection => {
      if (found === 'unknown') {
        const rejection = this.#fail(visit, 'no such token of a person (any more)');
        return rejection.reason === 'token-invalid'
          ? { ...rejection, cure: cureFor(program.kind) }
          : rejection;
      }
      // Whoever holds a real token guesses nothing: it costs no share.
      if (found.kind === 'rejected') this.#tellFailure(visit, found.cause, null);
      return found;
    };
    const found = identifyPerson(this.#sessions, program, visit);
    return isPromise(found) ? found.then(judge) : judge(found);
  }

  #find(hash: string): MaybePromise<Entry | null> {
    const version = this.#store.version();
    return isPromise(version) ? version.then((at) => this.#resolve(hash, at)) : this.#resolve(hash, version);
  }

  #resolve(hash: string, version: number): MaybePromise<Entry | null> {
    const entry = this.#cache.get(hash);
    if (entry !== undefined) {
      if (entry.version === version) return entry;
      if (this.#store.isUnchangedSince(entry.service.id, entry.version)) {
        entry.version = version;
        return entry;
      }
    }
    const found = this.#store.findBySecret(hash);
    return isPromise(found)
      ? found.then((row) => this.#remember(hash, version, row))
      : this.#remember(hash, version, found);
  }

  #remember(hash: string, version: number, found: FoundToken | null): Entry | null {
    if (found === null) {
      this.#cache.delete(hash);
      return null;
    }
    const entry = createEntry(found, version);
    this.#cache.set(hash, entry);
    return entry;
  }

  #admit(entry: Entry | null, clientId: string | null, visit: TokenVisit): Service | Rejection {
    if (entry === null) return this.#fail(visit, 'no such token (any more)');
    const { nowMs } = visit;
    const { service } = entry;
    const judged = judge(entry, clientId, visit.application, nowMs);
    if (judged !== null) {
      // Whoever holds a real secret guesses nothing: it costs no share.
      this.#tellFailure(visit, judged.cause, service.name);
      return rejected(judged.reason, judged.cause);
    }
    this.#uses.record(service.id, nowMs, visit.ip, visit.country);
    this.#tellUse(service, visit);
    return service;
  }

  #fail(visit: TokenVisit, cause: string): Rejection {
    if (this.#failures.isSpent(visit.ip, visit.nowMs))
      return rejected('too-many-attempts', 'too many wrong tokens from this address');
    this.#failures.count(visit.ip, visit.nowMs);
    this.#tellFailure(visit, cause, null);
    return rejected('token-invalid', cause);
  }

  #tellFailure({ requestId, host, ip, userAgent }: TokenVisit, cause: string, token: string | null): void {
    this.#telemetry.event('token_use_failed', {
      ...{ request_id: requestId, host, ip, user_agent: userAgent, cause },
      ...(token === null ? {} : { token }),
    });
  }

  /** Once an hour for each token, application and address: every request has its line in the log besides. */
  #tellUse({ id, name, logId }: Service, visit: TokenVisit): void {
    const { requestId, host, ip, userAgent, application, nowMs } = visit;
    const key = `${id} ${application} ${ip}`;
    const lastMs = this.#told.get(key);
    if (lastMs !== undefined && Math.abs(nowMs - lastMs) < tellAgainMs) return;
    this.#told.set(key, nowMs);
    this.#telemetry.event('token_used', {
      ...{ request_id: requestId, host, ip, user_agent: userAgent },
      ...{ token: name, session: logId },
    });
  }
}

/** A JWT has dots, and no secret of bouncer's has. */
function isForeign(token: string): boolean {
  return token.includes('.') && !token.startsWith(ownTokenPrefix);
}

function rejected(reason: Reason, cause: string): Rejection {
  return { kind: 'rejected', reason, cause };
}

function judge(
  { service, applications, hasEndedSecret }: Entry,
  clientId: string | null,
  application: string | null,
  nowMs: number,
): Judged {
  if (clientId !== null && !isSameSecret(clientId, service.id))
    return { reason: 'token-invalid', cause: 'the client id is that of another token' };
  if (hasEndedSecret(nowMs)) return { reason: 'token-expired', cause: 'a newer secret has taken over' };
  if (nowMs >= service.expiresAtMs) return { reason: 'token-expired', cause: 'the token has ended' };
  if (applications !== null && application !== null && !applications.has(application))
    return { reason: 'token-elsewhere', cause: 'the token is for other applications' };
  return null;
}

function createEntry({ token, secretEndsAtMs }: FoundToken, version: number): Entry {
  const { id, name, revision, applications } = token;
  const secretEndMs = secretEndsAtMs ?? Number.POSITIVE_INFINITY;
  const expiresAtMs = Math.min(token.expiresAtMs ?? Number.POSITIVE_INFINITY, secretEndMs);
  return {
    service: Object.freeze({ kind: 'service', id, logId: logIdOf(id), name, revision, expiresAtMs }),
    applications: applications === null ? null : new Set(applications),
    hasEndedSecret: (nowMs) => nowMs >= secretEndMs,
    version,
  };
}

/** The service tokens of one store. */
export function createServiceTokens(parts: ServiceTokensParts): ServiceTokenKeeper {
  return new StoredTokens(parts);
}
