// Connections on which somebody logged in (NTLM, Negotiate; R-75): each serves one pair of client connection and person, and is closed when
// the client's connection is, or when another person comes over it. They never come into the pool that everybody shares.
import type { Pair } from '../upstream-exchange.ts';
import type { Http1Connection } from './http1-connection.ts';

interface Bound {
  readonly pair: Pair;
  readonly connection: Http1Connection;
  readonly onClientGone: () => void;
}

export class BoundConnections {
  readonly #most: number;
  /** What a client's next request may be sent over. */
  readonly #held = new Map<Pair['client'], Bound>();
  /** Every one that is open. Those that nobody holds any more are still at work, and close when they would be free. */
  readonly #open = new Map<Http1Connection, Bound>();

  /** @param most kept at a time; beyond that one that is not at work goes, of the person who has most of them */
  constructor(most: number) {
    this.#most = most;
  }

  /** Whether the client's connection has one, whoever speaks on it. */
  has(client: Pair['client']): boolean {
    return this.#held.size > 0 && this.#held.has(client);
  }

  /** The free connection of the pair; `null`: there is none. Of another person on the same client connection nothing stays. */
  take(pair: Pair): Http1Connection | null {
    const bound = this.#held.get(pair.client);
    if (bound === undefined) return null;
    if (bound.pair.person !== pair.person) {
      this.#drop(bound);
      return null;
    }
    return bound.connection.isFree ? bound.connection : null;
  }

  /** The connection is the pair's from now on; nobody's next one where the client is gone already. */
  bind(connection: Http1Connection, pair: Pair): void {
    const known = this.#open.get(connection);
    if (known?.pair.client === pair.client && known.pair.person === pair.person) return;
    if (known !== undefined) this.#release(known);
    const before = this.#held.get(pair.client);
    if (before !== undefined) this.#drop(before);
    const bound: Bound = { pair, connection, onClientGone: () => this.#drop(bound) };
    this.#open.set(connection, bound);
    if (!pair.client.destroyed) {
      this.#held.set(pair.client, bound);
      pair.client.once('close', bound.onClientGone);
    }
    this.#makeRoom();
  }

  /** Whether the connection is somebody's, or was. */
  isBound(connection: Http1Connection): boolean {
    return this.#open.has(connection);
  }

  /** Whether the pair that it was bound to still holds it. */
  isHeld(connection: Http1Connection): boolean {
    const bound = this.#open.get(connection);
    return bound !== undefined && this.#held.get(bound.pair.client) === bound;
  }

  /** The connection is gone. */
  forget(connection: Http1Connection): void {
    const bound = this.#open.get(connection);
    if (bound === undefined) return;
    this.#open.delete(connection);
    this.#release(bound);
  }

  /** It closes now, or when it would be free. */
  #drop(bound: Bound): void {
    this.#release(bound);
    if (bound.connection.isFree) bound.connection.abort();
  }

  #release(bound: Bound): void {
    const { client } = bound.pair;
    if (this.#held.get(client) !== bound) return;
    this.#held.delete(client);
    client.off('close', bound.onClientGone);
  }

  /** Whoever logs in over many connections must not close those of everybody else. */
  #makeRoom(): void {
    if (this.#open.size <= this.#most) return;
    const byPerson = Map.groupBy(this.#open.values(), ({ pair }) => pair.person);
    const withMostFirst = [...byPerson.values()].sort((a, b) => b.length - a.length);
    for (const { connection } of withMostFirst.flat()) {
      if (!connection.isFree) continue;
      connection.abort();
      return;
    }
  }
}
