// One request from its first byte to its log record. The steps learn facts in a fixed order and never take one back;
// whatever goes wrong in any of them ends in a refusal, never at the upstream.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Assertions } from '../assertion/assertions.ts';
import { BouncerError, failures } from '../bouncer-error.ts';
import { clientAddress, clientCountry } from '../http/client-address.ts';
import { isPageNavigation, isWebSocketOriginAllowed } from '../http/client-kind.ts';
import { checkRequestHead } from '../http/gate.ts';
import type { GatedRequest, RawRequestHead } from '../http/gated-request.ts';
import { logText } from '../http/log-text.ts';
import { isReservedPath, readsAsReserved } from '../http/reserved-path.ts';
import { transportSecurity } from '../http/response-headers.ts';
import { loginUrl } from '../identity/login-needs.ts';
import type { Logins } from '../identity/login-step.ts';
import type { Session, Sessions } from '../identity/session.ts';
import type { Application, Area } from '../rules/compiled-rules.ts';
import type { Decision } from '../rules/decision.ts';
import type { Facts } from '../rules/facts.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { authorize } from './authorize.ts';
import type { BodyRefusal, ForwardSink } from './forwarder.ts';
import type { LiveStream, LiveStreams } from './live-streams.ts';
import type { LoopGuard } from './loop-guard.ts';
import type { OwnEndpoints } from './own-endpoints.ts';
import type { Permit } from './permit.ts';
import { mustClose, type RenderRefusal, sendRefusal, stepUpChallenge } from './refusal.ts';
import type { Snapshot } from './snapshot.ts';
import { type StepDeadlines, settleWithin, stepDeadlines } from './step-deadline.ts';

/** What every exchange needs and none changes. */
export interface ExchangeParts {
  readonly snapshot: () => Snapshot;
  readonly sessions: Sessions;
  readonly logins: Logins;
  readonly assertions: Assertions;
  readonly telemetry: Telemetry;
  readonly own: OwnEndpoints;
  readonly live: LiveStreams;
  readonly loops: LoopGuard;
  readonly renderRefusal: RenderRefusal;
  readonly now: () => number;
  /** How long steps may wait for somebody else; {@link stepDeadlines} by default. */
  readonly deadlines?: StepDeadlines;
}

/** Called with the permission to go on; what it does with it (forward, upgrade, next()) is the caller's. */
export type OnPermit = (permit: Permit, exchange: Exchange) => void;

const noLimits = Object.freeze({ durationMs: null, idleTimeoutMs: null });
const notMalformed = new Set(['ambiguous-path']);

export class Exchange implements ForwardSink, LiveStream {
  readonly requestId: string = randomUUID();
  readonly snapshot: Snapshot;
  readonly #parts: ExchangeParts;
  readonly #head: RawRequestHead;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #startedMs: number = performance.now();
  readonly nowMs: number;
  #request: GatedRequest | null = null;
  #ip: string | null = null;
  #country: string | null = null;
  #application: Application | null = null;
  #session: Session | null = null;
  #decision: Decision | null = null;
  #end: ((reason: string) => void) | null = null;
  #isRecorded = false;

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
      const request = this.#gate();
      if (request === null) return;
      this.#identify(request, onPermit);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Gate, client address and route. `null` when it was answered. */
  #gate(): GatedRequest | null {
    const { settings, trust, rules, authHost } = this.snapshot;
    const gate = checkRequestHead(this.#head, settings.limits);
    if (!gate.ok) {
      this.#refuse(gate.refusal.status, gate.refusal.reason, 'refused');
      return null;
    }
    const request = gate.request;
    this.#request = request;
    const peer = this.#req.socket.remoteAddress ?? null;
    this.#ip = clientAddress(peer, request.rawHeaders, trust, settings.clientIpHeader);
    this.#country = clientCountry(peer, request.rawHeaders, trust, settings.countryHeader);
    this.#application = rules.findApplication(request.host);
    if (this.#application === null && request.host !== authHost) {
      this.#refuse(421, 'unknown-host', 'refused');
      return null;
    }
    if (!isReservedPath(request.target.path) && request.target.readings.some(readsAsReserved)) {
      this.#refuse(400, 'ambiguous-path', 'refused');
      return null;
    }
    if (this.#parts.loops.isReturning(request)) {
      this.#refuse(508, 'upstream-loop', 'refused');
      return null;
    }
    return request;
  }

