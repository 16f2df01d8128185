// The upstreams of one application: how many requests may be outstanding, who waits for a slot, and whose share is full.
// The queue is bounded in places and in time, and whoever leaves it is never sent.
import type { Socket } from 'node:net';
import { BouncerError } from '../bouncer-error.ts';
import type { UpstreamOptions } from '../rules/model/compiled-rules.ts';
import { AwaitedTargets, type AwaitingTarget } from './awaited-targets.ts';
import { RequesterShares } from './requester-shares.ts';
import { UpstreamChoice } from './upstream-choice.ts';
import { UpstreamHealth, type UpstreamHealthParts } from './upstream-health.ts';
import type { UpstreamTarget } from './upstream-target.ts';
import { type TargetsParts, UpstreamTargets } from './upstream-targets.ts';

/** A request that wants to go to an upstream. */
export interface Waiter {
  /** Whose share it counts to; `null`: nobody's. */
  readonly requester: string | null;
  /** A slot is yours; give it back with `release`. */
  onSlot(target: UpstreamTarget): void;
  /** It took too long. Nothing is held. */
  onNoSlot(): void;
}

export interface UpstreamGroupParts extends TargetsParts, UpstreamHealthParts {
  /** Told when somebody met their share of the places. */
  readonly onShare?: (limit: 'max_connections_per_client' | 'max_websockets_per_client') => void;
}

export class UpstreamGroup {
  readonly options: UpstreamOptions;
  readonly #targets: UpstreamTargets;
  readonly #health: UpstreamHealth;
  readonly #choice: UpstreamChoice;
  /** WebSockets that are open or being opened. */
  webSockets = 0;
  readonly #onShare: NonNullable<UpstreamGroupParts['onShare']>;
  /** Of the slots of all addresses together. */
  readonly #slotShares: RequesterShares;
  readonly #queueShares: RequesterShares;
  readonly #webSocketShares: RequesterShares;
  readonly #application: string;
  readonly #queue = new Map<Waiter, NodeJS.Timeout | null>();
  readonly #awaited = new AwaitedTargets();
  #isClosing = false;
  #onIdle: (() => void) | null = null;

  constructor(parts: UpstreamGroupParts) {
    this.options = parts.options;
    this.#application = parts.application;
    this.#health = new UpstreamHealth(parts, () => this.targets);
    // It may tell of some at once.
    this.#targets = new UpstreamTargets(parts, () => this.#onTargets());
    this.#choice = new UpstreamChoice(this.#targets, this.#health);
    const { options } = parts;
    const { slots } = this.#targets;
    const part = options.maxConnectionsPerClient / options.maxConnections;
    this.#slotShares = new RequesterShares(Math.max(1, Math.floor(slots * part)));
    this.#queueShares = new RequesterShares(Math.max(1, Math.floor(options.maxQueue * part)));
    this.#webSocketShares = new RequesterShares(options.maxWebSocketsPerClient);
    this.#onShare = parts.onShare ?? (() => {});
    this.#health.startChecks(options);
  }

  /** Where requests can go at the moment. */
  get targets(): readonly UpstreamTarget[] {
    return this.#targets.all;
  }

  /** Why a request can go nowhere. */
  notThere(): BouncerError {
    const [first] = this.#targets.missing;
    if (this.targets.length > 0 || first === undefined)
      return new BouncerError('upstream_busy', `no connection to \`${this.#application}\` became free`, {
        hint: 'see `max_connections`, `max_connections_per_client` and `max_queue`',
      });
    return new BouncerError(
      'upstream_unreachable',
      `no connector of the tunnel \`${first.tunnel}\` is here that offers \`${first.service}\``,
      {
        hint: '`bouncer tunnel list` says which connectors are; `bouncer connector check` looks beside the application',
      },
    );
  }

