// One request from its first byte to its log record. The steps learn facts in a fixed order and never take one back;
// whatever goes wrong in any of them ends in a refusal, never at the upstream.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Assertions } from '../assertion/assertions.ts';
import { BouncerError, failures } from '../bouncer-error.ts';
import type { Snapshot } from '../configuration/snapshot.ts';
import { parseTarget } from '../http/canonical-path.ts';
import { isPageNavigation, isWebSocketOriginAllowed } from '../http/client-kind.ts';
import type { GatedRequest, RawRequestHead } from '../http/gated-request.ts';
import { originOf } from '../http/origin-of.ts';
import { isReason, type Reason, refusals } from '../http/refusals.ts';
import { transportSecurity } from '../http/response-headers.ts';
import type { Session, Sessions } from '../identity/sessions/session.ts';
import { endOfSession, idleLimitOf } from '../identity/sessions/session-limits.ts';
import type { Application, Area } from '../rules/model/compiled-rules.ts';
import type { Decision } from '../rules/model/decision.ts';
import { causeOf, faultOf } from '../telemetry/cause-of.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { authorize } from './authorize.ts';
import { challengeFor } from './challenge.ts';
import { exchangeRecord } from './exchange-record.ts';
import type { BodyRefusal, ForwardSink } from './forwarder.ts';
import type { LiveStream, LiveStreams } from './live-streams.ts';
import type { OwnEndpoints } from './own-endpoints.ts';
import type { Permit } from './permit.ts';
import { crossOriginFields, decideRequest } from './preflight.ts';
import {
  factsOf,
  isOwnEndpoint,
  isSessionFor,
  type Received,
  receiveRequest,
  selectArea,
} from './receive-request.ts';
import { mustClose, type RefusalDetails, type RenderRefusal, sendRefusal } from './refusal.ts';
import { type StepDeadlines, settleWithin, stepDeadlines } from './step-deadline.ts';

/** What every exchange needs and none changes. */
export interface ExchangeParts {
  readonly snapshot: () => Snapshot;
  readonly sessions: Sessions;
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

const ownEndpoint = Object.freeze({ kind: 'own', reason: 'own-endpoint' });
const noLimits = Object.freeze({ durationMs: null, idleTimeoutMs: null });
/** Whom the rules admit and the provider wants to see first. */
const askPerson: Decision = Object.freeze({
  ...{ outcome: 'login', reason: 'login-required', policy: null, isBypass: false },
  missing: Object.freeze([Object.freeze({ what: 'login' })]),
  reports: Object.freeze([]),
});

export class Exchange implements ForwardSink, LiveStream {
  readonly requestId: string = randomUUID();
  readonly snapshot: Snapshot;
  readonly #parts: ExchangeParts;
  readonly #head: RawRequestHead;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #startedMs: number = performance.now();
  readonly nowMs: number;
  #received: Received | null = null;
  #session: Session | null = null;
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
    this.#head = head;
    this.#req = req;
    this.#res = res;
    this.snapshot = parts.snapshot();
    this.nowMs = parts.now();
  }

