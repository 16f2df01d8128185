// The connections that connectors have to this process, by connector and by tunnel: ten thousand come back at a time, and each is looked
// for among its own.
import type { EdgeSession } from './edge-session.ts';

/** Of one connector, with those that have said nothing yet and those that only finish what they carry: it needs two, four at a restart. */
const mostOfConnector = 16;

const nobody: ReadonlySet<EdgeSession> = new Set();

export class SessionBook implements Iterable<EdgeSession> {
  readonly #all = new Set<EdgeSession>();
  readonly #byConnector = new Map<string, Set<EdgeSession>>();
  readonly #byTunnel = new Map<string, Set<EdgeSession>>();

  [Symbol.iterator](): Iterator<EdgeSession> {
    return this.#all[Symbol.iterator]();
  }

  ofConnector(id: string): ReadonlySet<EdgeSession> {
    return this.#byConnector.get(id) ?? nobody;
  }

  ofTunnel(name: string): ReadonlySet<EdgeSession> {
    return this.#byTunnel.get(name) ?? nobody;
  }

  /** The tunnels that have any. */
  get tunnels(): readonly string[] {
    return [...this.#byTunnel.keys()];
  }

  /** The connectors that have any. */
  get connectors(): readonly string[] {
    return [...this.#byConnector.keys()];
  }

  /** Another one comes; where its connector has too many, one that takes no requests ends, the oldest first. */
  add(session: EdgeSession): void {
    const { id, tunnel } = session.connector;
    const own = [...this.ofConnector(id)];
    if (own.length >= mostOfConnector) (own.find((one) => !one.isUsable) ?? own[0])?.end('too-many');
    this.#all.add(session);
    put(this.#byConnector, id, session);
    put(this.#byTunnel, tunnel, session);
  }

  delete(session: EdgeSession): void {
    const { id, tunnel } = session.connector;
    this.#all.delete(session);
    take(this.#byConnector, id, session);
    take(this.#byTunnel, tunnel, session);
  }
}

function put(index: Map<string, Set<EdgeSession>>, key: string, session: EdgeSession): void {
  const there = index.get(key);
  if (there === undefined) index.set(key, new Set([session]));
  else there.add(session);
}

function take(index: Map<string, Set<EdgeSession>>, key: string, session: EdgeSession): void {
  const there = index.get(key);
  there?.delete(session);
  if (there?.size === 0) index.delete(key);
}
