// Where an application's requests can go at the moment: its addresses, and for a service behind a tunnel each connection of a connector
// that offers it. Which of them a request goes to is upstream-choice.ts's to say.
import type { UpstreamAddress, UpstreamOptions } from '../rules/model/compiled-rules.ts';
import type { Carrier, Carriers } from './carriers.ts';
import type { CoarseClock } from './coarse-clock.ts';
import { type SocketAddress, SocketOpener, type UpstreamTls } from './open-socket.ts';
import type { Opener } from './opener.ts';
import { UpstreamTarget } from './upstream-target.ts';

export interface TargetsParts {
  readonly addresses: readonly UpstreamAddress[];
  readonly options: UpstreamOptions;
  readonly tls: UpstreamTls;
  readonly clock: CoarseClock;
  readonly carriers: Carriers;
}

/** Told when there are other targets than before. */
export type OnTargets = () => void;

type TunnelAddress = Exclude<UpstreamAddress, SocketAddress>;

export class UpstreamTargets {
  readonly #parts: TargetsParts;
  readonly #onChange: OnTargets;
  readonly #fixed: readonly UpstreamTarget[];
  readonly #carried = new Map<UpstreamAddress, ReadonlyMap<Carrier, UpstreamTarget>>();
  readonly #stops: readonly (() => void)[];
  #all: readonly UpstreamTarget[];
  /** Of carriers that take nothing new: what they carry goes on. */
  readonly #leaving = new Set<UpstreamTarget>();

  constructor(parts: TargetsParts, onChange: OnTargets) {
    this.#parts = parts;
    this.#onChange = onChange;
    const { addresses, options, tls, clock } = parts;
    this.#fixed = addresses
      .filter((address) => address.kind !== 'tunnel')
      .map((address) => targetOf(address, options, tls, clock));
    this.#all = this.#fixed;
    this.#stops = addresses
      .filter((address) => address.kind === 'tunnel')
      .map((address) =>
        parts.carriers.follow(address.tunnel, address.service, (carriers) =>
          this.#onCarriers(address, carriers),
        ),
      );
  }

  /** Those that take requests. */
  get all(): readonly UpstreamTarget[] {
    return this.#all;
  }

  /** Also those that only finish what they carry. */
  get withLeaving(): readonly UpstreamTarget[] {
    return [...this.#all, ...this.#leaving];
  }

  /** What the services are that nobody offers. */
  get missing(): readonly TunnelAddress[] {
    return this.#parts.addresses
      .filter((address) => address.kind === 'tunnel')
      .filter((address) => (this.#carried.get(address)?.size ?? 0) === 0);
  }

  /** There is none, and soon there may be one. */
  get mayComeBack(): boolean {
    const { addresses, carriers } = this.#parts;
    return (
      this.#all.length === 0 &&
      addresses.some((address) => address.kind === 'tunnel' && carriers.mayComeBack(address.tunnel))
    );
  }

  /** The most slots together; those of a tunnel's connectors count as the ones of a single address. */
  get slots(): number {
    const { addresses, options } = this.#parts;
    return (
      this.#fixed.reduce((sum, target) => sum + target.slots, 0) +
      (addresses.length - this.#fixed.length) * options.maxConnections
    );
  }

  #onCarriers(address: TunnelAddress, carriers: readonly Carrier[]): void {
    const before = this.#carried.get(address) ?? new Map<Carrier, UpstreamTarget>();
    const { options, clock } = this.#parts;
    const after = new Map(
      carriers.map((carrier) => [
        carrier,
        before.get(carrier) ??
          new UpstreamTarget(address, wayBy(carrier, address.service, options), options, clock),
      ]),
    );
    this.#carried.set(address, after);
    this.#all = [...this.#fixed, ...[...this.#carried.values()].flatMap((each) => [...each.values()])];
    for (const [carrier, target] of before) if (!after.has(carrier)) this.#leave(target);
    this.#onChange();
  }

  #leave(target: UpstreamTarget): void {
    target.close();
    if (target.outstanding > 0 || target.webSockets > 0) this.#leaving.add(target);
  }

  /** A target that takes nothing new has less to do. */
  onReleased(target: UpstreamTarget): void {
    if (target.outstanding === 0 && target.webSockets === 0) this.#leaving.delete(target);
  }

  /** No carrier is followed any more. */
  stop(): void {
    for (const stop of this.#stops) stop();
  }
}

/** By itself: made in place it would hold what there was before it, and that what there was before that. */
function wayBy(
  carrier: Carrier,
  service: string,
  options: UpstreamOptions,
): ConstructorParameters<typeof UpstreamTarget>[1] {
  return {
    opener: () => new CarriedOpener(carrier, service, options),
    name: carrier.name,
    onRequest: () => carrier.noteRequest(),
  };
}

function targetOf(
  address: SocketAddress,
  options: UpstreamOptions,
  tls: UpstreamTls,
  clock: CoarseClock,
): UpstreamTarget {
  return new UpstreamTarget(
    address,
    { opener: () => new SocketOpener(address, options, tls), name: null },
    options,
    clock,
  );
}

/** Opens connections to a service by one carrier. */
class CarriedOpener implements Opener {
  readonly isTls = false;
  readonly readyEvent = 'connect';
  readonly connectTimeoutMs: number;
  readonly #carrier: Carrier;
  readonly #service: string;

  constructor(carrier: Carrier, service: string, options: UpstreamOptions) {
    this.#carrier = carrier;
    this.#service = service;
    this.connectTimeoutMs = options.connectTimeoutMs;
  }

  open(wishes: Parameters<Opener['open']>[0]): ReturnType<Opener['open']> {
    return this.#carrier.open(this.#service, wishes);
  }
}