  get #deadlines(): StepDeadlines {
    return this.#parts.deadlines ?? stepDeadlines;
  }

  get session(): Session | null {
    return this.#session;
  }

  /** Run the steps up to the permission; every other end answers the client itself. Never throws. */
  run(onPermit: OnPermit): void {
    try {
      const peer = this.#req.socket.remoteAddress ?? null;
      const received = receiveRequest(this.#head, peer, this.snapshot, this.#parts.live);
      this.#received = received;
      const { request, refusal } = received;
      if (refusal !== null) this.#refuse(refusal, 'refused');
      else if (request !== null) this.#identify(received, request, onPermit);
    } catch (error) {
      this.#fail(error);
    }
  }

  #identify(received: Received, request: GatedRequest, onPermit: OnPermit): void {
    const limits = received.application?.session ?? noLimits;
    const found = this.#parts.sessions.identify(request.cookie, request.host, limits, this.nowMs);
    if (found instanceof Promise) {
      this.#isFoundLate = true;
      settleWithin(found, this.#deadlines.identifyMs, 'finding the session').then(
        (session) => this.#continue(received, request, session, onPermit),
        (error: unknown) => this.#fail(error),
      );
    } else {
      this.#continue(received, request, found, onPermit);
    }
  }

  #continue(received: Received, request: GatedRequest, session: Session | null, onPermit: OnPermit): void {
    try {
      if (session !== null && !isSessionFor(session, request, this.nowMs))
        throw new BouncerError('internal', 'the session that was found is none of this request');
      this.#session = session;
      const { application } = received;
      if (application === null || isOwnEndpoint(request, application, this.snapshot))
        this.#serveOwn(received, request);
      else this.#decide(received, request, application, onPermit);
    } catch (error) {
      this.#fail(error);
    }
  }

  #decide(received: Received, request: GatedRequest, application: Application, onPermit: OnPermit): void {
    const area = selectArea(request, application);
    if (area === 'ambiguous') {
      this.#refuse('path-ambiguous', 'refused');
      return;
    }
    const facts = factsOf(received, request.method, this.#session, this.nowMs);
    const decision = decideRequest(request, application, area, facts);
    this.#decision = decision;
    switch (decision.outcome) {
      case 'allow':
        if (this.#session?.mustAskPerson === true && !decision.isBypass && isPageNavigation(request)) {
          this.#decision = askPerson;
          this.#challenge(request, askPerson);
          return;
        }
        this.#admit(request, application, area, decision, onPermit);
        return;
      case 'login':
      case 'step_up':
        this.#challenge(request, decision);
        return;
      case 'deny':
        this.#refuse(refusalOf(decision), 'deny');
        return;
      default:
        decision.outcome satisfies never;
        this.#refuse('decision-error', 'deny');
    }
  }

  #admit(
    request: GatedRequest,
    application: Application,
    area: Area,
    decision: Decision,
    onPermit: OnPermit,
  ): void {
    const { snapshot, nowMs, requestId } = this;
    if (request.isWebSocket) {
      const own = originOf(snapshot.settings, request.host);
      if (!isWebSocketOriginAllowed(request, own, application.allowedOrigins)) {
        this.#refuse('foreign-origin', 'refused');
        return;
      }
    }
    const permit = authorize(
      {
        snapshot,
        request,
        application,
        area,
        decision,
        session: this.#session,
        ip: this.#received?.ip ?? null,
        requestId,
        nowMs,
      },
      this.#parts.assertions,
    );
    if (permit === null) {
      this.#refuse('decision-error', 'deny');
      return;
    }
    if (this.#session !== null) {
      const idleLimitMs = idleLimitOf(application.session, snapshot.settings.session);
      this.#standUntil(this.#session, application, nowMs + idleLimitMs);
    }
    this.#parts.live.add(this);
    if (this.#isFoundLate) this.#parts.live.recheck(this);
    onPermit(permit, this);
  }

  #serveOwn(
    received: Received,
    request: GatedRequest,
    as: { readonly kind: string; readonly reason: string } = ownEndpoint,
  ): void {
    const { snapshot, nowMs } = this;
    const res = this.#res;
    const deadline = setTimeout(() => {
      if (res.headersSent) res.destroy();
      else this.#fail(new BouncerError('store_unavailable', `\`${request.target.path}\` took too long`));
    }, this.#deadlines.ownEndpointMs);
    res.once('close', () => {
      clearTimeout(deadline);
      this.#record(res.statusCode, as.kind, as.reason, null, 0, null);
    });
    this.#parts.own.handle(this.#req, res, {
      visit: {
        host: request.host,
        application: received.application,
        query: request.target.query,
        cookie: request.cookie,
        session: this.#session,
        ip: received.ip,
        userAgent: request.userAgent,
        requestId: this.requestId,
        nowMs,
      },
      request,
      settings: snapshot.settings,
      rules: snapshot.rules,
      isAuthHost: request.host === snapshot.authHost,
      facts: factsOf(received, request.method, this.#session, nowMs),
    });
  }

  #challenge(request: GatedRequest, decision: Decision): void {
    const challenge = challengeFor(request, decision, this.#session, this.snapshot);
    if (challenge.kind === 'refuse') {
      this.#refuse(refusalOf(decision), decision.outcome, challenge.details);
      return;
    }
    if (challenge.location.length > this.snapshot.settings.limits.urlBytes) {
      this.#beginHere(request, challenge.location, decision);
      return;
    }
    const headers: Record<string, string> = {
      Location: challenge.location,
      'Cache-Control': 'no-store',
      'Content-Length': '0',
      'X-Request-Id': this.requestId,
      ...this.#transportSecurity(),
    };
    if (mustClose(request) && this.#req.httpVersionMajor < 2) headers['Connection'] = 'close';
    this.#res.writeHead(302, headers);
    this.#res.end();
    this.#record(302, decision.outcome, decision.reason, null, 0, null);
  }

  /** The way to the login is too long for a request line, the browser's own or that of a server in front: it begins without one. */
  #beginHere(request: GatedRequest, location: string, { outcome, reason }: Decision): void {
    const target = parseTarget(location);
    if (this.#received === null || 'problem' in target)
      throw new BouncerError('internal', 'the way to the login is no path');
    this.#serveOwn(this.#received, { ...request, target }, { kind: outcome, reason });
  }

  /** Said on every answer of a site that is reached by https (RFC 6797 section 7.2). */
  #transportSecurity(): Readonly<Record<string, string>> {
    return this.snapshot.scheme === 'https' ? { 'Strict-Transport-Security': transportSecurity } : {};
  }

  #crossOrigin(): Readonly<Record<string, string>> {
    const { request, application } = this.#received ?? { request: null, application: null };
    return request === null || application === null || isOwnEndpoint(request, application, this.snapshot)
      ? {}
      : crossOriginFields(request, application);
  }

  /** Answer in place of the application. */
  #refuse(reason: Reason, kind: string, more: RefusalDetails = {}): void {
    const { status } = refusals[reason];
    const request = this.#received?.request ?? null;
    const session = this.#session;
    if (this.#res.headersSent || this.#res.destroyed) {
      this.#res.destroy();
      this.#record(status, kind, reason, more.upstreamMs ?? null, 0, more.cause ?? null, more.hint);
      return;
    }
    const bytesOut = sendRefusal(
      this.#res,
      {
        view: {
          reason,
          requestId: this.requestId,
          applicationName: this.#received?.application?.name ?? null,
          email:
            session === null
              ? null
              : (session.identity.email ?? session.identity.name ?? session.identity.sub),
          emailFault: session?.identity.unsettled?.email ?? null,
          isLoggedIn: session !== null,
          hostAuthUrl: this.snapshot.settings.authUrl,
          retryPath: more.retryPath ?? retryPath(request),
        },
        wantsPage: request !== null && isPerson(request),
        closes: mustClose(request),
        isHead: this.#head.method === 'HEAD',
        extraHeaders: { ...this.#transportSecurity(), ...this.#crossOrigin(), ...more.extraHeaders },
        ...(more.extraJson === undefined ? {} : { extraJson: more.extraJson }),
      },
      this.#parts.renderRefusal,
      (error) => this.#reportInternal(error),
    );
    this.#record(status, kind, reason, more.upstreamMs ?? null, bytesOut, more.cause ?? null, more.hint);
  }

  /** A throw anywhere: refuse with the failure's own status, or 500. */
  #fail(error: unknown): void {
    const failure =
      error instanceof BouncerError ? error : new BouncerError('internal', String(error), { cause: error });
    if (failure.code === 'internal') this.#reportInternal(error);
    try {
      this.#refuse(failures[failure.code].refusal, 'error', causeOf(failure));
    } catch {
      this.#res.destroy();
      this.#record(500, 'error', 'internal', null, 0, 'the refusal could not be sent');
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
    try {
      this.#refuse(failures[error.code].refusal, 'error', { ...causeOf(error), upstreamMs });
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  onEnd(outcome: {
    readonly status: number;
    readonly upstreamMs: number;
    readonly bytesOut: number;
    readonly cut: string | null;
  }): void {
    const decision = this.#decision;
    this.#record(
      outcome.status,
      'allow',
      decision === null ? 'decision-error' : decision.reason,
      outcome.upstreamMs,
      outcome.bytesOut,
      outcome.cut,
    );
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

  #standUntil(session: Session, application: Application, idlesAtMs: number): void {
    this.#endsAtMs = endOfSession(session, application.session);
    this.#asksAgainAtMs = idlesAtMs;
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
    const received = this.#received;
    const request = received?.request ?? null;
    if (received === null || request === null) return 'decision-error';
    const application = this.#parts.snapshot().rules.findApplication(request.host);
    if (application === null) return 'application-gone';
    const session = this.#session === null ? null : await this.#sessionNow(request, application, nowMs);
    // Whatever was permitted with a session ends with it, whether the policy asked for one or not.
    if (session === null && this.#session !== null) return 'session-ended';
    const area = selectArea(request, application);
    if (area === 'ambiguous') return 'decision-error';
    const facts = factsOf(received, request.method, session, nowMs);
    const decision = decideRequest(request, application, area, facts);
    return decision.outcome === 'allow' ? null : decision.reason;
  }

  /** The session as it stands, without using it. `null`: it has ended. @throws Error for what is none of this request */
  async #sessionNow(request: GatedRequest, application: Application, nowMs: number): Promise<Session | null> {
    const { sessions } = this.#parts;
    const found = sessions.standing(request.cookie, request.host, application.session, nowMs);
    const { identifyMs } = this.#deadlines;
    // Without a timer where nobody has to wait: many streams are asked at once.
    const standing =
      found instanceof Promise ? await settleWithin(found, identifyMs, 'finding the session') : found;
    if (standing === null) return null;
    const { session, idlesAtMs } = standing;
    if (!isSessionFor(session, request, nowMs) || session.id !== this.#session?.id)
      throw new BouncerError('internal', 'the session that was found is none of this stream');
    this.#standUntil(session, application, idlesAtMs);
    return session;
  }

  end(reason: string): void {
    if (this.#end === null) this.#endedBefore = reason;
    else this.#end(reason);
  }

  #record(
    status: number,
    kind: string,
    reason: string,
    upstreamMs: number | null,
    bytesOut: number,
    cause: string | null,
    hint?: string,
  ): void {
    if (this.#isRecorded) return;
    this.#isRecorded = true;
    this.#parts.live.delete(this);
    try {
      const { requestId } = this;
      const ending = { status, kind, reason, upstreamMs, bytesOut, cause, hint: hint ?? null };
      const durationMs = performance.now() - this.#startedMs;
      const story = { requestId, head: this.#head, received: this.#received, session: this.#session };
      this.#parts.telemetry.request(exchangeRecord(story, this.#decision, ending, durationMs));
    } catch (error) {
      this.#reportInternal(error);
    }
  }
}

/** A decision that does not allow names a refusal; whatever else it says is no decision. */
function refusalOf({ reason }: Decision): Reason {
  return isReason(reason) ? reason : 'decision-error';
}

/** A person looks at the answer: they open a page, or sent a form. */
function isPerson(request: GatedRequest): boolean {
  return isPageNavigation(request) || (request.secFetchMode === 'navigate' && !request.isWebSocket);
}

function retryPath(request: GatedRequest | null): string | null {
  return request !== null && request.method === 'GET' ? request.target.path + request.target.query : null;
}
