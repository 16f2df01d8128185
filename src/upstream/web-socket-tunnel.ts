// Two sockets joined after a WebSocket handshake: opaque bytes with back-pressure both ways, until one side ends, nothing
// was said for too long, or somebody ends it. It looks at no message; of WebSockets it knows where frames end, to say goodbye between
// two of them when the process stops. A tunnel that was ended for another reason is two closed connections.
import type { Duplex } from 'node:stream';
import type { UpstreamSocket } from './opener.ts';
import { FrameFollower, goodbyeToClient, goodbyeToServer } from './web-socket-frames.ts';

/** Called once: why it was cut (`null`: both sides ended as they should), and the bytes that went to the client. */
export type OnTunnelEnd = (cut: string | null, bytesOut: number) => void;

/** How long the other side may take to end after one side did. */
const halfClosedMs = 30_000;
/** How long a client may take to answer a goodbye. */
const goodbyeMs = 3_000;
const leaving = 'process-stopping';

/** One direction of frames. */
interface Way {
  readonly frames: FrameFollower;
  readonly goodbye: Uint8Array;
  /** `waits`: for the end of a frame; `said`: nothing of the way follows it any more. */
  state: 'open' | 'waits' | 'said';
}

export class WebSocketTunnel {
  readonly #client: Duplex;
  readonly #upstream: UpstreamSocket;
  readonly #idleMs: number;
  readonly #onEnd: OnTunnelEnd;
  #timer: NodeJS.Timeout | null = null;
  #bytesOut = 0;
  #isEnded = false;
  #clientEnded = false;
  #upstreamEnded = false;
  readonly #toClient: Way | null;
  readonly #toUpstream: Way | null;

  /** @param idleMs silence both ways after which it is cut; 0 = none */
  constructor(
    sides: {
      readonly client: Duplex;
      readonly upstream: UpstreamSocket;
      readonly hasFrames: 'frames' | 'opaque';
    },
    idleMs: number,
    onEnd: OnTunnelEnd,
  ) {
    this.#client = sides.client;
    this.#upstream = sides.upstream;
    this.#idleMs = idleMs;
    this.#onEnd = onEnd;
    const isOpaque = sides.hasFrames === 'opaque';
    this.#toClient = isOpaque
      ? null
      : { frames: new FrameFollower(), goodbye: goodbyeToClient, state: 'open' };
    this.#toUpstream = isOpaque
      ? null
      : { frames: new FrameFollower(), goodbye: goodbyeToServer, state: 'open' };
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
      this.#pass(rest, this.#toClient, client);
    }
    for (const chunk of early) this.#pass(chunk, this.#toUpstream, upstream);
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

  /** Tell both sides of a WebSocket that this end goes away, each between two frames, and end it when the client has answered. */
  sayGoodbye(): void {
    if (this.#isEnded || this.#toClient === null || this.#isLeaving) return;
    this.#sayTo(this.#toClient, this.#client);
    if (this.#toUpstream !== null) this.#sayTo(this.#toUpstream, this.#upstream);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#finish(leaving), goodbyeMs);
    this.#timer.unref();
  }

  get #isLeaving(): boolean {
    return this.#toClient !== null && this.#toClient.state !== 'open';
  }

  #sayTo(way: Way, side: Duplex): void {
    way.state = way.frames.isBetween ? 'said' : 'waits';
    if (way.state === 'said' && side.writable) side.write(way.goodbye);
  }

  /** Pass on what came for a side, and say goodbye where a frame of it ends. False when the side is not to be given more. */
  #pass(chunk: Buffer, way: Way | null, side: Duplex): boolean {
    if (way === null) return side.write(chunk);
    if (way.state === 'open') {
      way.frames.follow(chunk);
      return side.write(chunk);
    }
    if (way.state === 'waits') {
      const length = way.frames.followToEnd(chunk);
      const isOpen = side.write(chunk.subarray(0, length));
      if (!way.frames.isBetween) return isOpen;
      way.state = 'said';
      side.write(way.goodbye);
      way.frames.follow(chunk.subarray(length));
      return true;
    }
    way.frames.follow(chunk);
    return true;
  }

  readonly #onClientData = (chunk: Buffer): void => {
    if (!this.#isLeaving) this.#timer?.refresh();
    if (!this.#pass(chunk, this.#toUpstream, this.#upstream)) this.#client.pause();
    // RFC 6455 section 7.1.1: after both goodbyes it is the server that closes.
    if (this.#toClient?.state === 'said' && this.#toUpstream?.frames.isClosed === true) this.#close();
  };

  readonly #onUpstreamData = (chunk: Buffer): void => {
    if (!this.#isLeaving) this.#timer?.refresh();
    this.#bytesOut += chunk.length;
    if (!this.#pass(chunk, this.#toClient, this.#client)) this.#upstream.pause();
  };

  /** The client has answered: what waits for it is sent, then both connections close. */
  #close(): void {
    this.#client.once('finish', () => this.#finish(leaving));
    this.#client.end();
  }

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
    if ((this.#clientEnded && this.#upstreamEnded) || this.#isLeaving) return;
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
    this.#onEnd(cut ?? (this.#isLeaving ? leaving : null), this.#bytesOut);
  }
}

function setNoDelay(socket: Duplex): void {
  if ('setNoDelay' in socket && typeof socket.setNoDelay === 'function') socket.setNoDelay(true);
  if ('setTimeout' in socket && typeof socket.setTimeout === 'function') socket.setTimeout(0);
}
