// A connector: keeps two connections to every edge that it knows, learns where the edges are and by which keys, and leads to its services.
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { BufferBudget, usualBufferBytes } from '../wire/buffer-budget.ts';
import {
  type Hello,
  hearsGrants,
  hearsVisits,
  protocolVersion,
  type Visited,
  type Welcome,
} from '../wire/control-messages.ts';
import type { JoinToken } from '../wire/join-token.ts';
import { type KeyPair, keyPairOf } from '../wire/key-text.ts';
import type { ConnectorLog } from './connector-log.ts';
import type { ConnectorState } from './connector-state.ts';
import { proveTo, RefusedByEdge, reachEdge } from './dial.ts';
import { hintOf } from './hint-of.ts';
import { Link } from './link.ts';
import { Links } from './links.ts';
import { proxyOf } from './proxy-of.ts';
import type { RelayOutcome } from './relay.ts';
import type { ServiceList } from './service-list.ts';
import { clocksOfMachine, type SleepClocks, SleepWatch } from './sleep-watch.ts';

const drainLookMs = 50;
/** Away for longer, a passing connector may have been forgotten: edges forget it after ten minutes. Milliseconds. */
const rememberedMs = 9 * 60_000;

export interface ConnectorParts {
  readonly state: ConnectorState;
  /** Keeps a new state; nothing where it is kept in memory alone. Where it throws, the connector goes on with what it knows. */
  readonly save: (state: ConnectorState) => void;
  /** `null`: it has joined before. */
  readonly token: JoinToken | null;
  readonly services: ServiceList;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: ConnectorLog;
  /** Told who looks at what is shared. Absent: nothing is shared. */
  readonly onVisit?: (visit: Visited) => void;
  /** Absent: the machine's. */
  readonly clocks?: SleepClocks;
}

export interface ConnectorReport {
  readonly isReady: boolean;
  readonly connector: string | null;
  readonly tunnel: string | null;
  readonly connections: readonly {
    readonly edge: string;
    readonly isUsable: boolean;
    readonly open: number;
  }[];
  readonly services: readonly string[];
  /** Why the last attempt failed; `null` after a success. */
  readonly lastFailure: string | null;
}

export interface Connector {
  report(): ConnectorReport;
  counts(): {
    readonly opened: number;
    readonly failed: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
  };
  /** Another list of services; what is carried goes on. */
  setServices(services: ServiceList): void;
  /** Take nothing new, and let what is carried finish for at most so long. */
  drain(graceMs: number): Promise<void>;
  close(): void;
}

export function startConnector(parts: ConnectorParts): Connector {
  return new RunningConnector(parts);
}

class RunningConnector implements Connector {
  readonly #parts: ConnectorParts;
  readonly #instance: string = randomBytes(16).toString('hex');
  readonly #token: KeyPair | null;
  readonly #links = new Links((address, index) => this.#linkTo(address, index));
  /** Connections that are being made. */
  readonly #dialling = new Set<Socket>();
  readonly #budget = new BufferBudget(usualBufferBytes);
  readonly #clocks: SleepClocks;
  readonly #sleep: SleepWatch;
  readonly #counts = { opened: 0, failed: 0, bytesIn: 0, bytesOut: 0 };
  #state: ConnectorState;
  #isKept = true;
  /** When it last was connected, by the clock that goes on while the machine sleeps. */
  #hereAtMs = 0;
  #services: ServiceList;
  #welcome: Welcome | null = null;
  /** Edges that are connected before any has said what tunnel this is. */
  readonly #unsaid: string[] = [];
  #lastFailure: string | null = null;
  #isStopping = false;
  /** One connection at a time until one has joined: a token that is spent by the first is not shown by the second. */
  #joining: Promise<unknown> = Promise.resolve();

