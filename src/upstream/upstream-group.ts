// The upstreams of one application: which address a request goes to, how many may be outstanding, who waits for a slot.
// The queue is bounded in places and in time, and whoever leaves it is never sent.
import type { Socket } from 'node:net';
import { BouncerError } from '../bouncer-error.ts';
import type { UpstreamAddress, UpstreamOptions } from '../rules/model/compiled-rules.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import type { CoarseClock } from './coarse-clock.ts';
import { errorCode } from './dispatch-error.ts';
import { startHealthChecks } from './health-check.ts';
import type { UpstreamTls } from './open-socket.ts';
import { UpstreamTarget } from './upstream-target.ts';

/** A request that wants to go to an upstream. */
export interface Waiter {
  /** A slot is yours; give it back with `release`. */
  onSlot(target: UpstreamTarget): void;
  /** It took too long. Nothing is held. */
  onNoSlot(): void;
}

export interface UpstreamGroupParts {
  readonly application: string;
  readonly addresses: readonly UpstreamAddress[];
  readonly options: UpstreamOptions;
  readonly tls: UpstreamTls;
  readonly clock: CoarseClock;
  readonly telemetry: Pick<Telemetry, 'event'>;
}

export class UpstreamGroup {
  readonly options: UpstreamOptions;
  readonly targets: readonly UpstreamTarget[];
  /** WebSockets that are open or being opened. */
  webSockets = 0;
  readonly #application: string;
  readonly #telemetry: Pick<Telemetry, 'event'>;
  readonly #queue = new Map<Waiter, NodeJS.Timeout | null>();
  readonly #stopChecks: () => void;
  #isAnyDown = false;
  #isClosing = false;
  #onIdle: (() => void) | null = null;
  #next = 0;

  constructor(parts: UpstreamGroupParts) {
    this.options = parts.options;
    this.#application = parts.application;
    this.#telemetry = parts.telemetry;
    this.targets = parts.addresses.map(
      (address) => new UpstreamTarget(address, parts.options, parts.tls, parts.clock),
    );
    this.#stopChecks = startHealthChecks(this.targets, parts.options, (target, cause) =>
      this.#onProbe(target, cause),
    );
  }

  /**
   * Take a slot: `onSlot` is called at once, or later when all are taken. False when the queue is full as well.
   *
   * @param except an address that just failed for this request; taken only when it is the only one
   * @param client whose connection it is: a login that belongs to a connection leads to the address where it took place
   */
  acquire(waiter: Waiter, except: UpstreamTarget | null, client: Socket | null = null): boolean {
    const target = this.#boundTarget(client) ?? this.pick(except);
    if (target !== null) {
      target.outstanding++;
      waiter.onSlot(target);
      return true;
    }
    if (this.#queue.size >= this.options.maxQueue) return false;
    const waitMs = this.options.connectTimeoutMs;
    const timer = waitMs === 0 ? null : setTimeout(() => this.#giveUp(waiter), waitMs);
    this.#queue.set(waiter, timer);
    return true;
  }

  #boundTarget(client: Socket | null): UpstreamTarget | null {
    if (client === null || this.targets.length === 1) return null;
    return this.targets.find((target) => target.http1.isBound(client) && hasSlot(target)) ?? null;
  }

  /** The client left before a slot came. */
  cancel(waiter: Waiter): void {
    const timer = this.#queue.get(waiter);
    if (timer) clearTimeout(timer);
    this.#queue.delete(waiter);
  }

  /** Give a slot back; whoever waits longest gets it. */
  release(target: UpstreamTarget): void {
    target.outstanding--;
    if (this.#queue.size === 0) {
      this.#onIdle?.();
      return;
    }
    const free = this.pick(null);
    if (free === null) return;
    for (const [waiter] of this.#queue) {
      this.cancel(waiter);
      free.outstanding++;
      waiter.onSlot(free);
      return;
    }
  }

  /**
   * The address with the fewest outstanding requests among those that are up, in turn where equal. `null`: those have no slot
   * free. Only while none is up one that is down is tried.
   */
  pick(except: UpstreamTarget | null): UpstreamTarget | null {
    const { targets } = this;
    const only = targets[0];
    if (targets.length === 1 && only !== undefined) return hasSlot(only) ? only : null;
    const candidates = this.#candidates(except);
    return this.#least(candidates.filter(hasSlot), (target) => target.outstanding);
  }

  /** Like `pick` by open WebSockets, which have a cap of their own and take no slot. */
  pickForUpgrade(except: UpstreamTarget | null): UpstreamTarget {
    const choice = this.#least(this.#candidates(except), (target) => target.webSockets);
    if (choice === null) throw new BouncerError('internal', 'an application without an upstream');
    return choice;
  }

  #candidates(except: UpstreamTarget | null): readonly UpstreamTarget[] {
    const others = except === null ? this.targets : this.targets.filter((target) => target !== except);
    if (others.length === 0) return this.targets;
    if (!this.#isAnyDown) return others;
    const nowMs = performance.now();
    const up = others.filter((target) => target.isUp(nowMs));
    return up.length === 0 ? others : up;
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

  /** The address answered with a head. */
  onAnswer(target: UpstreamTarget): void {
    if (!target.onAnswer()) return;
    const nowMs = performance.now();
    this.#isAnyDown = this.targets.some((one) => !one.isUp(nowMs));
    this.#report(target, null);
  }

  /** The address gave no answer: no connection, or nothing came over it. */
  onMissing(target: UpstreamTarget, kind: 'connect' | 'answer', error: unknown): void {
    if (target.onMissing(performance.now(), kind)) {
      this.#isAnyDown = true;
      this.#report(target, errorCode(error) || 'no answer');
    }
  }

  #onProbe(target: UpstreamTarget, cause: string | null): void {
    if (cause !== null) this.#isAnyDown = true;
    if (target.onProbe(cause === null)) this.#report(target, cause);
  }

  #report(target: UpstreamTarget, cause: string | null): void {
    const fields = { application: this.#application, upstream: target.text };
    if (cause === null) this.#telemetry.event('upstream_healthy', fields);
    else this.#telemetry.event('upstream_unhealthy', { ...fields, cause });
  }

  #giveUp(waiter: Waiter): void {
    this.#queue.delete(waiter);
    waiter.onNoSlot();
  }

  /** True once it takes nothing new. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Stop checking; what is in flight and what waits still gets its turn, then the connections close. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#stopChecks();
    await new Promise<void>((resolve) => {
      this.#onIdle = () => {
        if (this.#queue.size === 0 && this.targets.every((target) => target.outstanding === 0)) resolve();
      };
      this.#onIdle();
    });
    for (const target of this.targets) target.close();
  }

  destroy(): void {
    this.#isClosing = true;
    this.#stopChecks();
    for (const waiter of [...this.#queue.keys()]) {
      this.cancel(waiter);
      waiter.onNoSlot();
    }
    for (const target of this.targets) target.destroy();
  }
}

function hasSlot(target: UpstreamTarget): boolean {
  return target.outstanding < target.slots;
}
