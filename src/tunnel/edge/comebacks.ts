// Whether a connector is likely to be back within seconds: after the start of this process, and after its connection broke off. Requests
// wait for it then, in place of a 502 for everybody whenever an edge restarts.

const withinMs = 10_000;
/** Tunnels that are remembered; beyond them, all are forgotten. */
const capacity = 1_000;
/** Ends after which nobody comes back by themselves. */
const deliberate: ReadonlySet<string> = new Set(['left', 'revoked', 'cloned']);

export class Comebacks {
  #begunAtMs = Number.NEGATIVE_INFINITY;
  /** By tunnel, also of those that are over. */
  readonly #brokenAtMs = new Map<string, number>();

  onBegin(): void {
    this.#begunAtMs = performance.now();
  }

  /** @param cause why a connection of the tunnel is over */
  onGone(tunnel: string, cause: string): void {
    if (deliberate.has(cause)) return;
    if (this.#brokenAtMs.size >= capacity) this.#brokenAtMs.clear();
    this.#brokenAtMs.set(tunnel, performance.now());
  }

  /** This process began just now: whoever was at some edge lately is on the way. */
  hasJustBegun(): boolean {
    return isRecent(this.#begunAtMs);
  }

  /** A connection of the tunnel broke off just now. */
  hasJustBroken(tunnel: string): boolean {
    return isRecent(this.#brokenAtMs.get(tunnel) ?? Number.NEGATIVE_INFINITY);
  }
}

function isRecent(atMs: number): boolean {
  return performance.now() - atMs < withinMs;
}
