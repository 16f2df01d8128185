// One of a connector's connections to one edge: made, kept, and made again for as long as it is wanted.
import { randomInt } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { errorCode } from '../../upstream/dispatch-error.ts';
import { attemptAfter, attemptWhereNobodyListens, waitBefore } from './backoff.ts';
import { ConnectorSession, type ConnectorSessionParts } from './connector-session.ts';

export interface LinkParts {
  readonly address: string;
  readonly index: 0 | 1;
  /** Reaches the edge and is let in. */
  readonly connect: () => Promise<TLSSocket>;
  readonly session: (link: Link) => Omit<ConnectorSessionParts, 'socket' | 'onGone' | 'onUsable' | 'onDrain'>;
  readonly onUsable: (link: Link) => void;
  readonly onGone: (link: Link, cause: string) => void;
  readonly onFailure: (link: Link, error: unknown, waitMs: number) => void;
}

export class Link {
  readonly address: string;
  readonly index: 0 | 1;
  readonly #parts: LinkParts;
  #session: ConnectorSession | null = null;
  /** Those to an edge that is about to stop: they go on until it does. */
  readonly #leaving = new Set<ConnectorSession>();
  #timer: NodeJS.Timeout | null = null;
  #attempt = 0;
  /** When `#session` was connected. */
  #startedMs = 0;
  /** When it was last connected, or began. */
  #hereMs: number = performance.now();
  #isStopped = false;

  constructor(parts: LinkParts) {
    this.address = parts.address;
    this.index = parts.index;
    this.#parts = parts;
  }

  get isUsable(): boolean {
    return this.#session?.isUsable === true;
  }

  get isConnected(): boolean {
    return this.#session !== null || this.#leaving.size > 0;
  }

  /** Connections to services that it carries. */
  get open(): number {
    return [...this.#leaving].reduce((sum, session) => sum + session.open, this.#session?.open ?? 0);
  }

  start(): void {
    void this.#run();
  }

  async #run(): Promise<void> {
    this.#timer = null;
    try {
      const socket = await this.#parts.connect();
      if (this.#isStopped) socket.destroy();
      else this.#carry(socket);
    } catch (error) {
      this.#again(error);
    }
  }

  #carry(socket: TLSSocket): void {
    const session: ConnectorSession = new ConnectorSession({
      ...this.#parts.session(this),
      socket,
      onUsable: () => this.#parts.onUsable(this),
      onDrain: () => this.#onEdgeDrains(session),
      onGone: (cause) => {
        this.#leaving.delete(session);
        if (this.#session === session) this.#replace(cause);
      },
    });
    this.#session = session;
    this.#startedMs = performance.now();
  }

  /** It takes no more requests: another connection is made. @param cause for the log */
  #replace(cause: string): void {
    this.#session = null;
    this.#hereMs = performance.now();
    this.#attempt = attemptAfter(this.#attempt, this.#hereMs - this.#startedMs);
    this.#parts.onGone(this, cause);
    this.#again(null);
  }

  /** The edge is about to stop: another process may be there already. What is carried goes on. */
  #onEdgeDrains(session: ConnectorSession): void {
    if (this.#session !== session) return;
    this.#leaving.add(session);
    this.#replace('edge-drains');
  }

  /** @param error `null`: it was connected, and no longer is */
  #again(error: unknown): void {
    if (this.#isStopped) return;
    const attempt = isRefused(error)
      ? attemptWhereNobodyListens(this.#attempt, performance.now() - this.#hereMs)
      : this.#attempt;
    const waitMs = waitBefore(attempt, randomInt(1_000_000) / 1_000_000);
    this.#attempt++;
    if (error !== null) this.#parts.onFailure(this, error, waitMs);
    this.#timer = setTimeout(() => void this.#run(), waitMs);
  }

  /** The machine slept: what was connected is over, and what failed before says nothing any more. */
  wake(): void {
    this.#attempt = 0;
    for (const session of [...this.#leaving]) session.end('slept');
    if (this.#session !== null) this.#session.end('slept');
    else if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#again(null);
    }
  }

  announce(): void {
    this.#session?.announce();
  }

  /** Take nothing new, and do not come back. */
  drain(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#session?.drain();
    for (const session of this.#leaving) session.drain();
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#session?.end('stopped');
    for (const session of [...this.#leaving]) session.end('stopped');
  }
}

/** Nobody listens at the address. */
function isRefused(error: unknown): boolean {
  return error instanceof Error && errorCode(error.cause) === 'ECONNREFUSED';
}
