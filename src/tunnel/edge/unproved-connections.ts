// Connections that have not proved anything yet, from the accept on: their TLS handshake counts. Where there are too many, of one address
// or of all, the oldest goes: a connector proves itself within a moment.
import type { Socket } from 'node:net';
import { clientNetwork } from '../../http/client-network.ts';

export interface UnprovedLimits {
  readonly most: number;
  /** Of one IPv4 address, or of a /64 of IPv6. */
  readonly mostOfOne: number;
}

export const unprovedLimits: UnprovedLimits = { most: 1_024, mostOfOne: 64 };

export class UnprovedConnections {
  readonly #limits: UnprovedLimits;
  /** By network, in the order in which they came. */
  readonly #byNetwork = new Map<string, Set<Socket>>();
  /** With their network, in the order in which they came. */
  readonly #all = new Map<Socket, string>();

  constructor(limits: UnprovedLimits = unprovedLimits) {
    this.#limits = limits;
  }

  /** @param socket as it was accepted */
  add(socket: Socket): void {
    const network = clientNetwork(socket.remoteAddress ?? '');
    const there = this.#byNetwork.get(network) ?? new Set<Socket>();
    if (there.size >= this.#limits.mostOfOne) this.#end(first(there));
    if (this.#all.size >= this.#limits.most) this.#end(first(this.#all.keys()));
    this.#byNetwork.set(network, there.add(socket));
    this.#all.set(socket, network);
    socket.once('close', () => this.settle(socket));
  }

  /** It proved itself, or is gone. */
  settle(socket: Socket): void {
    const network = this.#all.get(socket);
    if (network === undefined) return;
    this.#all.delete(socket);
    const there = this.#byNetwork.get(network);
    there?.delete(socket);
    if (there?.size === 0) this.#byNetwork.delete(network);
  }

  close(): void {
    for (const socket of [...this.#all.keys()]) this.#end(socket);
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
