// The policy enforcement point as handlers for node:http: every request becomes one Exchange, and only an Exchange's
// permit reaches the forwarder.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { BouncerError } from '../bouncer-error.ts';
import type { RawRequestHead } from '../http/gated-request.ts';
import { isPromise, type MaybePromise } from '../store/maybe-promise.ts';
import { faultOf } from '../telemetry/cause-of.ts';
import { type CheckDoor, CheckExchange } from './check-exchange.ts';
import { Exchange, type OnPermit } from './exchange.ts';
import type { Forwarder, ForwardSink } from './forwarder.ts';
import { KeptHeads } from './kept-heads.ts';
import { createLiveStreams } from './live-streams.ts';
import type { ExchangeParts } from './open-request.ts';
import { knownRequestHead, rawRequestHead } from './raw-request-head.ts';
import { createSocketResponse } from './socket-response.ts';
import { type StepDeadlines, stepDeadlines } from './step-deadline.ts';

export interface GatewayParts extends Omit<ExchangeParts, 'live' | 'heads' | 'deadlines'> {
  readonly forwarder: Forwarder;
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
  const { forwarder } = parts;
  const live = createLiveStreams(() => registersVersion(parts), parts.now);
  const heads = new KeptHeads();
  const exchangeParts: ExchangeParts = { ...parts, live, heads, deadlines: parts.deadlines ?? stepDeadlines };

  const admit = (
    req: IncomingMessage,
    res: ServerResponse,
    onPermit: OnPermit,
    read = rawRequestHead,
  ): void => {
    let exchange: Exchange;
    try {
      exchange = new Exchange(exchangeParts, read(req), req, res);
    } catch (error) {
      refuseBare(res, error, parts.telemetry);
      return;
    }
    exchange.run(onPermit);
  };

  const check = (req: IncomingMessage, res: ServerResponse, door: CheckDoor): void => {
    res.on('error', ignoreBrokenSocket);
    try {
      new CheckExchange(exchangeParts, rawRequestHead(req), { req, res, door }).answer();
    } catch (error) {
      refuseBare(res, error, parts.telemetry);
    }
  };

  const readKnown = (req: IncomingMessage): RawRequestHead => knownRequestHead(req, heads);

  return {
    admit: (req, res, onPermit) => admit(req, res, onPermit),
    check,
    checkUpgrade(req, socket, door) {
      socket.on('error', ignoreBrokenSocket);
      check(req, createSocketResponse(req, socket), door);
    },
    handle(req, res) {
      // node:http reports sockets that break under a response here; the forwarder sees them as 'close'.
      res.on('error', ignoreBrokenSocket);
      const forward: OnPermit = (permit, exchange) => forwarder.forward(permit, req, res, exchange);
      admit(req, res, forward, readKnown);
    },
    upgrade(req, socket, head) {
      socket.on('error', ignoreBrokenSocket);
      const respond = () => createSocketResponse(req, socket);
      const res = respond();
      admit(req, res, (permit, exchange) => {
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

/** Both count up, so their sum changes when either does. */
function registersVersion({ sessions, tokens }: GatewayParts): MaybePromise<number> {
  const [ofSessions, ofTokens] = [sessions.version(), tokens.version()];
  return isPromise(ofSessions) || isPromise(ofTokens)
    ? Promise.all([ofSessions, ofTokens]).then(([one, other]) => one + other)
    : ofSessions + ofTokens;
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
    res.destroy();
  }
}

function ignoreBrokenSocket(): void {
  // The connection is gone; whoever writes to it learns so from 'close'.
}
