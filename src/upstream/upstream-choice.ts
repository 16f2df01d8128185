// Which of an application's upstreams the next request goes to. It counts nothing: what each has to do, the targets say.
import type { Socket } from 'node:net';
import type { UpstreamHealth } from './upstream-health.ts';
import type { UpstreamTarget } from './upstream-target.ts';
import type { UpstreamTargets } from './upstream-targets.ts';

export class UpstreamChoice {
  readonly #targets: Pick<UpstreamTargets, 'all'>;
  readonly #health: Pick<UpstreamHealth, 'isAnyDown'>;
  #next = 0;

  constructor(targets: Pick<UpstreamTargets, 'all'>, health: Pick<UpstreamHealth, 'isAnyDown'>) {
    this.#targets = targets;
    this.#health = health;
  }

  /**
   * The address with the fewest outstanding requests among those that are up, in turn where equal. `null`: those have no slot
   * free. Only while none is up one that is down is tried.
   */
  forRequest(except: UpstreamTarget | null): UpstreamTarget | null {
    const { all } = this.#targets;
    const only = all[0];
    if (all.length === 1 && only !== undefined) return hasSlot(only) ? only : null;
    return this.#least(this.#candidates(except).filter(hasSlot), (target) => target.outstanding);
  }

  /** The same by open WebSockets, which have a cap of their own and take no slot. `null`: there is no address at all. */
  forUpgrade(except: UpstreamTarget | null): UpstreamTarget | null {
    return this.#least(this.#candidates(except), (target) => target.webSockets);
  }

  /** Where a login of the client's connection took place, while there is a slot. `null`: any will do. */
  forLogin(client: Socket | null): UpstreamTarget | null {
    const { all } = this.#targets;
    if (client === null || all.length === 1) return null;
    return all.find((target) => target.http1.isBound(client) && hasSlot(target)) ?? null;
  }

  #candidates(except: UpstreamTarget | null): readonly UpstreamTarget[] {
    const { all } = this.#targets;
    const others = except === null ? all : this.#elsewhere(except);
    if (others.length === 0) return all;
    if (!this.#health.isAnyDown) return others;
    const nowMs = performance.now();
    const up = others.filter((target) => target.isUp(nowMs));
    return up.length === 0 ? others : up;
  }

  /** Without the one that failed. Connections of one connector lead to the same service, and leave together: others come first. */
  #elsewhere(except: UpstreamTarget): readonly UpstreamTarget[] {
    const { all } = this.#targets;
    const ofOthers = all.filter(({ text }) => text !== except.text);
    return ofOthers.length > 0 ? ofOthers : all.filter((target) => target !== except);
  }

  #least(
    candidates: readonly UpstreamTarget[],
    load: (target: UpstreamTarget) => number,
  ): UpstreamTarget | null {
    const start = this.#next++;
    let best: UpstreamTarget | null = null;
    for (let i = 0; i < candidates.length; i++) {
      const target = candidates[(start + i) % candidates.length];
      if (target !== undefined && (best === null || load(target) < load(best))) best = target;
    }
    return best;
  }
}

function hasSlot(target: UpstreamTarget): boolean {
  return target.outstanding < target.slots;
}
