// The edge of all tunnels in this process: lets connectors in, keeps their sessions, and tells who forwards which of them offer a service.
import { hostname } from 'node:os';
import type { TLSSocket } from 'node:tls';
import type { TunnelSettings } from '../../settings/settings.ts';
import type { TunnelSessionReport } from '../../store/node-store.ts';
import type { Store } from '../../store/store.ts';
import type { StoredConnector } from '../../store/tunnel-store.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import type { TunnelCounts } from '../../telemetry/tunnel-metrics.ts';
import type { Carrier, Carriers } from '../../upstream/carriers.ts';
import { BufferBudget } from '../wire/buffer-budget.ts';
import { type FromEdge, type Hello, hearsVisits, type Visited } from '../wire/control-messages.ts';
import { type EdgeKeys, pinsOf, readEdgeKeys } from '../wire/edge-keys.ts';
import type { Proved } from '../wire/proof.ts';
import type { RefusedVerdict, Verdict } from '../wire/verdict.ts';
import { CloneWatch } from './clone-watch.ts';
import { Comebacks } from './comebacks.ts';
import { Comings } from './comings.ts';
import { type EdgeListener, listenForConnectors } from './edge-listener.ts';
import { EdgeSession, type SessionParts } from './edge-session.ts';
import { Followers } from './followers.ts';
import { RefusalNotices } from './refusal-notices.ts';
import { SessionBook } from './session-book.ts';
import { SessionCounts } from './session-counts.ts';
import { SessionEvents } from './session-events.ts';
import { reportOf } from './session-report.ts';
import { TunnelRegister } from './tunnel-register.ts';

/** How often the keys are looked at in the store, milliseconds. */
const keysEveryMs = 5_000;

export interface TunnelEdgeParts {
  readonly settings: TunnelSettings;
  readonly store: Pick<Store, 'tunnels' | 'secrets' | 'now'>;
  readonly telemetry: Pick<Telemetry, 'event'>;
  /** Another process may listen on the same port. */
  readonly reusePort?: boolean;
  readonly times?: SessionParts['times'];
}

export interface TunnelEdge extends Carriers {
  /** Open the listener. @throws BouncerError `listen_failed`, `store_unavailable` */
  listen(): Promise<{ readonly port: number }>;
  sessions(): readonly TunnelSessionReport[];
  /** For the metrics. */
  counts(): TunnelCounts;
  /** Tell the one who shares by this tunnel that somebody looked; a sharer who takes in nothing is told nothing. */
  tellVisit(tunnel: string, visit: Omit<Visited, 'type'>): void;
  /** Let nobody in any more, and tell every connector to connect elsewhere; until `close`, those that are here carry on. */
  drain(): void;
  close(): Promise<void>;
}

export function createTunnelEdge(parts: TunnelEdgeParts): TunnelEdge {
  return new Edge(parts);
}

class Edge implements TunnelEdge {
  readonly #parts: TunnelEdgeParts;
  readonly #sessions = new SessionBook();
  readonly #followers = new Followers((tunnel, service) => this.#carriersOf(tunnel, service));
  readonly #register: TunnelRegister;
  readonly #counts = new SessionCounts();
  readonly #comebacks = new Comebacks();
  readonly #comings = new Comings();
  readonly #budget: BufferBudget;
  readonly #clones = new CloneWatch();
  readonly #refusals: RefusalNotices;
  readonly #events: SessionEvents;
  #keys: EdgeKeys | null = null;
  #listener: EdgeListener | null = null;
  #keysTimer: NodeJS.Timeout | null = null;
  #isDraining = false;

