// One upstream address with its connections and what is known of its health. It counts what is outstanding; which
// address a request goes to is upstream-group.ts's choice.
import { type Dispatcher, Pool } from 'undici';
import type { UpstreamAddress, UpstreamOptions } from '../rules/model/compiled-rules.ts';
import { createConnector, serverNameOf, type UpstreamTls } from './upstream-connector.ts';

/** Response heads may be this large: big cookies are common behind a proxy. */
const maxHeadBytes = 65_536;
/** undici's own default, and shorter than what servers that announce nothing use. A `Keep-Alive` hint of the upstream goes before it. */
const keepAliveMs = 4_000;
/** Concurrent streams that are counted for one HTTP/2 connection. */
const streamsPerConnection = 100;

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** So many answers missing in a row (timeouts, resets before a head) take an address out for a while. */
const strikesAllowed = 3;

export class UpstreamTarget {
  readonly address: UpstreamAddress;
  readonly isHttp2: boolean;
  /** Goes into every `dispatch` as `servername`. */
  readonly serverName: string;
  /** Requests that hold a slot. */
  outstanding = 0;
  /** WebSockets that are open or being opened. */
  webSockets = 0;
  /** The most slots. */
  readonly slots: number;
  readonly requests: Dispatcher;
  readonly #options: UpstreamOptions;
  readonly #tls: UpstreamTls;
  #upgrades: Dispatcher | null = null;
  #strikes = 0;
  #pauseMs = 0;
  #pausedUntilMs = 0;
  #isProbedDown = false;

  constructor(address: UpstreamAddress, options: UpstreamOptions, tls: UpstreamTls) {
    this.address = address;
    this.#options = options;
    this.#tls = tls;
    this.isHttp2 = options.isHttp2;
    this.serverName = serverNameOf(address, options);
    this.slots = options.isHttp2 ? options.maxConnections * streamsPerConnection : options.maxConnections;
    this.requests = this.#createPool(options.isHttp2, options.maxConnections);
  }

  /** For upgrades: HTTP/1.1 only, whatever the address speaks otherwise; upgraded sockets leave the pool. */
  get upgrades(): Dispatcher {
    this.#upgrades ??= this.#createPool(false, null);
    return this.#upgrades;
  }

  get text(): string {
    return this.address.text;
  }

  /** False while it is worth trying another address first. `nowMs` is monotonic. */
  isUp(nowMs: number): boolean {
    return !this.#isProbedDown && (this.#pausedUntilMs === 0 || nowMs >= this.#pausedUntilMs);
  }

  /** It answered. True when that ends a time of being down. */
  onAnswer(): boolean {
    if (this.#strikes === 0 && this.#pausedUntilMs === 0) return false;
    this.#strikes = 0;
    this.#pauseMs = 0;
    const wasPaused = this.#pausedUntilMs !== 0;
    this.#pausedUntilMs = 0;
    return wasPaused && !this.#isProbedDown;
  }

  /** A connection could not be made (`isConnect`), or no head came. True when that begins a time of being down. */
  onMissing(nowMs: number, kind: 'connect' | 'answer'): boolean {
    this.#strikes += kind === 'connect' ? strikesAllowed : 1;
    if (this.#strikes < strikesAllowed) return false;
    const wasUp = this.#pausedUntilMs === 0 && !this.#isProbedDown;
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, firstPauseMs), longestPauseMs);
    this.#pausedUntilMs = nowMs + this.#pauseMs;
    return wasUp;
  }

  /** What an active check found. True when that changes whether it is up. */
  onProbe(isHealthy: boolean): boolean {
    const wasUp = !this.#isProbedDown && this.#pausedUntilMs === 0;
    this.#isProbedDown = !isHealthy;
    if (isHealthy) {
      this.#strikes = 0;
      this.#pauseMs = 0;
      this.#pausedUntilMs = 0;
    }
    return wasUp !== isHealthy;
  }

  /** Let what is in flight finish, then close every connection. */
  async close(): Promise<void> {
    await Promise.all([this.requests.close(), this.#upgrades?.close()]);
  }

  /** Cut everything. */
  async destroy(): Promise<void> {
    await Promise.all([this.requests.destroy(), this.#upgrades?.destroy()]);
  }

  #createPool(allowH2: boolean, connections: number | null): Dispatcher {
    return new Pool(originOf(this.address), {
      connect: createConnector(this.address, this.#options, this.#tls, allowH2),
      connections,
      pipelining: 1,
      allowH2,
      ...(allowH2 && this.address.kind === 'tcp' && !this.address.isTls ? { useH2c: true } : {}),
      keepAliveTimeout: keepAliveMs,
      maxHeaderSize: maxHeadBytes,
    });
  }
}

function originOf(address: UpstreamAddress): string {
  if (address.kind === 'unix') return 'http://localhost';
  const host =
    address.host.includes(':') && !address.host.startsWith('[') ? `[${address.host}]` : address.host;
  return `${address.isTls ? 'https' : 'http'}://${host}:${address.port}`;
}
