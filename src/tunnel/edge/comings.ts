// How often each connector comes. One that comes and goes without end costs a handshake and two lines of the log each time: a program gone
// mad beside an application, or somebody with its key.

const withinMs = 60_000;
/** A connector needs two connections for each address of the edge, and comes back seldom: it waits longer from time to time. */
const most = 60;
/** Connectors that are remembered; beyond them, all are forgotten. */
const capacity = 20_000;

interface Coming {
  readonly sinceMs: number;
  count: number;
}

export class Comings {
  readonly #byConnector = new Map<string, Coming>();

  /** It comes. @param nowMs monotonic @returns whether that is not too often */
  note(connector: string, nowMs: number): boolean {
    const known = this.#byConnector.get(connector);
    if (known !== undefined && nowMs - known.sinceMs < withinMs) {
      known.count++;
      return known.count <= most;
    }
    if (known === undefined && this.#byConnector.size >= capacity) this.#byConnector.clear();
    this.#byConnector.set(connector, { sinceMs: nowMs, count: 1 });
    return true;
  }
}