  #identify(request: GatedRequest, onPermit: OnPermit): void {
    const limits = this.#application?.session ?? noLimits;
    const found = this.#parts.sessions.identify(request.cookie, request.host, limits, this.nowMs);
    if (found instanceof Promise) {
      settleWithin(found, this.#deadlines.identifyMs, 'finding the session').then(
        (session) => this.#continue(request, session, onPermit),
        (error: unknown) => this.#fail(error),
      );
    } else {
      this.#continue(request, found, onPermit);
    }
  }

  #continue(request: GatedRequest, session: Session | null, onPermit: OnPermit): void {
    try {
      if (session !== null && !isSessionFor(session, request, this.nowMs))
        throw new BouncerError('internal', 'the session that was found is none of this request');
      this.#session = session;
      if (this.#application === null || isReservedPath(request.target.path)) {
        this.#serveOwn(request);
        return;
      }
      this.#decide(request, this.#application, session, onPermit);
    } catch (error) {
      this.#fail(error);
    }
  }

  #facts(request: GatedRequest, session: Session | null, nowMs: number): Facts {
    return {
      identity: session === null ? null : session.identity,
      serviceToken: null,
      ip: this.#ip,
      country: this.#country,
      method: request.method,
      nowMs,
    };
  }

  #decide(
    request: GatedRequest,
    application: Application,
    session: Session | null,
    onPermit: OnPermit,
  ): void {
    const area = application.selectArea(request.target);
    if (area === 'ambiguous' || !staysInArea(request, application, area)) {
      this.#refuse(400, 'ambiguous-path', 'refused');
      return;
    }
    const decision = area.decide(this.#facts(request, session, this.nowMs));
    this.#decision = decision;
    switch (decision.outcome) {
      case 'allow':
        this.#admit(request, application, area, decision, onPermit);
        return;
      case 'login':
      case 'step_up':
        this.#challenge(request, decision);
        return;
      case 'deny':
        this.#refuse(decision.reason === 'decision-error' ? 500 : 403, decision.reason, 'deny');
        return;
      default:
        decision.outcome satisfies never;
        this.#refuse(500, 'decision-error', 'deny');
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
      const own = `${snapshot.scheme}://${request.host}${snapshot.portSuffix}`;
      if (!isWebSocketOriginAllowed(request, own, application.allowedOrigins)) {
        this.#refuse(403, 'foreign-origin', 'refused');
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
        ip: this.#ip,
        requestId,
        nowMs,
      },
      this.#parts.assertions,
    );
    if (permit === null) {
      this.#refuse(500, 'decision-error', 'deny');
      return;
    }
    this.#parts.loops.enter(requestId, request);
    onPermit(permit, this);
  }

  #serveOwn(request: GatedRequest): void {
    const { snapshot, nowMs } = this;
    const res = this.#res;
    const deadline = setTimeout(() => {
      if (res.headersSent) res.destroy();
      else this.#fail(new BouncerError('store_unavailable', `\`${request.target.path}\` took too long`));
    }, this.#deadlines.ownEndpointMs);
    res.once('close', () => {
      clearTimeout(deadline);
      this.#record(res.statusCode, 'own', 'own-endpoint', null, 0, null);
    });
    this.#parts.own.handle(this.#req, res, {
      visit: {
        host: request.host,
        application: this.#application,
        query: request.target.query,
        cookie: request.cookie,
        session: this.#session,
        ip: this.#ip,
        userAgent: request.userAgent,
        requestId: this.requestId,
        nowMs,
      },
      request,
      settings: snapshot.settings,
      rules: snapshot.rules,
      isAuthHost: request.host === snapshot.authHost,
      facts: this.#facts(request, this.#session, nowMs),
    });
  }

  /** Nobody, or not enough of somebody: a navigation is sent to log in, everything else is told so (SPEC section 5). */
  #challenge(request: GatedRequest, decision: Decision): void {
    const { scheme, portSuffix, settings } = this.snapshot;
    const isNavigation = isPageNavigation(request);
    const returnTo = isNavigation ? request.target.path + request.target.query : '/';
    const location = loginUrl(returnTo, decision.missing);
    if (isNavigation) {
      const headers: Record<string, string> = {
        Location: location,
        'Cache-Control': 'no-store',
        'Content-Length': '0',
        'X-Request-Id': this.requestId,
        ...this.#transportSecurity(),
      };
      if (mustClose(request) && this.#req.httpVersionMajor < 2) headers['Connection'] = 'close';
      this.#res.writeHead(302, headers);
      this.#res.end();
      this.#record(302, decision.outcome, decision.reason, null, 0, null);
      return;
    }
    const loginHref = `${scheme}://${request.host}${portSuffix}${location}`;
    const isStepUp = decision.outcome === 'step_up';
    const provider = settings.identityProviders.find((one) => one.id === this.#session?.identity.idp);
    this.#refuse(401, decision.reason, decision.outcome, {
      retryPath: location,
      extraHeaders: {
        'WWW-Authenticate': isStepUp
          ? stepUpChallenge(decision.missing, provider?.hardwareKey.acrValues ?? null)
          : `Bearer realm="${request.host}"`,
      },
      extraJson: isStepUp
        ? { error: 'insufficient_user_authentication', login_url: loginHref }
        : { login_url: loginHref },
    });
  }

  /** Said on every answer of a site that is reached by https (RFC 6797 section 7.2). */
  #transportSecurity(): Readonly<Record<string, string>> {
    return this.snapshot.scheme === 'https' ? { 'Strict-Transport-Security': transportSecurity } : {};
  }

  /** Answer in place of the application. */
  #refuse(
    status: number,
    reason: string,
    kind: string,
    more: {
      readonly extraHeaders?: Readonly<Record<string, string>>;
      readonly extraJson?: Readonly<Record<string, unknown>>;
      readonly cause?: string;
      readonly retryPath?: string;
      readonly upstreamMs?: number | null;
    } = {},
  ): void {
    const request = this.#request;
    const session = this.#session;
    if (this.#res.headersSent || this.#res.destroyed) {
      this.#res.destroy();
      this.#record(status, kind, reason, more.upstreamMs ?? null, 0, more.cause ?? null);
      return;
    }
    const isMalformed = request === null || (status === 400 && !notMalformed.has(reason));
    const bytesOut = sendRefusal(
      this.#res,
      {
        view: {
          status,
          reason,
          requestId: this.requestId,
          applicationName: this.#application?.name ?? null,
          email:
            session === null
              ? null
              : (session.identity.email ?? session.identity.name ?? session.identity.sub),
          isLoggedIn: session !== null,
          hostAuthUrl: this.snapshot.settings.authUrl,
          retryPath: more.retryPath ?? retryPath(request),
        },
        wantsPage: request !== null && isPerson(request),
        closes: isMalformed || mustClose(request),
        isHead: this.#head.method === 'HEAD',
        extraHeaders: { ...this.#transportSecurity(), ...more.extraHeaders },
        ...(more.extraJson === undefined ? {} : { extraJson: more.extraJson }),
      },
      this.#parts.renderRefusal,
      (error) => this.#reportInternal(error),
    );
    this.#record(status, kind, reason, more.upstreamMs ?? null, bytesOut, more.cause ?? null);
  }

  /** A throw anywhere: refuse with the failure's own status, or 500. */
  #fail(error: unknown): void {
    const failure =
      error instanceof BouncerError ? error : new BouncerError('internal', String(error), { cause: error });
    if (failure.code === 'internal') this.#reportInternal(error);
    try {
      this.#refuse(failures[failure.code].status, failure.code, 'error', { cause: failure.message });
    } catch {
      this.#res.destroy();
      this.#record(500, 'error', 'internal', null, 0, 'the refusal could not be sent');
    }
  }

  #reportInternal(error: unknown): void {
    try {
      this.#parts.telemetry.event('error', 'internal_error', {
        request_id: this.requestId,
        message: logText(error instanceof Error ? (error.stack ?? error.message) : String(error), 2000),
      });
    } catch {
      // A log that cannot be written must not end the process, nor leave the client without its refusal.
    }
  }

  // ForwardSink

  onRefused(refusal: BodyRefusal): void {
    this.#parts.live.delete(this);
    try {
      this.#refuse(refusal.status, refusal.reason, 'refused');
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  onFailure(error: BouncerError, upstreamMs: number | null): void {
    this.#parts.live.delete(this);
    try {
      this.#refuse(failures[error.code].status, error.code, 'error', { cause: error.message, upstreamMs });
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
    this.#parts.live.delete(this);
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
    this.#parts.live.add(this);
  }

  // LiveStream

  get endsAtMs(): number {
    return this.#session === null || this.#decision?.isBypass === true
      ? Number.POSITIVE_INFINITY
      : this.#session.expiresAtMs;
  }

  async recheck(nowMs: number): Promise<string | null> {
    const request = this.#request;
    if (request === null) return 'decision-error';
    const { rules } = this.#parts.snapshot();
    const application = rules.findApplication(request.host);
    if (application === null) return 'application-gone';
    const found = this.#parts.sessions.identify(request.cookie, request.host, application.session, nowMs);
    const session = await settleWithin(
      Promise.resolve(found),
      this.#deadlines.identifyMs,
      'finding the session',
    );
    if (session !== null && !isSessionFor(session, request, nowMs)) return 'decision-error';
    const area = application.selectArea(request.target);
    if (area === 'ambiguous') return 'decision-error';
    if (session === null && this.#session !== null && this.#decision?.isBypass !== true)
      return 'session-ended';
    const decision = area.decide(this.#facts(request, session, nowMs));
    return decision.outcome === 'allow' ? null : decision.reason;
  }

  end(reason: string): void {
    this.#end?.(reason);
  }

  #record(
    status: number,
    kind: string,
    reason: string,
    upstreamMs: number | null,
    bytesOut: number,
    cause: string | null,
  ): void {
    if (this.#isRecorded) return;
    this.#isRecorded = true;
    try {
      const request = this.#request;
      const session = this.#session;
      const decision = this.#decision;
      const identity = session === null ? null : session.identity;
      this.#parts.telemetry.request({
        requestId: this.requestId,
        host: request === null ? null : request.host,
        method: logText(this.#head.method, 32),
        path: request === null ? logText(pathOf(this.#head.url), 512) : request.target.path,
        status,
        decision: kind,
        reason,
        policy: decision === null ? null : decision.policy,
        application: this.#application === null ? null : this.#application.name,
        sub: identity === null ? null : identity.sub,
        email: identity === null ? null : identity.email,
        idp: identity === null ? null : identity.idp,
        session: session === null ? null : session.logId,
        ip: this.#ip,
        userAgent: request?.userAgent ?? null,
        durationMs: performance.now() - this.#startedMs,
        upstreamMs,
        bytesOut,
        ...(cause === null ? {} : { cause }),
        ...(decision === null || decision.reports.length === 0 ? {} : { reports: decision.reports }),
      });
    } catch (error) {
      this.#reportInternal(error);
    }
  }
}

/** What the sessions port gave can be this request's session: nothing that is not for its host and not alive lets anybody in. */
function isSessionFor(session: Session, request: GatedRequest, nowMs: number): boolean {
  return (
    typeof session === 'object' &&
    session.host === request.host &&
    session.expiresAtMs > nowMs &&
    typeof session.identity === 'object' &&
    session.identity !== null
  );
}

/** COPY and MOVE write to a second path (RFC 4918 section 10.3): it must lie under the policies that decide. */
function staysInArea(request: GatedRequest, application: Application, area: Area): boolean {
  const { destination } = request;
  if (destination === undefined || destination === null) return true;
  if (isReservedPath(destination.path) || destination.readings.some(readsAsReserved)) return false;
  return application.selectArea(destination) === area;
}

/** A person looks at the answer: they open a page, or sent a form. */
function isPerson(request: GatedRequest): boolean {
  return isPageNavigation(request) || (request.secFetchMode === 'navigate' && !request.isWebSocket);
}

function retryPath(request: GatedRequest | null): string | null {
  return request !== null && request.method === 'GET' ? request.target.path + request.target.query : null;
}

/** Without the query, which may hold secrets. */
function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
