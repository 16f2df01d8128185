// A request until its log record: what is known of it by now, and every way in which it ends. Whichever that is, there is one record,
// and a failure is a refusal, never something that reaches the upstream. It judges nothing.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Assertions } from '../assertion/assertions.ts';
import { BouncerError, failures, isStoreGone } from '../bouncer-error.ts';
import type { Snapshot } from '../configuration/snapshot.ts';
import { brokenReason } from '../http/broken-request.ts';
import type { GatedRequest, RawRequestHead } from '../http/gated-request.ts';
import { breakOff, isQueued } from '../http/queued-response.ts';
import { type Reason, refusals } from '../http/refusals.ts';
import type { Grants } from '../identity/access/grants.ts';
import type { Registers } from '../identity/identify.ts';
import { nobody, type Principal } from '../identity/principal.ts';
import type { Decision } from '../rules/model/decision.ts';
import { causeOf, faultOf } from '../telemetry/cause-of.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { type Asked, answerOwn, answerRedirect, answerRefusal } from './answer-request.ts';
import { type ExchangeEnding, exchangeRecord } from './exchange-record.ts';
import type { FormDoor } from './form-door.ts';
import type { BodyRefusal, ForwardSink } from './forwarder.ts';
import type { KeptHeads } from './kept-heads.ts';
import type { LiveStream, LiveStreams } from './live-streams.ts';
import type { OwnEndpoints } from './own-endpoints.ts';
import type { Received } from './receive-request.ts';
import { recheckRequest } from './recheck-request.ts';
import type { RefusalDetails, RenderRefusal } from './refusal.ts';
import type { StepDeadlines } from './step-deadline.ts';

/** What every request needs and none changes. */
export interface ExchangeParts extends Registers {
  readonly snapshot: () => Snapshot;
  readonly assertions: Assertions;
  readonly telemetry: Telemetry;
  readonly own: OwnEndpoints;
  readonly live: LiveStreams;
  readonly heads: Pick<KeptHeads, 'keep'>;
  readonly renderRefusal: RenderRefusal;
  /** `null`: behind this door no form can be kept. */
  readonly forms: FormDoor | null;
  readonly grants: Grants;
  readonly now: () => number;
  /** How long steps may wait for somebody else. */
  readonly deadlines: StepDeadlines;
}

/** Why bouncer answers itself, for the record. */
export type OwnReason = Pick<ExchangeEnding, 'kind' | 'reason'>;

export class OpenRequest implements ForwardSink, LiveStream, Asked {
  readonly requestId: string = randomUUID();
  readonly snapshot: Snapshot;
  readonly nowMs: number;
  readonly head: RawRequestHead;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  // What the steps found out so far; they alone write it.
  received: Received | null = null;
  principal: Principal = nobody;
  endsAtMs = Number.POSITIVE_INFINITY;
  asksAgainAtMs = Number.POSITIVE_INFINITY;
  liveIndex = -1;
  protected decision: Decision | null = null;
  protected readonly parts: ExchangeParts;
  readonly #startedMs: number = performance.now();
  #end: ((reason: string) => void) | null = null;
  sayGoodbye: (() => void) | null = null;
  /** It was to end before there was anything to cut. */
  #endedBefore: string | null = null;
  #isRecorded = false;

  constructor(parts: ExchangeParts, head: RawRequestHead, req: IncomingMessage, res: ServerResponse) {
    this.parts = parts;
    this.head = head;
    this.req = req;
    this.res = res;
    this.snapshot = parts.snapshot();
    this.nowMs = parts.now();
  }

  // -- answers in place of the application

  protected refuse(reason: Reason, kind: string, more: RefusalDetails = {}): void {
    let bytesOut = 0;
    if (this.res.headersSent || this.res.destroyed) breakOff(this.res);
    else
      bytesOut = answerRefusal(this, { reason, more }, this.parts.renderRefusal, (error) =>
        this.#reportInternal(error),
      );
    const { upstreamMs = null, cause = null, hint = null } = more;
    this.record({ status: refusals[reason].status, kind, reason, upstreamMs, bytesOut, cause, hint });
  }

