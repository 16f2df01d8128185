// The policy enforcement point as handlers for node:http: every request becomes one Exchange, and only an Exchange's
// permit reaches the forwarder.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { BouncerError } from '../bouncer-error.ts';
import type { RawRequestHead } from '../http/gated-request.ts';
import { hasLostAddress } from '../http/lost-address.ts';
import { breakOff } from '../http/queued-response.ts';
import { type Grants, noGrants } from '../identity/access/grants.ts';
import type { KeptForms } from '../identity/forms/kept-forms.ts';
import { isPromise, type MaybePromise } from '../store/maybe-promise.ts';
import { faultOf } from '../telemetry/cause-of.ts';
import { type CheckDoor, CheckExchange } from './check-exchange.ts';
import { Exchange } from './exchange.ts';
import type { FormDoor } from './form-door.ts';
import { FormExchange } from './form-exchange.ts';
import type { Forwarder, ForwardSink, OnPermit } from './forwarder.ts';
import { BodyReader, messageWith } from './keep-form.ts';
import { KeptHeads } from './kept-heads.ts';
import { KeptQuestions } from './kept-questions.ts';
import { createLiveStreams } from './live-streams.ts';
import type { ExchangeParts } from './open-request.ts';
import { knownRequestHead, rawRequestHead } from './raw-request-head.ts';
import { createSocketResponse } from './socket-response.ts';
import { type StepDeadlines, stepDeadlines } from './step-deadline.ts';

export interface GatewayParts
  extends Omit<ExchangeParts, 'live' | 'heads' | 'deadlines' | 'forms' | 'grants'> {
  readonly forwarder: Forwarder;
  /** Absent: no form is kept. */
  readonly keptForms?: KeptForms;
  /** Absent: nobody was granted anything. */
  readonly grants?: Grants;
  /** {@link stepDeadlines} by default. */
  readonly deadlines?: StepDeadlines;
}

export interface Gateway {
  /** For `request` and `checkContinue` events: the body is only asked for after the decision. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** For `upgrade` events. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** The question of another proxy about a request of its own. */
  check(req: IncomingMessage, res: ServerResponse, door: CheckDoor): void;
  /** The same where the question itself asks to change the protocol, as the request that it is about did. */
  checkUpgrade(req: IncomingMessage, socket: Duplex, door: CheckDoor): void;
  /** Decide only: calls `onPermit` when allowed, answers the client otherwise. */
  admit(req: IncomingMessage, res: ServerResponse, onPermit: OnPermit): void;
  /** New rules or settings are in force: live streams are decided again. */
  recheckStreams(): void;
  /** How many responses and WebSockets are being answered. */
  readonly liveCount: number;
  /** Ask clients whose streams can say so to come back elsewhere, one after the other. */
  sayGoodbye(withinMs: number): void;
  /** End what is still being answered. */
  endStreams(reason: string): void;
  close(): void;
}

