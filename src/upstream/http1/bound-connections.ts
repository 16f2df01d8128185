// Connections on which somebody logged in (NTLM, Negotiate; R-75): each serves one pair of client connection and person, and ends with
// either of them. They never come into the pool that everybody shares.
import type { Pair } from '../upstream-exchange.ts';
import type { Http1Connection } from './http1-connection.ts';

interface Bound {
  readonly pair: Pair;
  connection: Http1Connection | null;
}

export class BoundConnections {
  readonly #most: number;
  readonly #byClient = new Map<Pair['client'], Bound>();
  readonly #byConnection = new Map<Http1Connection, Bound>();
  readonly #watched = new WeakSet<Pair['client']>();

  /** @param most kept at a time; beyond that the oldest that is not at work goes */
  constructor(most: number) {
    this.#most = most;
  }

  /** Whether the client's connection has one, whoever speaks on it. */
  has(client: Pair['client']): boolean {
    return this.#byClient.size > 0 && this.#byClient.has(client);
  }

  /** The free connection of the pair; `null`: there is none. Of another person on the same client connection nothing stays. */
  take(pair: Pair): Http1Connection | null {
    const bound = this.#byClient.get(pair.client);
    if (bound === undefined) return null;
    if (bound.pair.person !== pair.person) {
      this.#drop(bound);
      return null;
    }
    return bound.connection?.isFree === true ? bound.connection : null;
  }

  /** The connection is the pair's from now on. */
  bind(connection: Http1Connection, pair: Pair): void {
    const known = this.#byConnection.get(connection)?.pair;
    if (known?.client === pair.client && known.person === pair.person) return;
    const before = this.#byClient.get(pair.client);
    if (before !== undefined) this.#drop(before);
    if (!this.#watched.has(pair.client)) {
      this.#watched.add(pair.client);
      pair.client.once('close', () => this.#onClientGone(pair.client));
    }
    const bound = { pair, connection };
    this.#byClient.set(pair.client, bound);
    this.#byConnection.set(connection, bound);
    this.#makeRoom();
  }

  /** Whether the connection is somebody's. */
  isBound(connection: Http1Connection): boolean {
    return this.#byConnection.has(connection);
  }

  /** The connection is gone. */
  forget(connection: Http1Connection): void {
    const bound = this.#byConnection.get(connection);
    if (bound === undefined) return;
    this.#byConnection.delete(connection);
    bound.connection = null;
  }

  #onClientGone(client: Pair['client']): void {
    const bound = this.#byClient.get(client);
    if (bound !== undefined) this.#drop(bound);
  }

  #drop(bound: Bound): void {
    if (this.#byClient.get(bound.pair.client) === bound) this.#byClient.delete(bound.pair.client);
    const { connection } = bound;
    if (connection === null) return;
    if (connection.isFree) connection.abort();
    // At work for somebody: it is still known as bound, so that it is not given to everybody when it is free.
    else bound.connection = null;
  }

  #makeRoom(): void {
    if (this.#byConnection.size <= this.#most) return;
    for (const bound of this.#byConnection.values()) {
      if (bound.connection?.isFree !== true) continue;
      bound.connection.abort();
      return;
    }
  }

  /** Whether the pair that it was bound to still holds it. */
  isHeld(connection: Http1Connection): boolean {
    return this.#byConnection.get(connection)?.connection === connection;
  }
}
