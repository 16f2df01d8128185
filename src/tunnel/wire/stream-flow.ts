// Flow control of each stream, beside HTTP/2's. HTTP/2 in Node has one window for all streams of a session, which a stream that nobody
// reads fills as well as one that is read: large, it would be memory for everybody; small, one download over a long line would crawl. So
// a window of HTTP/2 is as large as any stream may need, and each side tells the other how far it may go on a stream: further the faster
// it is read.
import type { Http2Stream } from 'node:http2';
import { type BufferBudget, largestWindow } from './buffer-budget.ts';
import { SendGate } from './send-gate.ts';

/** How the side that opens a stream, and then the other one, says how many bytes it may be sent. Absent: it counts none. */
export const windowField = 'bouncer-window';
/** The window of HTTP/2 for each stream of a side whose other side says that it keeps to what it is told. */
export const openWindow: number = largestWindow + 1_048_576;
/** How much more than it may the other side sends at most: what one write passes by, and what it sent before it was told anything. */
const slackBytes = 262_144;
/** What the side that opened a stream may send before it was told anything. */
const untoldLimit = 65_536;

/** Stream → all the bytes that may be sent on it from its beginning. */
export type Grant = readonly [stream: number, limit: number];

/** @returns `null` where nothing was said, or what makes no sense */
export function parseWindow(value: unknown): number | null {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

export interface StreamFlowParts {
  readonly budget: BufferBudget;
  readonly tell: (grants: readonly Grant[]) => void;
  /** The other side sent more than it may: only its memory would bound what it sends. */
  readonly onOverrun: () => void;
}

/** One side of one session. */
export class StreamFlow {
  readonly #parts: StreamFlowParts;
  readonly #gates = new Map<number, SendGate>();
  /** What the other side is to be told, all at once. */
  #untold: Map<number, number> | null = null;

  constructor(parts: StreamFlowParts) {
    this.#parts = parts;
  }

  /** A window for a stream that is about to be opened, or was by the other side. @returns bytes; to be followed, or given back */
  reserve(): number {
    return this.#parts.budget.open();
  }

  /** The stream could not be opened. @param window as it was reserved */
  giveBack(window: number): void {
    this.#parts.budget.close(window);
  }

  /** Follow what is read of a stream until it closes. @param window as it was reserved, and told the other side */
  follow(stream: Http2Stream, window: number): void {
    const { budget, onOverrun } = this.#parts;
    const reading = new ReceiveWindow(stream, window, {
      ...{ budget, onOverrun },
      grant: (limit) => this.#grant(stream, limit),
    });
    stream.once('close', () => reading.close());
  }

  /** Hold back what the other side has not allowed yet. @param limit bytes; `null`: what it allows is not known yet */
  limit(stream: Http2Stream, limit: number | null): SendGate {
    const gate = new SendGate(stream, limit ?? untoldLimit);
    const add = (): void => void (stream.id !== undefined && this.#gates.set(stream.id, gate));
    if (stream.pending) stream.once('ready', add);
    else add();
    stream.once('close', () => void (stream.id !== undefined && this.#gates.delete(stream.id)));
    return gate;
  }

  /** What the other side allows. Of a stream that is over it may still come. */
  onGrants(grants: readonly Grant[]): void {
    for (const [stream, limit] of grants) this.#gates.get(stream)?.allow(limit);
  }

  #grant({ id, destroyed }: Http2Stream, limit: number): void {
    if (id === undefined || destroyed) return;
    if (this.#untold === null) {
      this.#untold = new Map();
      setImmediate(() => this.#flush());
    }
    this.#untold.set(id, limit);
  }

  #flush(): void {
    const untold = [...(this.#untold ?? [])];
    this.#untold = null;
    for (let at = 0; at < untold.length; at += mostGrants)
      this.#parts.tell(untold.slice(at, at + mostGrants));
  }
}

/** Of one message. */
export const mostGrants = 256;

interface ReceiveParts extends Pick<StreamFlowParts, 'budget' | 'onOverrun'> {
  readonly grant: (limit: number) => void;
}

/** What a stream may be sent: a window's length beyond what was read of it. */
class ReceiveWindow {
  readonly #stream: Http2Stream;
  readonly #parts: ReceiveParts;
  #window: number;
  #granted: number;
  #received = 0;

  constructor(stream: Http2Stream, window: number, parts: ReceiveParts) {
    this.#stream = stream;
    this.#window = window;
    this.#granted = window;
    this.#parts = parts;
    const { push, read } = stream;
    // What is given out as it comes is never asked for, and what waits is: both are looked at.
    stream.push = (chunk: Buffer | null, encoding?: BufferEncoding): boolean => {
      if (chunk !== null) this.#received += chunk.length;
      if (this.#received > this.#granted + slackBytes) parts.onOverrun();
      const isRoom = push.call(stream, chunk, encoding);
      this.#look();
      return isRoom;
    };
    stream.read = (size?: number): unknown => {
      const chunk: unknown = read.call(stream, size);
      this.#look();
      return chunk;
    };
  }

  #look(): void {
    const waiting = this.#stream.readableLength;
    const limit = this.#received - waiting + this.#window;
    if (limit - this.#granted < this.#window / 2) return;
    // Who reads as fast as it comes may be waiting for the line.
    if (waiting < this.#window / 4) this.#window = this.#parts.budget.grow(this.#window);
    this.#granted = this.#received - waiting + this.#window;
    this.#parts.grant(this.#granted);
  }

  close(): void {
    this.#parts.budget.close(this.#window);
  }
}
