// What happens to a message before anybody behind gets it: too many fields and CONNECT are refused, a body that does not come is ended,
// and each client waits for its turn. It judges nothing else.

import { type IncomingMessage, ServerResponse } from 'node:http';
import { constants } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { markBroken } from '../http/broken-request.ts';
import { peerAddress } from '../http/client-address.ts';
import { breakOff } from '../http/queued-response.ts';
import { type Reason, refusalJson, refusals } from '../http/refusals.ts';
import type { Settings } from '../settings/settings.ts';
import { faultOf } from '../telemetry/cause-of.ts';
import type { LimitNotices } from '../telemetry/limit-notices.ts';
import type { RequestRecord, Telemetry } from '../telemetry/request-record.ts';
import { announcesBody, watchBody } from './body-progress.ts';
import {
  answerClientError,
  answering,
  rawRefusal,
  refuseAfterAnswers,
  refusedOnSocket,
} from './client-error.ts';
import type { FrontConnections } from './connections.ts';
import { FrontHttp2Request, FrontHttp2Response } from './http2-messages.ts';
import { Http2WebSocketSocket } from './http2-websocket.ts';
import { isLingering, lingerAtEnd } from './linger.ts';
import { TurnQueue } from './turn-queue.ts';

/** Who gets what was let in. */
export interface FrontHandlers {
  /**
   * A request. Over HTTP/2 `req` and `res` only look like node:http's: `rawHeaders` has `host` in place of the pseudo-headers,
   * fields that HTTP/2 has no place for are dropped from what `res` is given, and `res.destroy()` resets the one stream.
   */
  onRequest(req: IncomingMessage, res: ServerResponse): void;
  /**
   * A request that asks to change the protocol (`Upgrade`), or an extended CONNECT for a WebSocket (RFC 8441) as if it were that. An
   * HTTP/1.1 answer written to `socket` reaches the client as it should: for HTTP/2 a 101 becomes `:status: 200`.
   */
  onUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** A request with `Expect: 100-continue`; nothing was answered yet (`res.writeContinue()` does). */
  onCheckContinue(req: IncomingMessage, res: ServerResponse): void;
}

export interface FrontDoorParts extends FrontHandlers {
  readonly limits: Settings['limits'];
  readonly telemetry: Telemetry;
  readonly notices: Pick<LimitNotices, 'note'>;
}

export class FrontDoor {
  readonly #parts: FrontDoorParts;
  readonly #connections: FrontConnections;
  readonly #turns = new TurnQueue();

  constructor(parts: FrontDoorParts, connections: FrontConnections) {
    this.#parts = parts;
    this.#connections = connections;
  }

