// Connections that have not proved anything yet, from the accept on. Their handshakes take turns, network after network, so that a flood
// from one address costs the others no more than a turn, and ten thousand that come at a time are served one after the other in place
// of none. Where too many wait, those go that say nothing, then those of the network that has the most.
import type { Socket } from 'node:net';
import { clientNetwork } from '../../http/client-network.ts';

export interface UnprovedLimits {
  /** All of them. */
  readonly most: number;
  /** Handshakes that go on at a time: what they hold is memory, and the other side may be slow. */
  readonly atOnce: number;
  /** Those that begin in one turn of the event loop, each of which costs about a millisecond: others have things to do there as well. */
  readonly together: number;
  /** How long a handshake may go on while others wait for their turn, milliseconds. */
  readonly patienceMs: number;
  /** How long one says nothing, or waits for its turn: whoever waits for longer has given up. Milliseconds. */
  readonly waitMs: number;
}

export const unprovedLimits: UnprovedLimits = {
  ...{ most: 4_096, atOnce: 1_024, together: 16 },
  ...{ patienceMs: 5_000, waitMs: 10_000 },
};

/** A connector's ClientHello has a quarter of that, and it says nothing more before it is answered: what waits is memory. Bytes. */
const mostFirstBytes = 8_192;

export class UnprovedConnections {
  readonly #begin: (socket: Socket) => void;
  readonly #limits: UnprovedLimits;
  /** With the network of each: an IPv4 address, or a /64 of IPv6. */
  readonly #all = new Map<Socket, string>();
  // Each of them is in one of these, in the order in which they came there.
  readonly #silent = new Set<Socket>();
  /** Those that said something, by network; the network whose turn is next is the first. */
  readonly #waiting = new Map<string, Set<Socket>>();
  /** With the moment in which their handshake began. */
  readonly #inTurn = new Map<Socket, number>();
  /** They proved to have some key: whether it is a known one is being asked, or they are told that it is not. */
  readonly #proved = new Set<Socket>();
  /** In this turn of the event loop. */
  #begun = 0;
  /** Its end. */
  #pause: NodeJS.Immediate | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** @param begin called with a socket whose turn it is; what it said is still in it */
  constructor(begin: (socket: Socket) => void, limits: UnprovedLimits = unprovedLimits) {
    this.#begin = begin;
    this.#limits = limits;
  }

  /** @param socket as it was accepted */
  add(socket: Socket): void {
    if (this.#all.size >= this.#limits.most) this.#end(this.#leastWorth());
    this.#all.set(socket, clientNetwork(socket.remoteAddress ?? ''));
    this.#silent.add(socket);
    socket
      .on('error', () => {})
      .once('close', () => this.settle(socket))
      .setTimeout(this.#limits.waitMs, () => this.#end(socket))
      .on('readable', () => this.#onWord(socket));
  }

  /** It was let in, or is gone: it is none of these any more. */
  settle(socket: Socket): void {
    const network = this.#all.get(socket);
    if (network === undefined) return;
    this.#all.delete(socket);
    this.#leaveWaiting(socket, network);
    this.#silent.delete(socket);
    this.#proved.delete(socket);
    if (this.#inTurn.delete(socket)) this.#serve();
  }

  /** Its turn is over, and it is not let in yet. */
  onProof(socket: Socket): void {
    if (!this.#inTurn.delete(socket)) return;
    this.#proved.add(socket);
    this.#serve();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#pause !== null) clearImmediate(this.#pause);
    this.#waiting.clear();
    for (const socket of [...this.#all.keys()]) this.#end(socket);
  }

  /** A ClientHello, or what claims to be one. */
  #onWord(socket: Socket): void {
    const network = this.#all.get(socket);
    if (network === undefined) return;
    // It ended in place of saying something, or says what no connector does.
    if (socket.readableLength === 0 || socket.readableLength > mostFirstBytes) {
      this.#end(socket);
      return;
    }
    if (!this.#silent.delete(socket)) return;
    const same = this.#waiting.get(network);
    if (same === undefined) this.#waiting.set(network, new Set([socket]));
    else same.add(socket);
    this.#serve();
  }

  #serve(): void {
    const { atOnce, together } = this.#limits;
    while (this.#inTurn.size < atOnce && this.#begun < together) {
      const socket = this.#takeNext();
      if (socket === undefined) return;
      this.#begun++;
      this.#pause ??= setImmediate(() => {
        this.#pause = null;
        this.#begun = 0;
        this.#serve();
      });
      this.#inTurn.set(socket, performance.now());
      socket.setTimeout(0).removeAllListeners('readable');
      this.#begin(socket);
    }
    this.#watch();
  }

  /** The one after it of the same network comes after all other networks. */
  #takeNext(): Socket | undefined {
    for (const [network, same] of this.#waiting) {
      const socket = first(same);
      if (socket !== undefined) same.delete(socket);
      this.#waiting.delete(network);
      if (same.size > 0) this.#waiting.set(network, same);
      return socket;
    }
    return undefined;
  }

  /** Somebody waits: who takes too long for their turn loses it. */
  #watch(): void {
    if (this.#timer !== null || this.#waiting.size === 0 || this.#inTurn.size < this.#limits.atOnce) return;
    const [since = 0] = this.#inTurn.values();
    const leftMs = since + this.#limits.patienceMs - performance.now();
    this.#timer = setTimeout(
      () =>
        // What this process itself was too busy to read is read before it counts.
        setImmediate(() => {
          this.#timer = null;
          this.#hurry();
        }),
      Math.max(0, leftMs),
    );
    this.#timer.unref();
  }

  #hurry(): void {
    const nowMs = performance.now();
    const { atOnce, patienceMs } = this.#limits;
    const [oldest] = this.#inTurn;
    // One at a time: the next one in turn may be what waited.
    if (oldest !== undefined && this.#inTurn.size >= atOnce && nowMs - oldest[1] >= patienceMs)
      this.#end(oldest[0]);
    this.#watch();
  }

  /** Who goes where there are too many. */
  #leastWorth(): Socket | undefined {
    return first(this.#silent) ?? first(this.#longest()) ?? first(this.#proved) ?? first(this.#inTurn.keys());
  }

  #longest(): ReadonlySet<Socket> {
    let longest: ReadonlySet<Socket> = new Set();
    for (const same of this.#waiting.values()) if (same.size > longest.size) longest = same;
    return longest;
  }

  #leaveWaiting(socket: Socket, network: string): void {
    const same = this.#waiting.get(network);
    if (same?.delete(socket) === true && same.size === 0) this.#waiting.delete(network);
  }

  #end(socket: Socket | undefined): void {
    if (socket === undefined) return;
    this.settle(socket);
    socket.destroy();
  }
}

function first<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}
