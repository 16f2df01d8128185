// The policy enforcement point as handlers for node:http: every request becomes one Exchange, and only an Exchange's
// permit reaches the forwarder.
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Exchange, type ExchangeParts, type OnPermit } from './exchange.ts';
import type { Forwarder } from './forwarder.ts';
import { createLiveStreams } from './live-streams.ts';
import type { Permit } from './permit.ts';
import { rawRequestHead } from './raw-request-head.ts';

export interface GatewayParts extends Omit<ExchangeParts, 'live'> {
  readonly forwarder: Forwarder;
}

export interface Gateway {
  /** For `request` and `checkContinue` events: the body is only asked for after the decision. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** For `upgrade` events. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Decide only: calls `onPermit` when allowed, answers the client otherwise. */
  admit(req: IncomingMessage, res: ServerResponse, onPermit: OnPermit): void;
  /** New rules or settings are in force: live streams are decided again. */
  recheckStreams(): void;
  /** How many responses and WebSockets are being answered. */
  readonly liveCount: number;
  /** End what is still being answered. */
  endStreams(reason: string): void;
  close(): void;
}

/** Create the handlers. Nothing is listened on here. */
export function createGateway(parts: GatewayParts): Gateway {
  const { forwarder } = parts;
  const live = createLiveStreams(() => parts.sessions.version(), parts.now);
  const exchangeParts: ExchangeParts = { ...parts, live };

  const admit = (req: IncomingMessage, res: ServerResponse, onPermit: OnPermit): void => {
    new Exchange(exchangeParts, rawRequestHead(req), req, res).run(onPermit);
  };

  return {
    admit,
    handle(req, res) {
      // node:http reports sockets that break under a response here; the forwarder sees them as 'close'.
      res.on('error', ignoreBrokenSocket);
      admit(req, res, (permit: Permit, exchange) => forwarder.forward(permit, req, res, exchange));
    },
    upgrade(req, socket, head) {
      socket.on('error', ignoreBrokenSocket);
      const res = new ServerResponse(req);
      res.shouldKeepAlive = false;
      res.assignSocket(socket as never);
      res.once('finish', () => socket.end());
      admit(req, res, (permit, exchange) => {
        if (permit.request.isWebSocket) {
          res.detachSocket(socket as never);
          forwarder.upgrade(permit, req, socket, head, exchange);
        } else {
          forwarder.forward(permit, req, res, exchange);
        }
      });
    },
    recheckStreams: () => live.recheckAll(),
    get liveCount() {
      return live.size;
    },
    endStreams: (reason) => live.endAll(reason),
    close: () => live.close(),
  };
}

function ignoreBrokenSocket(): void {
  // The connection is gone; whoever writes to it learns so from 'close'.
}