  /**
   * Take a slot: `onSlot` is called at once, or later when all are taken, or its requester's share. False when the queue is full as well.
   *
   * @param except an address that just failed for this request; taken only when it is the only one
   * @param client whose connection it is: a login that belongs to a connection leads to the address where it took place
   */
  acquire(waiter: Waiter, except: UpstreamTarget | null, client: Socket | null = null): boolean {
    // Behind a tunnel that is about to be there again it waits like any other.
    if (this.targets.length === 0) return this.#targets.mayComeBack && this.#wait(waiter);
    const { requester } = waiter;
    const isWithin = this.#slotShares.hasRoom(requester);
    const target = isWithin ? (this.#choice.forLogin(client) ?? this.pick(except)) : null;
    if (target !== null) {
      this.#give(target, waiter);
      return true;
    }
    if (!isWithin) this.#onShare('max_connections_per_client');
    return this.#wait(waiter);
  }

  /** @returns false when the queue is full */
  #wait(waiter: Waiter): boolean {
    const { requester } = waiter;
    if (this.#queue.size >= this.options.maxQueue || !this.#queueShares.hasRoom(requester)) return false;
    this.#queueShares.take(requester);
    const waitMs = this.options.connectTimeoutMs;
    const timer = waitMs === 0 ? null : setTimeout(() => this.#giveUp(waiter), waitMs);
    this.#queue.set(waiter, timer);
    return true;
  }

  /** Somebody came, or went: who waits may go on. */
  #onTargets(): void {
    if (this.#awaited.size > 0 && this.targets.length > 0) this.#awaited.onTargets();
    this.#health.onTargets();
    for (const [waiter] of this.#queue) {
      if (!this.#slotShares.hasRoom(waiter.requester)) continue;
      const free = this.pick(null);
      if (free === null) return;
      this.#dequeue(waiter);
      this.#give(free, waiter);
    }
  }

  #give(target: UpstreamTarget, waiter: Waiter): void {
    target.outstanding++;
    target.noteRequest();
    this.#slotShares.take(waiter.requester);
    waiter.onSlot(target);
  }

  /** The client left before a slot came. */
  cancel(waiter: Waiter): void {
    this.#dequeue(waiter);
    // The last one may have held up the end, with nothing under way that would tell of it.
    this.#onIdle?.();
  }

  #dequeue(waiter: Waiter): void {
    const timer = this.#queue.get(waiter);
    if (timer) clearTimeout(timer);
    if (this.#queue.delete(waiter)) this.#queueShares.give(waiter.requester);
  }

  /** Give a slot back; whoever waits longest and is within their share gets it. */
  release(target: UpstreamTarget, { requester }: Pick<Waiter, 'requester'>): void {
    target.outstanding--;
    this.#targets.onReleased(target);
    this.#slotShares.give(requester);
    if (this.#queue.size === 0) {
      this.#onIdle?.();
      return;
    }
    const free = this.pick(null);
    if (free === null) return;
    for (const [waiter] of this.#queue) {
      if (!this.#slotShares.hasRoom(waiter.requester)) continue;
      this.#dequeue(waiter);
      this.#give(free, waiter);
      return;
    }
  }

  /** Take a place for a WebSocket. @returns why there is none; `null`: it is taken, and to be given back */
  takeWebSocket(requester: string | null): 'max_websockets' | 'max_websockets_per_client' | null {
    if (this.webSockets >= this.options.maxWebSockets) return 'max_websockets';
    if (!this.#webSocketShares.hasRoom(requester)) {
      this.#onShare('max_websockets_per_client');
      return 'max_websockets_per_client';
    }
    this.webSockets++;
    this.#webSocketShares.take(requester);
    return null;
  }

  giveWebSocket(requester: string | null): void {
    this.webSockets--;
    this.#webSocketShares.give(requester);
  }

  /** A WebSocket left the address. */
  leaveWebSocket(target: UpstreamTarget): void {
    target.webSockets--;
    this.#targets.onReleased(target);
  }

  /** An upgrade that found nobody waits like a request, where somebody is about to be back. @returns whether it does */
  awaitTarget(one: AwaitingTarget): boolean {
    const isWorthIt = this.#targets.mayComeBack && !this.#isClosing;
    if (isWorthIt) this.#awaited.add(one, this.options.connectTimeoutMs);
    return isWorthIt;
  }

  cancelAwait(one: AwaitingTarget): void {
    this.#awaited.cancel(one);
  }

  /** Where a request can go; see {@link UpstreamChoice.forRequest}. */
  pick(except: UpstreamTarget | null): UpstreamTarget | null {
    return this.#choice.forRequest(except);
  }

  /** Where an upgrade can go; see {@link UpstreamChoice.forUpgrade}. */
  pickForUpgrade(except: UpstreamTarget | null): UpstreamTarget | null {
    return this.#choice.forUpgrade(except);
  }

  /** Whether there is no other address than the one that failed. */
  isOnly(target: UpstreamTarget): boolean {
    return this.targets.length === 1 && this.targets[0] === target;
  }

  /** The address answered with a head. */
  onAnswer(target: UpstreamTarget): void {
    this.#health.onAnswer(target);
  }

  /** The address gave no answer: no connection, or nothing came over it. */
  onMissing(target: UpstreamTarget, kind: 'connect' | 'answer', error: unknown): void {
    this.#health.onMissing(target, kind, error);
  }

  #giveUp(waiter: Waiter): void {
    this.cancel(waiter);
    waiter.onNoSlot();
  }

  /** True once it takes nothing new. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Stop checking; what is in flight and what waits still gets its turn, then the connections close. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#awaited.close();
    this.#health.stopChecks();
    await new Promise<void>((resolve) => {
      this.#onIdle = () => {
        const { withLeaving } = this.#targets;
        if (this.#queue.size === 0 && withLeaving.every((target) => target.outstanding === 0)) resolve();
      };
      this.#onIdle();
    });
    this.#targets.stop();
    for (const target of this.targets) target.close();
  }

  destroy(): void {
    this.#isClosing = true;
    this.#awaited.close();
    this.#health.stopChecks();
    for (const waiter of [...this.#queue.keys()]) {
      this.#dequeue(waiter);
      waiter.onNoSlot();
    }
    this.#targets.stop();
    for (const target of this.#targets.withLeaving) target.destroy();
  }
}