  constructor(parts: ConnectorParts) {
    this.#parts = parts;
    this.#services = parts.services;
    this.#token = parts.token === null ? null : keyPairOf(parts.token.seed);
    const { state, token } = parts;
    this.#state = state;
    const isNew = token !== null && this.#isUnused();
    this.#state =
      isNew || state.addresses.length === 0
        ? { ...state, addresses: token?.addresses ?? [], pins: token?.pins ?? [] }
        : state;
    this.#clocks = parts.clocks ?? clocksOfMachine;
    this.#sleep = new SleepWatch(() => this.#onSlept(), this.#clocks);
    this.#links.follow(this.#state.addresses);
  }

  #onSlept(): void {
    for (const link of this.#links.withRetired) link.wake();
  }

  /** The token was not joined with. */
  #isUnused(): boolean {
    return this.#token !== null && this.#token.publicKey.toString('base64url') !== this.#state.joinedWith;
  }

  /** With those that are not given up yet: a start leads there as well. */
  #keepAddresses(): void {
    const { addresses } = this.#links;
    if (!this.#isKept || addresses.join() !== this.#state.addresses.join())
      this.#keep({ ...this.#state, addresses });
  }

  #linkTo(address: string, index: 0 | 1): Link {
    const { log } = this.#parts;
    return new Link({
      address,
      index,
      connect: () => this.#connect(address),
      session: () => ({
        services: () => this.#services,
        budget: this.#budget,
        hello: () => this.#hello(address, index),
        onWelcome: (welcome) => this.#onWelcome(welcome),
        onEdges: (edges) => this.#learn(edges),
        onRelay: (...relayed) => this.#onRelay(...relayed),
        onVisit: (visit) => this.#parts.onVisit?.(visit),
        beforePassing: () => this.#sleep.look(),
      }),
      onUsable: () => {
        this.#lastFailure = null;
        this.#hereAtMs = this.#clocks.sinceBootMs();
        this.#sayConnected(address);
        this.#links.retireOthers();
        this.#keepAddresses();
      },
      onGone: (_link, cause) => {
        if (cause !== 'slept') this.#hereAtMs = this.#clocks.sinceBootMs();
        log.warn('disconnected', { edge: address, cause });
      },
      onFailure: (_link, error, waitMs) => {
        this.#lastFailure = error instanceof Error ? error.message : String(error);
        log.warn('not_connected', {
          edge: address,
          cause: this.#lastFailure,
          ...hintOf(error),
          ...(error instanceof RefusedByEdge && error.verdict !== null ? { refused: error.verdict } : {}),
          retry_ms: waitMs,
        });
      },
    });
  }

  async #connect(address: string): Promise<TLSSocket> {
    const begun: Socket[] = [];
    const onSocket = (socket: Socket): void => {
      begun.push(socket);
      this.#dialling.add(socket);
      if (this.#isStopping) socket.destroy();
    };
    try {
      return await this.#letIn(address, onSocket);
    } finally {
      for (const socket of begun) this.#dialling.delete(socket);
    }
  }

  async #letIn(address: string, onSocket: (socket: Socket) => void): Promise<TLSSocket> {
    const host = address.slice(0, address.lastIndexOf(':'));
    const where = () => ({
      address,
      pins: this.#state.pins,
      proxy: proxyOf(this.#parts.env, host),
      onSocket,
    });
    const socket = await reachEdge(where());
    if (!this.#isUnused()) return this.#prove(socket);
    // Whoever waits here shows no token any more once one before it has joined. An edge does not wait as long for a proof.
    const turn = this.#joining.then(async () =>
      this.#prove(socket.destroyed ? await reachEdge(where()) : socket),
    );
    this.#joining = turn.catch(() => {});
    return turn;
  }

  async #prove(socket: TLSSocket): Promise<TLSSocket> {
    const token = this.#isUnused() ? this.#token : null;
    await proveTo(socket, { connector: this.#state.key, token }).catch((error: unknown) => {
      socket.destroy();
      if (token === null && this.#isForgotten(error)) this.#keep({ ...this.#state, joinedWith: null });
      throw error;
    });
    if (token !== null) this.#keep({ ...this.#state, joinedWith: token.publicKey.toString('base64url') });
    return socket;
  }

  /** It stayed away for long, and joins anew. Who is unknown right after a connection was revoked, and does not. */
  #isForgotten(error: unknown): boolean {
    if (!(error instanceof RefusedByEdge) || error.verdict !== 'unknown') return false;
    return this.#welcome?.passing === true && this.#clocks.sinceBootMs() - this.#hereAtMs > rememberedMs;
  }

  #hello(address: string, index: 0 | 1): Hello {
    return {
      type: 'hello',
      protocol: [protocolVersion, protocolVersion],
      version: this.#parts.version,
      instance: this.#instance,
      index,
      by: address,
      services: this.#services.announce(),
      hears: [hearsGrants, ...(this.#parts.onVisit === undefined ? [] : [hearsVisits])],
    };
  }

  /** With the name of the tunnel: the edge may say it a little after its first question. */
  #sayConnected(edge: string): void {
    if (this.#welcome === null) this.#unsaid.push(edge);
    else this.#parts.log.info('connected', { edge, tunnel: this.#welcome.tunnel });
  }

  #onWelcome(welcome: Welcome): void {
    this.#welcome = welcome;
    for (const edge of this.#unsaid.splice(0)) this.#sayConnected(edge);
    this.#learn(welcome);
  }

  /** Where the edges are, and the keys that they show now and next. */
  #learn({ addresses, pins }: Pick<Welcome, 'addresses' | 'pins'>): void {
    if (addresses.length === 0) return;
    if (pins.join() !== this.#state.pins.join()) this.#keep({ ...this.#state, pins });
    if (!this.#isStopping) this.#links.follow(addresses);
    this.#keepAddresses();
  }

  /** What cannot be written now is written with what an edge says next. */
  #keep(state: ConnectorState): void {
    this.#state = state;
    try {
      this.#parts.save(state);
      this.#isKept = true;
    } catch (error) {
      this.#isKept = false;
      const cause = error instanceof Error ? error.message : String(error);
      this.#parts.log.warn('state_not_kept', { cause, ...hintOf(error) });
    }
  }

  #onRelay(service: string, outcome: RelayOutcome, requestId: string | null): void {
    const { cause, isReached, bytesIn, bytesOut } = outcome;
    const counts = this.#counts;
    counts.opened++;
    counts.bytesIn += bytesIn;
    counts.bytesOut += bytesOut;
    const { log } = this.#parts;
    const fields = { service, request_id: requestId };
    if (!isReached) {
      counts.failed++;
      log.warn('service_unreachable', { ...fields, cause: cause ?? 'gone' });
    } else if (cause !== null)
      log.info('service_broke', { ...fields, cause, bytes_in: bytesIn, bytes_out: bytesOut });
  }

  report(): ConnectorReport {
    const links = this.#links.all;
    return {
      isReady: links.some((link) => link.isUsable),
      connector: this.#welcome?.connector ?? null,
      tunnel: this.#welcome?.tunnel ?? null,
      connections: links.map((link) => ({ edge: link.address, isUsable: link.isUsable, open: link.open })),
      services: this.#services.entries.map(({ name }) => name),
      lastFailure: this.#lastFailure,
    };
  }

  counts(): ReturnType<Connector['counts']> {
    return this.#counts;
  }

  setServices(services: ServiceList): void {
    this.#services = services;
    for (const link of this.#links.all) link.announce();
  }

  async drain(graceMs: number): Promise<void> {
    this.#isStopping = true;
    const links = this.#links.withRetired;
    for (const link of links) link.drain();
    const untilMs = performance.now() + graceMs;
    while (links.some((link) => link.isConnected) && performance.now() < untilMs)
      await new Promise((resolve) => setTimeout(resolve, drainLookMs));
    this.close();
  }

  close(): void {
    this.#isStopping = true;
    this.#sleep.close();
    for (const link of this.#links.withRetired) link.stop();
    // An edge that says nothing would be waited for.
    for (const socket of this.#dialling) socket.destroy();
  }
}
