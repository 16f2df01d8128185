// The connections of a connector to all edges: two to every address, made as addresses come and given up as they go.
import type { Link } from './link.ts';

const connectionsToEach = [0, 1] as const;

export class Links {
  readonly #make: (address: string, index: 0 | 1) => Link;
  /** Also those to addresses that are none any more, until another one carries. */
  readonly #all = new Map<string, Link>();
  /** The links to the addresses that there are now. */
  #wanted: ReadonlySet<string> = new Set();
  /** To addresses that were given up: they finish what they carry. */
  readonly #retired = new Set<Link>();

  constructor(make: (address: string, index: 0 | 1) => Link) {
    this.#make = make;
  }

  get all(): readonly Link[] {
    return [...this.#all.values()];
  }

  /** With those that only finish what they carry. */
  get withRetired(): readonly Link[] {
    return [...this.#all.values(), ...this.#retired];
  }

  /** Where connections are, or are tried. */
  get addresses(): readonly string[] {
    return [...new Set(this.all.map(({ address }) => address))];
  }

  follow(addresses: readonly string[]): void {
    const wanted = new Set<string>();
    for (const address of addresses)
      for (const index of connectionsToEach) {
        const key = `${address} ${index}`;
        wanted.add(key);
        if (this.#all.has(key)) continue;
        const link = this.#make(address, index);
        this.#all.set(key, link);
        link.start();
      }
    this.#wanted = wanted;
    this.retireOthers();
  }

  /**
   * Give up addresses that are none any more, once another one carries: where none does, what an edge told of them may be wrong, and
   * nothing else would lead back. To be called when one begins to carry.
   */
  retireOthers(): void {
    const others = [...this.#all].filter(([key]) => !this.#wanted.has(key));
    if (others.length === 0 || ![...this.#all].some(([key, link]) => this.#wanted.has(key) && link.isUsable))
      return;
    for (const old of this.#retired) if (!old.isConnected) this.#retired.delete(old);
    for (const [key, link] of others) {
      this.#all.delete(key);
      link.drain();
      if (link.isConnected) this.#retired.add(link);
    }
  }
}
