// Who forwards to the services of tunnels, and is told which connections carry them: each as soon as what it knows is wrong, and of what is
// new once for all that came in the same moment.
import type { Carrier } from '../../upstream/carriers.ts';

interface Follower {
  readonly service: string;
  readonly tell: (carriers: readonly Carrier[]) => void;
  last: readonly Carrier[];
}

export class Followers {
  readonly #carriersOf: (tunnel: string, service: string) => readonly Carrier[];
  readonly #byTunnel = new Map<string, Set<Follower>>();
  /** Tunnels of which there is more than was told. */
  readonly #untold = new Set<string>();

  /** @param carriersOf those that take requests for a service now */
  constructor(carriersOf: (tunnel: string, service: string) => readonly Carrier[]) {
    this.#carriersOf = carriersOf;
  }

  /** Tells at once. @returns ends it */
  follow(tunnel: string, service: string, tell: Follower['tell']): () => void {
    const follower: Follower = { service, tell, last: this.#carriersOf(tunnel, service) };
    const same = this.#byTunnel.get(tunnel) ?? new Set();
    this.#byTunnel.set(tunnel, same.add(follower));
    tell(follower.last);
    return () => {
      same.delete(follower);
      if (same.size === 0 && this.#byTunnel.get(tunnel) === same) this.#byTunnel.delete(tunnel);
    };
  }

  /** What was told of a tunnel may be wrong. */
  tell(tunnel: string): void {
    for (const follower of [...(this.#byTunnel.get(tunnel) ?? [])]) {
      const now = this.#carriersOf(tunnel, follower.service);
      const { last } = follower;
      if (now.length === last.length && now.every((carrier, at) => carrier === last[at])) continue;
      follower.last = now;
      follower.tell(now);
    }
  }

  /** There may be more than was told. */
  tellSoon(tunnel: string): void {
    if (!this.#byTunnel.has(tunnel)) return;
    if (this.#untold.size === 0) setImmediate(() => this.#tellUntold());
    this.#untold.add(tunnel);
  }

  #tellUntold(): void {
    const tunnels = [...this.#untold];
    this.#untold.clear();
    for (const tunnel of tunnels) this.tell(tunnel);
  }
}