/** Create the handlers. Nothing is listened on here. */
export function createGateway(parts: GatewayParts): Gateway {
  const { forwarder, grants = noGrants } = parts;
  const live = createLiveStreams(() => registersVersion({ ...parts, grants }), parts.now);
  const heads = new KeptHeads();
  const deadlines = parts.deadlines ?? stepDeadlines;
  // Whoever only asks, or goes on by themselves, has the body themselves.
  const exchangeParts: ExchangeParts = { ...parts, live, heads, deadlines, grants, forms: null };
  const checkParts = { ...exchangeParts, heads: new KeptQuestions() };
  const ownParts: ExchangeParts = { ...exchangeParts, forms: formDoorOf(parts, exchangeParts) };

  const check = (req: IncomingMessage, res: ServerResponse, door: CheckDoor): void => {
    res.on('error', ignoreBrokenSocket);
    try {
      new CheckExchange(checkParts, { req, res, door }).answer();
    } catch (error) {
      refuseBare(res, error, parts.telemetry);
    }
  };

  const readKnown = (req: IncomingMessage): RawRequestHead => knownRequestHead(req, heads);

  return {
    admit: (req, res, onPermit) => admit(exchangeParts, { req, res }, onPermit),
    check,
    checkUpgrade(req, socket, door) {
      socket.on('error', ignoreBrokenSocket);
      check(req, createSocketResponse(req, socket), door);
    },
    handle(req, res) {
      // node:http reports sockets that break under a response here; the forwarder sees them as 'close'.
      res.on('error', ignoreBrokenSocket);
      admit(ownParts, { req, res, read: readKnown }, (permit, exchange, body) =>
        forwarder.forward(permit, body === undefined ? req : messageWith(req, body), res, exchange),
      );
    },
    upgrade(req, socket, head) {
      socket.on('error', ignoreBrokenSocket);
      const respond = () => createSocketResponse(req, socket);
      const res = respond();
      admit(exchangeParts, { req, res }, (permit, exchange) => {
        if (permit.request.upgrade === null) {
          forwarder.forward(permit, req, res, exchange);
          return;
        }
        res.detachSocket(socket as Socket);
        const sink = takingBack(res, socket, exchange);
        try {
          forwarder.upgrade(permit, { req, socket, head, respond }, sink);
        } catch (error) {
          sink.onFailure(
            new BouncerError('internal', 'the handshake was not forwarded', { cause: error }),
            null,
          );
        }
      });
    },
    recheckStreams: () => live.recheckAll(),
    get liveCount() {
      return live.size;
    },
    sayGoodbye: (withinMs) => live.sayGoodbye(withinMs),
    endStreams: (reason) => live.endAll(reason),
    close: () => live.close(),
  };
}

/** Run the steps of one request. */
function admit(parts: ExchangeParts, { req, res, read = rawRequestHead }: Client, onPermit: OnPermit): void {
  // Where somebody else listens: the front's own connections always know.
  if (req.httpVersionMajor === 1 && hasLostAddress(req.socket)) {
    breakOff(res);
    return;
  }
  let exchange: Exchange;
  try {
    exchange = new Exchange(parts, read(req), req, res);
  } catch (error) {
    refuseBare(res, error, parts.telemetry);
    return;
  }
  exchange.run(onPermit);
}

interface Client {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Absent: anew each time. */
  readonly read?: (req: IncomingMessage) => RawRequestHead;
}

function formDoorOf(
  { keptForms: kept, telemetry }: GatewayParts,
  exchangeParts: ExchangeParts,
): FormDoor | null {
  if (kept === undefined) return null;
  return {
    kept,
    bodies: new BodyReader(),
    send(form, click, onPermit) {
      try {
        new FormExchange(exchangeParts, kept, form, click).send(onPermit);
      } catch (error) {
        refuseBare(click.res, error, telemetry);
      }
    },
  };
}

/** All count up, so their sum changes when any does. */
function registersVersion({
  sessions,
  tokens,
  grants,
}: Pick<ExchangeParts, 'sessions' | 'tokens' | 'grants'>): MaybePromise<number> {
  const versions = [sessions.version(), tokens.version(), grants.version()];
  return versions.some(isPromise)
    ? Promise.all(versions).then((all) => all.reduce((sum, one) => sum + one, 0))
    : versions.reduce<number>((sum, one) => sum + (isPromise(one) ? 0 : one), 0);
}

/** The sink of a handshake whose socket was given away: a refusal needs it back. */
function takingBack(res: ServerResponse, socket: Duplex, sink: ForwardSink): ForwardSink {
  return {
    onFailure(error, upstreamMs) {
      if (res.socket === null) res.assignSocket(socket as Socket);
      sink.onFailure(error, upstreamMs);
    },
    onEnd: (outcome) => sink.onEnd(outcome),
    onLive: (end, sayGoodbye) => sink.onLive(end, sayGoodbye),
  };
}

/** There is not even an exchange: no configuration, no clock, no head. */
function refuseBare(res: ServerResponse, error: unknown, telemetry: GatewayParts['telemetry']): void {
  try {
    telemetry.event('internal_error', faultOf(error));
    res.writeHead(500, res.req.httpVersionMajor < 2 ? { Connection: 'close', 'Content-Length': '0' } : {});
    res.end();
  } catch {
    breakOff(res);
  }
}

function ignoreBrokenSocket(): void {
  // The connection is gone; whoever writes to it learns so from 'close'.
}
