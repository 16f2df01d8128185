// A question of another proxy (forward-auth) as an exchange: the same steps and the same one verdict; its answer says yes with everything
// that the application is to be told, or is what the client gets. Nothing is forwarded, and no page of bouncer's own is served with a 2xx.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isPageNavigation } from '../http/client-kind.ts';
import type { CheckMode, FrontKind } from '../http/forward-auth-fields.ts';
import type { GatedRequest, RawRequestHead } from '../http/gated-request.ts';
import { originOf } from '../http/origin-of.ts';
import { breakOff } from '../http/queued-response.ts';
import { type Reason, refusals } from '../http/refusals.ts';
import { loginUrl } from '../identity/login/login-needs.ts';
import { answerFields, findClaim } from './check-answer.ts';
import { Exchange } from './exchange.ts';
import type { KeptQuestions } from './kept-questions.ts';
import type { ExchangeParts, OwnReason } from './open-request.ts';
import type { Permit } from './permit.ts';
import { rawRequestHead } from './raw-request-head.ts';
import { type Received, receiveRequest, unreceived } from './receive-request.ts';
import type { RefusalDetails } from './refusal.ts';

/** Who asks. */
export interface CheckDoor {
  readonly proxy: FrontKind;
  /** Whether an address may ask; `null`: that of a Unix socket. */
  readonly mayAsk: (peer: string | null) => boolean;
}

/** A field that a request stands without: what follows a question that is not understood reads nothing of it. */
const nothing: RawRequestHead = { method: 'GET', url: '/', httpVersion: '1.1', rawHeaders: [] };

/** Begins with the head of the question, and goes on with that of the request that it is about. */
export class CheckExchange extends Exchange {
  readonly #proxy: FrontKind;
  readonly #mode: CheckMode;
  /** What is wrong with the question itself. */
  readonly #fault: { readonly reason: Reason; readonly cause: string } | null;
  #cause: string | null = null;

  /** @param parts with the questions that are kept */
  constructor(
    parts: ExchangeParts & { readonly heads: KeptQuestions },
    ends: { readonly req: IncomingMessage; readonly res: ServerResponse; readonly door: CheckDoor },
  ) {
    const { req, res, door } = ends;
    const peer = req.socket.remoteAddress ?? null;
    const parsed = door.mayAsk(peer) ? parts.heads.recall(req.socket, rawRequestHead(req), door.proxy) : null;
    super(parts, parsed?.kind === 'request' ? parsed.head : nothing, req, res);
    this.#proxy = door.proxy;
    this.#mode = parsed?.kind === 'request' ? parsed.mode : 'verify';
    if (parsed === null) this.#fault = { reason: 'check-peer', cause: `a question from ${peer}` };
    else if (parsed.kind === 'elsewhere') this.#fault = { reason: 'no-such-page', cause: 'another path' };
    else this.#fault = parsed.kind === 'unclear' ? { reason: 'check-unclear', cause: parsed.cause } : null;
  }

  /** The questions are answered here, whoever may be let in. */
  answer(): void {
    this.run((permit) => {
      try {
        this.#allow(permit);
      } catch (error) {
        this.fail(error);
      }
    });
  }

  protected override receive(): Received {
    if (this.#fault !== null) {
      this.#cause = this.#fault.cause;
      return { ...unreceived, refusal: this.#fault.reason };
    }
    const { snapshot, head } = this;
    // Over a Unix socket, whose mode says who may ask, the asker is this machine.
    const peer = this.req.socket.remoteAddress ?? '127.0.0.1';
    const trust = snapshot.forwardAuthTrust ?? snapshot.trust;
    const received = receiveRequest(
      head,
      { peer, door: 'forward-auth' },
      { ...snapshot, trust },
      this.parts.live,
    );
    if (received.refusal === 'misdirected')
      this.#cause = 'the proxy asks about a request that it must not let through to an application';
    return received.refusal === null ? this.#withoutClaims(received) : received;
  }

  /** The proxy passes the client's fields on: what could pose as bouncer's word must not be among them. */
  #withoutClaims(received: Received): Received {
    const { application, request } = received;
    const plan = application === null ? undefined : this.snapshot.headerPlans.get(application)?.request;
    if (request === null || application === null || plan === undefined) return received;
    const claim = findClaim(request.rawHeaders, application, plan);
    if (claim === null) return received;
    this.#cause = `the client sent \`${claim}\``;
    return { ...unreceived, refusal: 'identity-claimed' };
  }

  #allow(permit: Permit): void {
    const { request } = permit;
    if (this.#mode === 'answer') {
      // Something changed since the proxy was told no: the client asks once more.
      this.redirect(request, request.target.path + request.target.query, {
        kind: 'allow',
        reason: 'allowed-now',
      });
      return;
    }
    this.res.writeHead(200, answerFields(permit, this.requestId, this.#proxy));
    this.res.end();
    this.onEnd({ status: 200, upstreamMs: 0, bytesOut: 0, cut: null });
  }

  protected override refuse(reason: Reason, kind: string, more: RefusalDetails = {}): void {
    const details = this.#cause === null ? more : { ...more, cause: more.cause ?? this.#cause };
    const { status } = refusals[reason];
    if (!this.#saysNoBarely()) super.refuse(reason, kind, details);
    else this.#sayNo(status === 401 ? 401 : 403, { kind, reason }, details);
  }

  protected override redirect(request: GatedRequest, location: string, as: OwnReason): void {
    if (this.#saysNoBarely()) {
      this.#sayNo(401, as, {});
      return;
    }
    // Proxies take a relative address for one of their question's own.
    const origin = originOf(this.snapshot.settings, request.host);
    const status = this.#mode === 'answer' && as.reason === 'allowed-now' ? 307 : 302;
    this.sendTo(request, `${origin}${location}`, { ...as, status });
  }

  /** A way to the login that is too long for an address begins at the front page: a page here would be taken for a yes. */
  protected override serveOwn(request: GatedRequest, path: string | null, as: OwnReason): void {
    if (path === null || !isPageNavigation(request)) {
      this.refuse('misdirected', 'refused');
      return;
    }
    this.redirect(request, loginUrl('/', this.decision?.missing ?? []), as);
  }

  /** nginx knows 2xx, 401 and 403, and fetches what the client gets by a second question. */
  #saysNoBarely(): boolean {
    return this.#proxy === 'nginx' && this.#mode === 'verify';
  }

  #sayNo(status: 401 | 403, as: OwnReason, more: RefusalDetails): void {
    if (this.res.headersSent || this.res.destroyed) breakOff(this.res);
    else {
      this.res.writeHead(status, {
        'Cache-Control': 'no-store',
        'Content-Length': '0',
        'X-Request-Id': this.requestId,
      });
      this.res.end();
    }
    const { upstreamMs = null, cause = null, hint = null } = more;
    this.record({ status, ...as, upstreamMs, cause, hint });
  }
}
