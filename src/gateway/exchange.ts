// One request from its first byte to its log record. The steps learn facts in a fixed order and never take one back;
// whatever goes wrong in any of them ends in a refusal, never at the upstream.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Assertions } from '../assertion/assertions.ts';
import { BouncerError, failures } from '../bouncer-error.ts';
import type { Snapshot } from '../configuration/snapshot.ts';
import type { GatedRequest, RawRequestHead } from '../http/gated-request.ts';
import { withoutTokens } from '../http/own-token.ts';
import { type Reason, refusals } from '../http/refusals.ts';
import {
  identify,
  identifyAgain,
  identifyByToken,
  identifyServiceAgain,
  presentsToken,
} from '../identity/identify.ts';
import { nobody, type Principal, type Service } from '../identity/principal.ts';
import type { Session, Sessions } from '../identity/sessions/session.ts';
import { endOfSession, idleLimitOf } from '../identity/sessions/session-limits.ts';
import type { Rejection, ServiceTokens, TokenVisit } from '../identity/tokens/service-token.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { Decision } from '../rules/model/decision.ts';
import { isPromise } from '../store/maybe-promise.ts';
import { causeOf, faultOf } from '../telemetry/cause-of.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { type Asked, answerOwn, answerRedirect, answerRefusal } from './answer-request.ts';
import { authorize } from './authorize.ts';
import { challengeFor, rejectionDetails } from './challenge.ts';
import { type ExchangeEnding, exchangeRecord } from './exchange-record.ts';
import type { BodyRefusal, ForwardSink } from './forwarder.ts';
import { judge, judgeAgain, needsStore, refusalOf, type Verdict } from './judge.ts';
import type { LiveStream, LiveStreams } from './live-streams.ts';
import type { OwnEndpoints } from './own-endpoints.ts';
import type { Permit } from './permit.ts';
import { type Received, receiveRequest } from './receive-request.ts';
import type { RefusalDetails, RenderRefusal } from './refusal.ts';
import { type StepDeadlines, settleWithin, stepDeadlines } from './step-deadline.ts';

/** What every exchange needs and none changes. */
export interface ExchangeParts {
  readonly snapshot: () => Snapshot;
  readonly sessions: Sessions;
  readonly tokens: ServiceTokens;
  readonly assertions: Assertions;
  readonly telemetry: Telemetry;
  readonly own: OwnEndpoints;
  readonly live: LiveStreams;
  readonly renderRefusal: RenderRefusal;
  readonly now: () => number;
  /** How long steps may wait for somebody else; {@link stepDeadlines} by default. */
  readonly deadlines?: StepDeadlines;
}

/** Called with the permission to go on; what it does with it (forward, upgrade, next()) is the caller's. */
export type OnPermit = (permit: Permit, exchange: Exchange) => void;

type Allowed = Extract<Verdict, { kind: 'allow' }>;

const noLimits = Object.freeze({ durationMs: null, idleTimeoutMs: null });

export class Exchange implements ForwardSink, LiveStream, Asked {
  readonly requestId: string = randomUUID();
  readonly snapshot: Snapshot;
  readonly nowMs: number;
  readonly head: RawRequestHead;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly #parts: ExchangeParts;
  readonly #startedMs: number = performance.now();
  #received: Received | null = null;
  #principal: Principal = nobody;
  #decision: Decision | null = null;
  #end: ((reason: string) => void) | null = null;
  /** It was to end before there was anything to cut. */
  #endedBefore: string | null = null;
  #isRecorded = false;
  /** The session was not at hand: rules and sessions may have changed since it was asked for. */
  #isFoundLate = false;
  #endsAtMs = Number.POSITIVE_INFINITY;
  #asksAgainAtMs = Number.POSITIVE_INFINITY;
  liveIndex = -1;

  constructor(parts: ExchangeParts, head: RawRequestHead, req: IncomingMessage, res: ServerResponse) {
    this.#parts = parts;
    this.head = head;
    this.req = req;
    this.res = res;
    this.snapshot = parts.snapshot();
    this.nowMs = parts.now();
  }

