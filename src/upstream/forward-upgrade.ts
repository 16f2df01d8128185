// One permitted request to change the protocol towards an upstream: a WebSocket handshake (RFC 6455), or another one that the application
// lists (RFC 9110 section 7.8). Only after a correct 101 does a tunnel of opaque bytes begin; any other
// answer goes to the client as the ordinary response that it is, and then the connection ends.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { BouncerError } from '../bouncer-error.ts';
import type { ForwardSink, UpgradingClient } from '../gateway/forwarder.ts';
import type { Permit } from '../gateway/permit.ts';
import { listedUpgrade } from '../http/upgrade-token.ts';
import type { AwaitingTarget } from './awaited-targets.ts';
import { dispatchError, isConnectFailure } from './dispatch-error.ts';
import { type ForwardParts, ForwardRequest } from './forward-request.ts';
import { clientLeftStatus } from './forwarded-answer.ts';
import type { UpstreamSocket } from './opener.ts';
import { checkHandshake, switchingProtocols } from './upgrade-handshake.ts';
import {
  type UpstreamResponseHead,
  type UpstreamStream,
  type UpstreamUpgradeHandler,
  withoutBody,
} from './upstream-exchange.ts';
import type { UpstreamGroup } from './upstream-group.ts';
import type { UpstreamTarget } from './upstream-target.ts';
import { WebSocketTunnel } from './web-socket-tunnel.ts';

/** More than this from a client that has not seen a 101 is left in its socket. */
const mostEarlyBytes = 65_536;

export class ForwardUpgrade implements UpstreamUpgradeHandler, AwaitingTarget {
  readonly #parts: ForwardParts;
  readonly #group: UpstreamGroup;
  readonly #permit: Permit;
  /** The protocol, as the rules write it. */
  readonly #token: string;
  readonly #req: IncomingMessage;
  readonly #socket: Duplex;
  readonly #respond: UpgradingClient['respond'];
  /** What the client sent before the handshake was answered. */
  readonly #early: Buffer[];
  #earlyBytes = 0;
  readonly #sink: ForwardSink;
  #target: UpstreamTarget | null = null;
  #stream: UpstreamStream | null = null;
  #refusal: ForwardRequest | null = null;
  #startedMs = 0;
  #isRetried = false;
  #isSettled = false;
  #holdsPlace = false;

  constructor(
    parts: ForwardParts,
    group: UpstreamGroup,
    permit: Permit,
    client: UpgradingClient & { readonly sink: ForwardSink },
  ) {
    this.#parts = parts;
    this.#group = group;
    this.#permit = permit;
    this.#token = listedUpgrade(permit.application.upgrades, permit.request.upgrade ?? '') ?? 'websocket';
    this.#req = client.req;
    this.#socket = client.socket;
    this.#respond = client.respond;
    this.#early = client.head.length > 0 ? [client.head] : [];
    this.#earlyBytes = client.head.length;
    this.#sink = client.sink;
  }

