// Two sockets joined after a WebSocket handshake: opaque bytes with back-pressure both ways, until one side ends, nothing
// was said for too long, or somebody ends it. It never looks into frames, so it cannot send a close frame of its own:
// the bytes might land in the middle of another frame. An ended tunnel is two closed connections.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Called once: why it was cut (`null`: both sides ended as they should), and the bytes that went to the client. */
export type OnTunnelEnd = (cut: string | null, bytesOut: number) => void;

/** How long the other side may take to end after one side did. */
const halfClosedMs = 30_000;

export class WebSocketTunnel {
  readonly #client: Duplex;
  readonly #upstream: Socket;
  readonly #idleMs: number;
  readonly #onEnd: OnTunnelEnd;
  #timer: NodeJS.Timeout | null = null;
  #bytesOut = 0;
  #isEnded = false;
  #clientEnded = false;
  #upstreamEnded = false;

  /** @param idleMs silence both ways after which it is cut; 0 = none */
  constructor(client: Duplex, upstream: Socket, idleMs: number, onEnd: OnTunnelEnd) {
    this.#client = client;
    this.#upstream = upstream;
    this.#idleMs = idleMs;
    this.#onEnd = onEnd;
  }

  /** Send the client its 101 and what the upstream said right after it, the upstream what the client sent too early, then join the two. */
  start(head: string, early: readonly Buffer[], rest: Buffer): void {
    const client = this.#client;
    const upstream = this.#upstream;
    if (this.#idleMs > 0) {
      this.#timer = setTimeout(this.#onIdle, this.#idleMs);
      this.#timer.unref();
    }
    setNoDelay(client);
    upstream.setNoDelay(true);
    upstream.setTimeout(0);
    client.on('error', this.#onClientError).on('close', this.#onClientGone);
    upstream.on('error', this.#onUpstreamError).on('close', this.#onUpstreamGone);
    client.write(head, 'latin1');
    if (rest.length > 0) {
      this.#bytesOut += rest.length;
      client.write(rest);
    }
    for (const chunk of early) upstream.write(chunk);
    client.on('data', this.#onClientData).on('end', this.#onClientEnd).on('drain', this.#onClientDrain);
    upstream
      .on('data', this.#onUpstreamData)
      .on('end', this.#onUpstreamEnd)
      .on('drain', this.#onUpstreamDrain);
    client.resume();
    upstream.resume();
  }

  /** Cut it at once, with a reason for the log. */
  end(reason: string): void {
    this.#finish(reason);
  }

  readonly #onClientData = (chunk: Buffer): void => {
    this.#timer?.refresh();
    if (!this.#upstream.write(chunk)) this.#client.pause();
  };

  readonly #onUpstreamData = (chunk: Buffer): void => {
    this.#timer?.refresh();
    this.#bytesOut += chunk.length;
    if (!this.#client.write(chunk)) this.#upstream.pause();
  };

  readonly #onClientDrain = (): void => void this.#upstream.resume();

  readonly #onUpstreamDrain = (): void => void this.#client.resume();

  readonly #onClientEnd = (): void => {
    this.#clientEnded = true;
    this.#upstream.end();
    this.#onHalfClosed();
  };

  readonly #onUpstreamEnd = (): void => {
    this.#upstreamEnded = true;
    this.#client.end();
    this.#onHalfClosed();
  };

  readonly #onIdle = (): void => this.#finish(this.#clientEnded || this.#upstreamEnded ? null : 'idle');

  readonly #onClientError = (): void => this.#finish('client-gone');

  readonly #onUpstreamError = (): void => this.#finish('upstream-broken');

  readonly #onClientGone = (): void =>
    this.#finish(this.#clientEnded || this.#upstreamEnded ? null : 'client-gone');

  readonly #onUpstreamGone = (): void => {
    if (this.#upstreamEnded && !this.#client.writableFinished) return;
    this.#finish(this.#clientEnded || this.#upstreamEnded ? null : 'upstream-broken');
  };

  #onHalfClosed(): void {
    if (this.#clientEnded && this.#upstreamEnded) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onIdle, halfClosedMs);
    this.#timer.unref();
  }

  #finish(cut: string | null): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const client = this.#client;
    const upstream = this.#upstream;
    client.off('data', this.#onClientData).off('end', this.#onClientEnd).off('drain', this.#onClientDrain);
    upstream
      .off('data', this.#onUpstreamData)
      .off('end', this.#onUpstreamEnd)
      .off('drain', this.#onUpstreamDrain);
    client.destroy();
    upstream.destroy();
    this.#onEnd(cut, this.#bytesOut);
  }
}

function setNoDelay(socket: Duplex): void {
  if ('setNoDelay' in socket && typeof socket.setNoDelay === 'function') socket.setNoDelay(true);
  if ('setTimeout' in socket && typeof socket.setTimeout === 'function') socket.setTimeout(0);
}