  /** A throw anywhere: refuse with the failure's own status, or 500. */
  protected fail(error: unknown, upstreamMs: number | null = null, more: RefusalDetails = {}): void {
    const failure =
      error instanceof BouncerError ? error : new BouncerError('internal', String(error), { cause: error });
    if (failure.code === 'internal') this.#reportInternal(error);
    try {
      this.refuse(failures[failure.code].refusal, 'error', { ...causeOf(failure), upstreamMs, ...more });
    } catch {
      breakOff(this.res);
      const cause = 'the refusal could not be sent';
      this.record({ status: 500, kind: 'error', reason: 'internal', cause });
    }
  }

  /** Send a page navigation elsewhere on this host. */
  protected redirect(request: GatedRequest, location: string, as: OwnReason): void {
    this.sendTo(request, location, { ...as, status: 302 });
  }

  /** @param location a path on this host, or a whole address */
  protected sendTo(
    request: GatedRequest,
    location: string,
    as: OwnReason & { readonly status: 302 | 307 },
  ): void {
    answerRedirect(this, request, { location, status: as.status });
    this.record(as);
  }

  /** @param path as {@link answerOwn} takes it */
  protected serveOwn(request: GatedRequest, path: string | null, as: OwnReason): void {
    const { res } = this;
    const deadline = setTimeout(() => {
      if (isQueued(res) && res.writableEnded) return;
      if (res.headersSent) breakOff(res);
      else this.fail(new BouncerError('store_unavailable', `\`${request.target.path}\` took too long`));
    }, this.parts.deadlines.ownEndpointMs);
    res.once('close', () => {
      clearTimeout(deadline);
      const broken = res.headersSent ? null : brokenReason(this.req);
      if (broken === null) this.record({ status: res.statusCode, ...as });
      else this.record({ status: refusals[broken].status, kind: 'refused', reason: broken });
    });
    answerOwn(this, this.parts.own, request, path);
  }

  // -- ForwardSink

  onRefused(refusal: BodyRefusal): void {
    try {
      this.refuse(refusal.reason, 'refused');
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  onFailure(error: BouncerError, upstreamMs: number | null): void {
    this.fail(error, upstreamMs);
  }

  onEnd({ cut, ...outcome }: Parameters<ForwardSink['onEnd']>[0]): void {
    const reason = this.decision === null ? 'decision-error' : this.decision.reason;
    this.record({ ...outcome, kind: 'allow', reason, cause: cut });
  }

  onLive(end: (reason: string) => void, sayGoodbye?: () => void): void {
    this.#end = end;
    this.sayGoodbye = sayGoodbye ?? null;
    if (this.#endedBefore !== null) end(this.#endedBefore);
  }

  // -- LiveStream

  isRequest(requestId: string, { method, host, target }: GatedRequest): boolean {
    const own = this.received?.request;
    return (
      this.requestId === requestId &&
      own?.method === method &&
      own.host === host &&
      own.target.path === target.path
    );
  }

  async recheck(nowMs: number): Promise<string | null> {
    try {
      const found = await recheckRequest(this.parts, this, nowMs);
      if (found.kind === 'ends') return found.reason;
      this.endsAtMs = found.endsAtMs;
      this.asksAgainAtMs = found.asksAgainAtMs;
      return null;
    } catch (error) {
      // A store that is gone has an event of its own.
      if (!isStoreGone(error)) this.#reportInternal(error);
      return 'decision-error';
    }
  }

  end(reason: string): void {
    if (this.#end === null) this.#endedBefore = reason;
    else this.#end(reason);
  }

  // -- the log

  /** Another exchange answers in its place, and is the one that is recorded. */
  protected handOver(): void {
    this.#isRecorded = true;
    this.parts.live.delete(this);
  }

  protected record(ending: ExchangeEnding): void {
    if (this.#isRecorded) return;
    this.#isRecorded = true;
    this.parts.live.delete(this);
    try {
      const durationMs = performance.now() - this.#startedMs;
      this.parts.telemetry.request(exchangeRecord(this, this.decision, ending, durationMs));
      if (this.decision?.fault !== undefined) this.#reportInternal(this.decision.fault);
    } catch (error) {
      this.#reportInternal(error);
    }
  }

  #reportInternal(error: unknown): void {
    try {
      this.parts.telemetry.event('internal_error', { request_id: this.requestId, ...faultOf(error) });
    } catch {
      // A log that cannot be written must not end the process, nor leave the client without its refusal.
    }
  }
}