  start(): void {
    this.#startedMs = performance.now();
    const lack = this.#group.takeWebSocket(this.#permit.requester);
    if (lack !== null) {
      const who = lack === 'max_websockets' ? 'there are' : 'this client has';
      const reason = `${who} as many WebSockets of \`${this.#permit.application.name}\` as allowed`;
      this.#fail(new BouncerError('upstream_busy', reason, { hint: `see \`${lack}\`` }));
      return;
    }
    this.#holdsPlace = true;
    // Without reading nobody would learn that the client left.
    this.#socket.on('close', this.#onClientClose).on('end', this.#onClientClose).on('data', this.#onEarly);
    this.#socket.resume();
    if (this.#socket.destroyed) {
      this.#onClientClose();
      return;
    }
    // From here on, and not only from the 101 on: a handshake that waits must not outlive what permitted it.
    this.#sink.onLive((reason) => this.end(reason));
    if (!this.#isSettled) this.#dispatch(null);
  }

  /** Cut it before it was answered: the session ended, or the rules changed. */
  end(reason: string): void {
    if (this.#isSettled) return;
    this.#fail(new BouncerError('access_ended', `ended before the application answered: ${reason}`));
    this.#stream?.abort();
  }

  #dispatch(except: UpstreamTarget | null): void {
    this.#leaveTarget();
    const target = this.#group.pickForUpgrade(except);
    if (target === null) {
      if (!this.#group.awaitTarget(this)) this.onNobody();
      return;
    }
    this.#target = target;
    target.webSockets++;
    target.noteRequest();
    const { request, headers } = this.#permit;
    const { options } = this.#group;
    this.#stream = target.http1.upgrade(
      {
        path: request.target.path + request.target.query,
        method: request.method,
        headers,
        ...withoutBody,
        responseTimeoutMs: options.responseTimeoutMs,
        idleTimeoutMs: options.idleTimeoutMs,
      },
      this.#token,
      this,
    );
  }

  // -- AwaitingTarget

  onTarget(): void {
    this.#dispatch(null);
  }

  onNobody(): void {
    this.#fail(this.#group.notThere());
  }

  // -- UpstreamUpgradeHandler

  onBodyWanted(): void {}

  onDrain(): void {}

  onInterim(): void {}

  onUpgrade(head: UpstreamResponseHead, upstream: UpstreamSocket, rest: Buffer): void {
    if (this.#target !== null) this.#group.onAnswer(this.#target);
    const problem = checkHandshake(this.#token, this.#permit.headers, head.fields);
    const fields = problem === null ? this.#parts.responseHeaders(this.#permit, head.fields) : null;
    if (fields === null || 'reason' in fields) {
      upstream.on('error', ignore).destroy();
      this.#fail(this.#broken(`sent a 101 that ${problem ?? fields?.reason}`));
      return;
    }
    this.#isSettled = true;
    this.#letGo();
    const upstreamMs = performance.now() - this.#startedMs;
    const hasFrames = this.#token.toLowerCase() === 'websocket' ? 'frames' : 'opaque';
    const tunnel = new WebSocketTunnel(
      { client: this.#socket, upstream, hasFrames },
      this.#group.options.webSocketIdleTimeoutMs,
      (cut, bytesOut) => {
        this.#leave();
        this.#sink.onEnd({ status: 101, upstreamMs, bytesOut, cut });
      },
    );
    tunnel.start(switchingProtocols(this.#token, fields), this.#early, rest);
    this.#sink.onLive(
      (reason) => tunnel.end(reason),
      () => tunnel.sayGoodbye(),
    );
  }

  onHead(head: UpstreamResponseHead): void {
    const stream = this.#stream;
    if (this.#isSettled || stream === null) return;
    if (this.#target !== null) this.#group.onAnswer(this.#target);
    this.#isSettled = true;
    this.#letGo();
    // Whatever comes is thrown away; that it ends is noticed.
    this.#socket.resume();
    const client = { req: this.#req, res: this.#respond(), sink: this.#leavingSink() };
    this.#refusal = new ForwardRequest(this.#parts, this.#group, this.#permit, client);
    this.#refusal.attach(stream);
    // The socket may be half open: without this, who left would be noticed at the next byte, which an upstream need not send.
    this.#socket.once('end', () => this.#onClientEnd(client.res));
    this.#refusal.onHead(head);
  }

  /** What is whole already may still be on its way. */
  #onClientEnd(res: ServerResponse): void {
    if (this.#refusal?.isComplete === true || res.writableEnded) return;
    this.#refusal?.onClientClose();
    this.#socket.destroy();
  }

  /** A refusal may go on for long: its connection counts until it is over. */
  #leavingSink(): ForwardSink {
    const sink = this.#sink;
    return {
      onLive: (end) => sink.onLive(end),
      onEnd: (outcome) => {
        this.#leave();
        sink.onEnd(outcome);
      },
      onFailure: (error, upstreamMs) => {
        this.#leave();
        sink.onFailure(error, upstreamMs);
      },
    };
  }

  onData(chunk: Buffer): void {
    this.#refusal?.onData(chunk);
  }

  onEnd(trailers: readonly string[]): void {
    this.#refusal?.onEnd(trailers);
  }

  onError(error: Error): void {
    if (this.#refusal !== null) {
      this.#refusal.onError(error);
      return;
    }
    if (this.#isSettled) return;
    const target = this.#target;
    if (target !== null) {
      const isConnect = isConnectFailure(error);
      this.#group.onMissing(target, isConnect ? 'connect' : 'answer', error);
      if (isConnect && !this.#isRetried && !this.#group.isOnly(target)) {
        this.#isRetried = true;
        this.#dispatch(target);
        return;
      }
    }
    this.#fail(dispatchError(error, target?.text ?? ''));
  }

  readonly #onClientClose = (): void => {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#letGo();
    this.#leave();
    this.#socket.destroy();
    this.#stream?.abort();
    const upstreamMs = performance.now() - this.#startedMs;
    this.#sink.onEnd({ status: clientLeftStatus, upstreamMs, bytesOut: 0, cut: 'client-gone' });
  };

  readonly #onEarly = (chunk: Buffer): void => {
    this.#early.push(chunk);
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes >= mostEarlyBytes) this.#socket.pause();
  };

  /** Stop listening to the client; whoever takes over attaches listeners in the same turn. */
  #letGo(): void {
    this.#socket.off('close', this.#onClientClose).off('end', this.#onClientClose).off('data', this.#onEarly);
  }

  #leave(): void {
    if (!this.#holdsPlace) return;
    this.#holdsPlace = false;
    this.#group.giveWebSocket(this.#permit.requester);
    this.#group.cancelAwait(this);
    this.#leaveTarget();
  }

  #leaveTarget(): void {
    if (this.#target !== null) this.#group.leaveWebSocket(this.#target);
    this.#target = null;
  }

  #fail(error: BouncerError): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#letGo();
    this.#leave();
    this.#sink.onFailure(error, null);
  }

  #broken(what: string): BouncerError {
    return new BouncerError('upstream_broken', `upstream \`${this.#target?.text ?? ''}\` ${what}`);
  }
}

function ignore(): void {
  // It is being thrown away.
}