  /** A message that asks for an ordinary answer. */
  request(req: IncomingMessage, res: ServerResponse, next: FrontHandlers['onRequest']): void {
    const { requestTimeoutMs } = this.#parts.limits;
    if (this.#isOver(req)) return;
    if (this.#connections.isDraining) this.#connections.sayGoodbye(res);
    if (this.#hasTooManyFields(req)) {
      this.#refuse(req, res, 'headers-too-many');
      return;
    }
    if (announcesBody(req)) {
      if (requestTimeoutMs > 0) watchBody(req, requestTimeoutMs, () => this.#tooSlow(req));
      if (req instanceof FrontHttp2Request) markMalformed(req);
      else lingerAtEnd(req);
    }
    this.#turns.run(
      // Who left while waiting for its turn asks for nothing any more.
      () => void (res.destroyed || this.#guard(res, () => next(req, res))),
      () => req.socket?.remoteAddress ?? '',
    );
  }

  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', ignore);
    if (this.#isOver(req)) return;
    this.#connections.upgraded(socket);
    if (this.#hasTooManyFields(req)) this.#refuseRaw(req, socket, 'headers-too-many');
    // Whoever asks to change the protocol waits for the answers to what was asked before: they are still to be said in HTTP.
    else if (answering(socket as Socket) !== null) this.#refuseRaw(req, socket, 'malformed-request');
    else this.#guard(socket, () => this.#parts.onUpgrade(req, socket, head));
  }

  /** CONNECT: of HTTP/2 perhaps a WebSocket, everything else is refused. */
  connect(req: IncomingMessage, target: Duplex | FrontHttp2Response): void {
    if (!(req instanceof FrontHttp2Request) || !(target instanceof FrontHttp2Response)) {
      (target as Duplex).on('error', ignore);
      if (this.#isOver(req)) return;
      this.#refuseRaw(req, target as Duplex, 'method-refused');
      return;
    }
    if (!req.isWebSocket) {
      const { requestId } = this.#record(req, 'method-refused');
      target.writeHead(refusals['method-refused'].status, [
        ...['content-type', 'application/json'],
        ...['x-request-id', requestId],
      ]);
      target.end(refusalJson('method-refused', requestId));
      return;
    }
    req.method = 'GET';
    const socket = new Http2WebSocketSocket(target.stream);
    this.#guard(socket, () =>
      this.#parts.onUpgrade(req as unknown as IncomingMessage, socket, Buffer.alloc(0)),
    );
  }

  /** Bytes that never became a message, or not all of one. */
  clientError(error: Error, socket: Socket): void {
    // A browser opens connections in advance: one that brought nothing at all lost nothing.
    if ('code' in error && error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead > 0)
      this.#parts.notices.note('headers_timeout', peerAddress(socket.remoteAddress));
    this.#endBroken(error, socket);
  }

  #endBroken(error: Error, socket: Socket): void {
    if (isLingering(socket)) return void socket.destroy();
    answerClientError(error, socket, (record) => this.#parts.telemetry.request(record));
  }

  /** It came behind the last answer of its connection. */
  #isOver({ socket, httpVersionMajor }: IncomingMessage): boolean {
    if (httpVersionMajor !== 1 || !isLingering(socket)) return false;
    socket.destroy();
    return true;
  }

  #hasTooManyFields({ rawHeaders }: IncomingMessage): boolean {
    return rawHeaders.length > this.#parts.limits.headerCount * 2;
  }

  #tooSlow(req: IncomingMessage): void {
    this.#parts.notices.note('request_timeout', peerAddress(req.socket.remoteAddress));
    if (req instanceof FrontHttp2Request) {
      markBroken(req, 'request-timeout');
      req.stream.close(constants.NGHTTP2_CANCEL);
      return;
    }
    const error = Object.assign(new Error('the body does not come'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    this.#endBroken(error, req.socket);
  }

  #refuse(req: IncomingMessage, res: ServerResponse, reason: Reason): void {
    const { requestId } = this.#record(req, reason);
    const body = refusalJson(reason, requestId);
    res.writeHead(refusals[reason].status, {
      Connection: 'close',
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'X-Request-Id': requestId,
    });
    res.end(body);
  }

  #refuseRaw(req: IncomingMessage, socket: Duplex, reason: Reason): void {
    const { requestId } = this.#record(req, reason);
    refuseAfterAnswers(socket as Socket, rawRefusal(reason, requestId));
  }

  #record(req: Parameters<typeof refusedOnSocket>[0], reason: Reason): RequestRecord {
    const record = refusedOnSocket(req, reason);
    this.#parts.telemetry.request(record);
    return record;
  }

  /** A throw of the handler must not take the process along, nor leave the client waiting. */
  #guard(target: { destroy(error?: Error): unknown }, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#parts.telemetry.event('internal_error', faultOf(error));
      if (target instanceof ServerResponse) breakOff(target);
      else target.destroy();
    }
  }
}

/**
 * Note that a body of HTTP/2 is not as long as announced (RFC 9113 section 8.1.1). Node refuses the stream of one that is shorter, where a
 * client that gives up says another error, and the whole connection of one that is longer.
 */
function markMalformed(req: FrontHttp2Request): void {
  const { stream } = req;
  const mark = (): void => {
    if (!stream.readableEnded) markBroken(req, 'malformed-request');
  };
  stream.once('aborted', () => {
    if (stream.rstCode === constants.NGHTTP2_PROTOCOL_ERROR) mark();
  });
  stream.once('error', (error) => {
    if ('code' in error && error.code === 'ERR_HTTP2_ERROR') mark();
  });
}

function ignore(): void {
  // The connection is gone; whoever writes to it learns so from 'close'.
}