  get received(): Received | null {
    return this.#received;
  }

  get principal(): Principal {
    return this.#principal;
  }

  /** Run the steps up to the permission; every other end answers the client itself. Never throws. */
  run(onPermit: OnPermit): void {
    try {
      const peer = this.req.socket.remoteAddress ?? null;
      const received = receiveRequest(this.head, peer, this.snapshot, this.#parts.live);
      this.#received = received;
      if (received.request === null || received.refusal !== null)
        this.#refuse(received.refusal ?? 'decision-error', 'refused');
      else this.#identify(received, received.request, onPermit);
    } catch (error) {
      this.#fail(error);
    }
  }

  #identify(received: Received, request: GatedRequest, onPermit: OnPermit): void {
    const limits = received.application?.session ?? noLimits;
    let found: ReturnType<typeof identifyByToken>;
    try {
      found = presentsToken(request)
        ? identifyByToken(this.#parts, request, tokenVisitOf(this, received, request), limits, this.nowMs)
        : identify(this.#parts.sessions, request, limits, this.nowMs);
    } catch (error) {
      this.#goWithoutStore(received, error, onPermit);
      return;
    }
    if (!isPromise(found)) {
      this.#judge(received, found, onPermit);
      return;
    }
    this.#isFoundLate = true;
    settleWithin(found, this.#deadlines.identifyMs, 'finding out who asks').then(
      (principal) => this.#judge(received, principal, onPermit),
      (error: unknown) => this.#goWithoutStore(received, error, onPermit),
    );
  }

  /** Who is asking cannot be found out: only what is open to everybody goes on, and no token that nobody has judged. */
  #goWithoutStore(received: Received, error: unknown, onPermit: OnPermit): void {
    try {
      if (!isStoreGone(error) || received.request === null || presentsToken(received.request)) throw error;
      const verdict = judge(this.snapshot, received, nobody, this.nowMs);
      if (verdict.kind !== 'allow' || !verdict.decision.isBypass) throw error;
      this.#decision = verdict.decision;
      this.#answer(verdict, onPermit);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #judge(received: Received, principal: Principal | Rejection, onPermit: OnPermit): void {
    try {
      if (principal.kind === 'rejected') {
        this.#refuse(principal.reason, 'refused', rejectionDetails(principal, received.request));
        return;
      }
      this.#principal = principal;
      const verdict = judge(this.snapshot, received, principal, this.nowMs);
      if (verdict.kind !== 'own') this.#decision = verdict.decision;
      if (needsStore(verdict) && !this.#parts.sessions.isReachable())
        throw new BouncerError('store_unavailable', 'the session store does not answer');
      this.#answer(verdict, onPermit);
    } catch (error) {
      this.#fail(error);
    }
  }

  #answer(verdict: Verdict, onPermit: OnPermit): void {
    switch (verdict.kind) {
      case 'own':
        this.#serveOwn(verdict.request, null, { kind: 'own', reason: 'own-endpoint' });
        return;
      case 'allow':
        this.#admit(verdict, onPermit);
        return;
      case 'challenge':
        this.#challenge(verdict.request, verdict.decision);
        return;
      case 'refuse':
        this.#refuse(verdict.reason, isRefusalOfRules(verdict) ? 'deny' : 'refused');
        return;
      default:
        verdict satisfies never;
        this.#refuse('decision-error', 'deny');
    }
  }

  #admit(verdict: Allowed, onPermit: OnPermit): void {
    const { snapshot, nowMs, requestId } = this;
    const principal = this.#principal;
    const ip = this.#received?.ip ?? null;
    const permit = authorize({ verdict, snapshot, principal, ip, requestId, nowMs }, this.#parts.assertions);
    if (permit === null) {
      this.#refuse('decision-error', 'deny');
      return;
    }
    if (principal.kind === 'person') {
      const { application } = verdict;
      const idleLimitMs = idleLimitOf(application.session, snapshot.settings.session);
      this.#standUntil(principal, application, nowMs + idleLimitMs);
    } else if (principal.kind === 'service') this.#endsAtMs = principal.expiresAtMs;
    this.#parts.live.add(this);
    if (this.#isFoundLate) this.#parts.live.recheck(this);
    onPermit(permit, this);
  }

  #challenge(request: GatedRequest, decision: Decision): void {
    const challenge = challengeFor(request, decision, this.#principal, this.snapshot);
    if (challenge.kind === 'refuse') {
      this.#refuse(refusalOf(decision), decision.outcome, challenge.details);
      return;
    }
    const { outcome: kind, reason } = decision;
    if (challenge.location.length > this.snapshot.settings.limits.urlBytes) {
      this.#serveOwn(request, challenge.location, { kind, reason });
      return;
    }
    answerRedirect(this, request, challenge.location);
    this.#record({ status: 302, kind, reason });
  }

  #serveOwn(request: GatedRequest, path: string | null, as: Pick<ExchangeEnding, 'kind' | 'reason'>): void {
    const { res } = this;
    const deadline = setTimeout(() => {
      if (res.headersSent) res.destroy();
      else this.#fail(new BouncerError('store_unavailable', `\`${request.target.path}\` took too long`));
    }, this.#deadlines.ownEndpointMs);
    res.once('close', () => {
      clearTimeout(deadline);
      this.#record({ status: res.statusCode, ...as });
    });
    answerOwn(this, this.#parts.own, request, path);
  }

  /** Answer in place of the application. */
  #refuse(reason: Reason, kind: string, more: RefusalDetails = {}): void {
    let bytesOut = 0;
    if (this.res.headersSent || this.res.destroyed) this.res.destroy();
    else
      bytesOut = answerRefusal(this, reason, more, this.#parts.renderRefusal, (error) =>
        this.#reportInternal(error),
      );
    const { upstreamMs = null, cause = null, hint = null } = more;
    this.#record({ status: refusals[reason].status, kind, reason, upstreamMs, bytesOut, cause, hint });
  }

  /** A throw anywhere: refuse with the failure's own status, or 500. */
  #fail(error: unknown, upstreamMs: number | null = null): void {
    const failure =
      error instanceof BouncerError ? error : new BouncerError('internal', String(error), { cause: error });
    if (failure.code === 'internal') this.#reportInternal(error);
    try {
      this.#refuse(failures[failure.code].refusal, 'error', { ...causeOf(failure), upstreamMs });
    } catch {
      this.res.destroy();
      const cause = 'the refusal could not be sent';
      this.#record({ status: 500, kind: 'error', reason: 'internal', cause });
    }
  }

  #reportInternal(error: unknown): void {
    try {
      this.#parts.telemetry.event('internal_error', { request_id: this.requestId, ...faultOf(error) });
    } catch {
      // A log that cannot be written must not end the process, nor leave the client without its refusal.
    }
  }

  // ForwardSink

  onRefused(refusal: BodyRefusal): void {
    try {
      this.#refuse(refusal.reason, 'refused');
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  onFailure(error: BouncerError, upstreamMs: number | null): void {
    this.#fail(error, upstreamMs);
  }

  onEnd({ cut, ...outcome }: Parameters<ForwardSink['onEnd']>[0]): void {
    const reason = this.#decision === null ? 'decision-error' : this.#decision.reason;
    this.#record({ ...outcome, kind: 'allow', reason, cause: cut });
  }

  onLive(end: (reason: string) => void): void {
    this.#end = end;
    if (this.#endedBefore !== null) end(this.#endedBefore);
  }

  // LiveStream

  get endsAtMs(): number {
    return this.#endsAtMs;
  }

  get asksAgainAtMs(): number {
    return this.#asksAgainAtMs;
  }

  isRequest(requestId: string, { method, host, target }: GatedRequest): boolean {
    const own = this.#received?.request;
    return (
      this.requestId === requestId &&
      own?.method === method &&
      own.host === host &&
      own.target.path === target.path
    );
  }

  async recheck(nowMs: number): Promise<string | null> {
    try {
      return await this.#endNow(nowMs);
    } catch (error) {
      // A store that is gone has an event of its own.
      if (!isStoreGone(error)) this.#reportInternal(error);
      return 'decision-error';
    }
  }

  /** Why it may not go on; `null`: it may. */
  async #endNow(nowMs: number): Promise<string | null> {
    const received = this.#received;
    const request = received?.request ?? null;
    if (received === null || request === null) return 'decision-error';
    const snapshot = this.#parts.snapshot();
    const application = snapshot.rules.findApplication(request.host);
    if (application === null) return 'application-gone';
    const principal = await this.#principalNow(request, application, nowMs);
    // Whatever was permitted with a session or a token ends with it, whether the policy asked for one or not.
    if (principal === null) return this.#principal.kind === 'service' ? 'token-ended' : 'session-ended';
    const verdict = judgeAgain(snapshot, { ...received, application }, principal, nowMs);
    if (verdict.kind === 'allow') return null;
    return verdict.kind === 'own' || verdict.decision === null ? 'decision-error' : verdict.decision.reason;
  }

  end(reason: string): void {
    if (this.#end === null) this.#endedBefore = reason;
    else this.#end(reason);
  }

  /** Who sent it, as they stand, without using their session or token. `null`: it has ended. */
  async #principalNow(
    request: GatedRequest,
    application: Application,
    nowMs: number,
  ): Promise<Principal | null> {
    const before = this.#principal;
    if (before.kind === 'nobody') return before;
    if (before.kind === 'service') return this.#serviceNow(before, request, application, nowMs);
    const found = identifyAgain(this.#parts.sessions, request, before, application.session, nowMs);
    const { identifyMs } = this.#deadlines;
    // Without a timer where nobody has to wait: many streams are asked at once.
    const standing = isPromise(found) ? await settleWithin(found, identifyMs, 'finding the session') : found;
    if (standing === null) return null;
    this.#standUntil(standing.session, application, standing.idlesAtMs);
    return standing.session;
  }

  async #serviceNow(
    before: Service,
    request: GatedRequest,
    application: Application,
    nowMs: number,
  ): Promise<Service | null> {
    const found = identifyServiceAgain(this.#parts.tokens, request, before, application.name, nowMs);
    const { identifyMs } = this.#deadlines;
    const service = isPromise(found) ? await settleWithin(found, identifyMs, 'finding the token') : found;
    if (service !== null) this.#endsAtMs = service.expiresAtMs;
    return service;
  }

  #standUntil(session: Session, application: Application, idlesAtMs: number): void {
    this.#endsAtMs = endOfSession(session, application.session);
    this.#asksAgainAtMs = idlesAtMs;
  }

  get #deadlines(): StepDeadlines {
    return this.#parts.deadlines ?? stepDeadlines;
  }

  #record(ending: ExchangeEnding): void {
    if (this.#isRecorded) return;
    this.#isRecorded = true;
    this.#parts.live.delete(this);
    try {
      const durationMs = performance.now() - this.#startedMs;
      this.#parts.telemetry.request(exchangeRecord(this, this.#decision, ending, durationMs));
    } catch (error) {
      this.#reportInternal(error);
    }
  }
}

function isStoreGone(error: unknown): boolean {
  return error instanceof BouncerError && error.code === 'store_unavailable';
}

/** The rules say no, or their answer cannot be used; a refusal of anything else is not a denial. */
function isRefusalOfRules({ reason, decision }: Extract<Verdict, { kind: 'refuse' }>): boolean {
  return decision !== null && reason !== 'foreign-origin';
}

function tokenVisitOf(
  { requestId }: Exchange,
  { ip, country, application }: Received,
  { host, userAgent }: GatedRequest,
): TokenVisit {
  return {
    ...{ requestId, host, application: application?.name ?? null, ip, country },
    userAgent: userAgent === undefined ? null : withoutTokens(userAgent),
  };
}