  constructor(parts: TunnelEdgeParts) {
    this.#parts = parts;
    this.#budget = new BufferBudget(parts.settings.bufferBytes);
    const { telemetry, store } = parts;
    this.#refusals = new RefusalNotices(telemetry);
    this.#events = new SessionEvents(telemetry);
    this.#register = new TunnelRegister({
      store,
      onChange: () => this.#onRegister(),
      onFailure: (error) => telemetry.event('store_failed', { action: 'follow-tunnels', ...causeOf(error) }),
      present: () => this.#sessions.connectors,
    });
  }

  async listen(): Promise<{ readonly port: number }> {
    const { settings, store } = this.#parts;
    this.#keys = await readEdgeKeys(store.secrets);
    this.#comebacks.onBegin();
    await this.#register.start();
    this.#listener = await listenForConnectors({
      key: this.#keys.current,
      listen: { ...settings.listen, reusePort: this.#parts.reusePort ?? false },
      admit: (proved, address) => this.#admit(proved, address),
      onNonsense: (cause, address) => this.#refusals.note(cause, address, null),
    });
    this.#keysTimer = setInterval(() => void this.#lookAtKeys(), keysEveryMs).unref();
    return { port: this.#listener.port };
  }

  // -- Carriers

  follow(tunnel: string, service: string, tell: (carriers: readonly Carrier[]) => void): () => void {
    return this.#followers.follow(tunnel, service, tell);
  }

  #carriersOf(tunnel: string, service: string): readonly EdgeSession[] {
    return [...this.#sessions.ofTunnel(tunnel)].filter(
      (session) => this.#isUsed(session) && session.offers(service),
    );
  }

  /** It can take requests, and no operator wants it to have none. */
  #isUsed(session: EdgeSession): boolean {
    return session.isUsable && !this.#register.isDrained(session.connector.id);
  }

  mayComeBack(tunnel: string): boolean {
    return (
      this.#comebacks.hasJustBroken(tunnel) ||
      (this.#comebacks.hasJustBegun() && this.#register.isExpected(tunnel))
    );
  }

  // -- who comes

  async #admit(
    proved: Proved,
    address: string,
  ): Promise<{ readonly verdict: Verdict; readonly open: (socket: TLSSocket) => void }> {
    const admission = await this.#register.admit(proved, address);
    const { telemetry } = this.#parts;
    const refused = (verdict: RefusedVerdict, tunnel: string | null) => {
      const isTold = this.#refusals.note(verdict, address, tunnel);
      if (verdict === 'spent' && isTold)
        telemetry.event('join_token_reused', { tunnel: tunnel ?? '', ip: address });
      return { verdict, open: () => {} };
    };
    if (admission.kind === 'refused') return refused(admission.verdict, admission.tunnel);
    const { connector } = admission;
    const { id, tunnel } = connector;
    if (admission.kind === 'joined')
      telemetry.event('tunnel_joined', {
        tunnel,
        connector: id,
        ip: address,
        is_reusable: connector.isPassing,
      });
    if (this.#clones.isRefused(id, performance.now())) return refused('cloned', tunnel);
    if (this.#isDraining) return refused('later', tunnel);
    if (!this.#comings.note(id, performance.now())) {
      this.#refusals.note('too-often', address, tunnel);
      return { verdict: 'later', open: () => {} };
    }
    return { verdict: 'welcome', open: (socket) => this.#open(socket, connector) };
  }

  #open(socket: TLSSocket, connector: StoredConnector): void {
    const session = new EdgeSession({
      socket,
      connector,
      budget: this.#budget,
      onHello: (one, hello) => this.#onHello(one, hello),
      welcome: () => this.#welcome(connector),
      onChange: (one) => this.#onSessionChange(one),
      onGone: (one, cause) => this.#onGone(one, cause),
      ...(this.#parts.times === undefined ? {} : { times: this.#parts.times }),
    });
    this.#sessions.add(session);
    if (this.#register.operated.has(connector.tunnel)) this.#counts.name(session);
  }

  /** @returns why it is not let in; `null`: it is */
  #onHello(session: EdgeSession, hello: Hello): string | null {
    const { id, tunnel } = session.connector;
    // All of it may have come about while the connection was made.
    if (!this.#register.hasConnector(id)) return 'revoked';
    if (this.#isDraining) return 'edge-stopping';
    if (this.#clones.isRefused(id, performance.now())) return 'cloned';
    const others = [...this.#sessions.ofConnector(id)].filter(
      (other) => other !== session && other.hello !== null && !other.isDraining,
    );
    const strangers = others.filter((other) => other.hello?.instance !== hello.instance);
    if (strangers.length > 0) {
      const outcome = this.#clones.onSwap(id, performance.now());
      const ip = session.address;
      this.#parts.telemetry.event('tunnel_connector_cloned', {
        tunnel,
        connector: id,
        ip,
        is_refused: outcome === 'refused',
      });
      for (const other of strangers) other.end('replaced');
      if (outcome === 'refused') return 'cloned';
    }
    // Its own older one, which has not noticed yet that it is over.
    for (const other of others)
      if (other.hello !== null && isSamePlace(other.hello, hello)) other.end('replaced');
    return null;
  }

  #welcome({ id, tunnel, isPassing }: StoredConnector): FromEdge {
    return {
      ...{ type: 'welcome', connector: id, tunnel, edge: `${hostname()}/${process.pid}` },
      ...this.#edges(),
      ...(isPassing ? { passing: true } : {}),
    };
  }

  #edges(): { readonly addresses: string[]; readonly pins: string[] } {
    const pins = this.#keys === null ? [] : pinsOf(this.#keys);
    return { addresses: [...this.#parts.settings.addresses], pins: [...pins] };
  }

  #onSessionChange(session: EdgeSession): void {
    this.#events.onChange(session);
    const { tunnel } = session.connector;
    // A connection that can be used can wait a moment to be told; one that cannot is not to be tried.
    if (session.isUsable) this.#followers.tellSoon(tunnel);
    else this.#followers.tell(tunnel);
  }

  #onGone(session: EdgeSession, cause: string): void {
    const { tunnel } = session.connector;
    this.#sessions.delete(session);
    this.#counts.onGone(session);
    this.#comebacks.onGone(tunnel, cause);
    if (!this.#events.onGone(session, cause)) this.#refusals.note(cause, session.address, tunnel);
    this.#followers.tell(tunnel);
  }

  // -- what the store says

  #onRegister(): void {
    for (const session of [...this.#sessions])
      if (!this.#register.hasConnector(session.connector.id)) session.end('revoked');
    for (const tunnel of this.#sessions.tunnels) this.#followers.tell(tunnel);
  }

  async #lookAtKeys(): Promise<void> {
    try {
      const keys = await readEdgeKeys(this.#parts.store.secrets);
      if (keys.current.pin === this.#keys?.current.pin && keys.next.pin === this.#keys.next.pin) return;
      this.#keys = keys;
      this.#listener?.useKey(keys.current);
      for (const session of this.#sessions) session.tell({ type: 'edges', ...this.#edges() });
      this.#parts.telemetry.event('tunnel_edge_key_rotated', { pin: keys.current.pin });
    } catch {
      // The keys that are known go on; that the store is gone is told elsewhere.
    }
  }

  sessions(): readonly TunnelSessionReport[] {
    return [...this.#sessions]
      .filter(({ hello }) => hello !== null)
      .map((session) => reportOf(session, this.#isUsed(session)));
  }

  counts(): TunnelCounts {
    return {
      tunnels: this.#counts.count(this.#sessions, this.#register.operated, (session) =>
        this.#isUsed(session),
      ),
      refused: this.#refusals.counts,
      bufferBytes: this.#budget.granted,
    };
  }

  tellVisit(tunnel: string, visit: Omit<Visited, 'type'>): void {
    for (const session of this.#sessions.ofTunnel(tunnel)) {
      if (!session.hears(hearsVisits)) continue;
      session.tell({ type: 'visited', ...visit });
      return;
    }
  }

  drain(): void {
    this.#isDraining = true;
    for (const session of this.#sessions) session.sayGoodbye();
  }

  async close(): Promise<void> {
    this.#isDraining = true;
    if (this.#keysTimer !== null) clearInterval(this.#keysTimer);
    this.#register.close();
    for (const session of [...this.#sessions]) session.end('edge-stopping');
    await this.#listener?.close();
  }
}

/** Two connections of one process: the later one replaces the earlier. Those by another address of this edge stay. */
function isSamePlace(one: Hello, other: Hello): boolean {
  return one.instance === other.instance && one.index === other.index && one.by === other.by;
}
