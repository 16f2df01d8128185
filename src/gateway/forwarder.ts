// The port between the pipeline and what speaks to upstreams. create-forwarder.ts is the implementation.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { BouncerError } from '../bouncer-error.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { Permit } from './permit.ts';

/** Why a request body is not read to its end. */
export interface BodyRefusal {
  readonly status: 413;
  readonly reason: 'body-too-large';
}

/** How a forwarded request ended. Called exactly once a request. */
export interface ForwardSink {
  /** Nothing of a response was sent to the client yet: the caller answers with a page of its own. */
  onFailure(error: BouncerError, upstreamMs: number | null): void;
  /** A response was sent, whole (`cut` null) or not (`cut` says why: `client-gone`, `upstream-broken`, `ended-by-policy` …). */
  onEnd(outcome: {
    readonly status: number;
    readonly upstreamMs: number;
    readonly bytesOut: number;
    readonly cut: string | null;
  }): void;
  /**
   * The request turned out to be unacceptable while its body was read (413 `body-too-large`) and nothing of a response was
   * sent: the caller answers and closes the connection. Without this method the forwarder answers a bare 413 itself.
   */
  onRefused?(refusal: BodyRefusal): void;
  /**
   * The request is about to be sent and may last: one that waits for a connection, an upload, a long poll, an event stream, a
   * handshake that waits for its 101, a WebSocket. `end` cuts it at once, at whatever stage it is, with the given reason; a later
   * call replaces an earlier one. The caller keeps the latest until `onEnd` or `onFailure`. `sayGoodbye` asks the client to come back
   * elsewhere, and ends it in a moment; without it there is nothing to say, or no words for it.
   */
  onLive(end: (reason: string) => void, sayGoodbye?: () => void): void;
}

/** Who asks to change the protocol: the socket, which is the forwarder's from here on, with what came after the head. */
export interface UpgradingClient {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** For an answer other than 101: an ordinary response on the socket, which ends with it. */
  readonly respond: () => ServerResponse;
}

/**
 * Called with the permission to go on; what it does with it (forward, upgrade, next()) is the caller's.
 *
 * @param body in place of what comes on the connection
 */
export type OnPermit = (permit: Permit, sink: ForwardSink, body?: Uint8Array) => void;

export interface Forwarder {
  forward(permit: Permit, req: IncomingMessage, res: ServerResponse, sink: ForwardSink): void;
  /**
   * A request that changes the protocol: a WebSocket handshake (RFC 6455) or another upgrade (RFC 9110 section 7.8). The client's answer is
   * written to its socket raw.
   */
  upgrade(permit: Permit, client: UpgradingClient, sink: ForwardSink): void;
  /** Make ready for an application of rules that are about to come into force: `retain` with many new ones would take long. */
  prepare(application: Application): void;
  /** Drop pools of applications that are gone; called after a reload. */
  retain(applications: readonly Application[]): void;
  close(): Promise<void>;
}
