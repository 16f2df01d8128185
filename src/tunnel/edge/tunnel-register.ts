// Which connectors an edge lets in: what the store says of tunnels, kept in memory, so that a store that is gone stops no reconnection.
// What another process changed is known within a second.
import { createHash } from 'node:crypto';
import { BouncerError } from '../../bouncer-error.ts';
import { isInNetwork, parseAddressWords, parseCidr } from '../../http/network.ts';
import type { Store } from '../../store/store.ts';
import type { StoredConnector, StoredJoinToken } from '../../store/tunnel-store.ts';
import type { Proved } from '../wire/proof.ts';
import type { RefusedVerdict } from '../wire/verdict.ts';

/** How often it is asked whether anything changed, milliseconds. */
const lookEveryMs = 400;
/** A passing connector that no edge has seen for so long no longer counts, milliseconds; and for so long it is remembered. */
const activeForMs = 90_000;
const passingForMs = 600_000;
/** Who was seen within this time before a start is waited for, milliseconds. */
const expectedForMs = 600_000;
/** Tokens are remembered for so long after their end, so that who comes late is told so. Milliseconds. */
const endedForMs = 7 * 86_400_000;
/** How often it is written which connectors are here, and what stays away is forgotten; milliseconds. */
const seenEveryMs = 30_000;
/** After a start, and after the store was gone, nobody is forgotten for so long: who is here is written first. Milliseconds. */
const settlesWithinMs = 180_000;

export type Admission =
  | { readonly kind: 'known'; readonly connector: StoredConnector }
  | { readonly kind: 'joined'; readonly connector: StoredConnector }
  | { readonly kind: 'refused'; readonly verdict: RefusedVerdict; readonly tunnel: string | null };

export interface RegisterParts {
  readonly store: Pick<Store, 'tunnels' | 'now'>;
  /** What is in the store is not what it was. */
  readonly onChange: () => void;
  /** The store failed for the first time in a row. */
  readonly onFailure: (error: unknown) => void;
  /** The ids of connectors that are here. */
  readonly present: () => readonly string[];
}

export class TunnelRegister {
  readonly #parts: RegisterParts;
  #byKey: ReadonlyMap<string, StoredConnector> = new Map();
  #byId: ReadonlyMap<string, StoredConnector> = new Map();
  /** Those that joined here since the last reading of the store began, by id: what was read may be older than they are. */
  readonly #joined = new Map<string, StoredConnector>();
  #tokens: ReadonlyMap<string, StoredJoinToken> = new Map();
  #drained: ReadonlySet<string> = new Set();
  #operated: ReadonlySet<string> = new Set();
  #version: number | null = null;
  #looking: Promise<void> | null = null;
  #isFailing = false;
  /** Since when the store answers, by a clock that only goes forward. */
  #sinceMs = 0;
  #timers: readonly NodeJS.Timeout[] = [];

  constructor(parts: RegisterParts) {
    this.#parts = parts;
  }

  /** Read it for the first time, and follow it. @throws BouncerError `store_unavailable` */
  async start(): Promise<void> {
    await this.#read();
    this.#sinceMs = performance.now();
    this.#timers = [
      setInterval(() => void this.look(), lookEveryMs).unref(),
      setInterval(() => void this.#guard(() => this.#noteSeen()), seenEveryMs).unref(),
    ];
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  hasConnector(id: string): boolean {
    return this.#byId.has(id) || this.#joined.has(id);
  }

  /** Whether a connector of the tunnel was here lately, by whichever edge. */
  isExpected(tunnel: string): boolean {
    const nowMs = this.#parts.store.now();
    return [...this.#byId.values()].some(
      (one) => one.tunnel === tunnel && !one.isDrained && nowMs - one.lastSeenMs < expectedForMs,
    );
  }

  isDrained(id: string): boolean {
    return this.#drained.has(id);
  }

  /** The names of tunnels that operators made: those of shares are not among them. */
  get operated(): ReadonlySet<string> {
    return this.#operated;
  }

  /** Whether who proved so much may connect from there. Never throws. */
  async admit({ connectorKey, tokenKey }: Proved, address: string): Promise<Admission> {
    const known = this.#find(connectorKey);
    if (known !== undefined) return this.#comeBack(known, tokenKey);
    const invited = await this.#invite(connectorKey, tokenKey, address);
    if (invited.kind === 'joined') return invited;
    // It may have joined at another edge just now, or its token was made just now: after a look that is under way already had read.
    await this.#looking;
    await this.look();
    const found = this.#find(connectorKey);
    if (found !== undefined) return this.#comeBack(found, tokenKey);
    return invited.verdict === 'unknown' ? this.#invite(connectorKey, tokenKey, address) : invited;
  }

  /** Whether it is let in by its token. */
  async #invite(
    connectorKey: string,
    tokenKey: string | null,
    address: string,
  ): Promise<Exclude<Admission, { readonly kind: 'known' }>> {
    const token = tokenKey === null ? undefined : this.#tokens.get(tokenKey);
    if (token === undefined)
      return { kind: 'refused', verdict: this.#isFailing ? 'later' : 'unknown', tunnel: null };
    const { tunnel } = token;
    // What memory knows for certain need not be asked of the store.
    if (token.expiresAtMs <= this.#parts.store.now()) return { kind: 'refused', verdict: 'expired', tunnel };
    if (!token.isReusable && token.spentAtMs !== null) return { kind: 'refused', verdict: 'spent', tunnel };
    try {
      if (token.from !== null && !isWithin(token.from, address))
        return { kind: 'refused', verdict: 'address', tunnel };
      return await this.#join(connectorKey, token);
    } catch (error) {
      this.#fail(error);
      return { kind: 'refused', verdict: 'later', tunnel };
    }
  }

  /** Whoever shows a token of another tunnel, good or not, has the key of another connector: it would take that one's place. */
  async #comeBack(connector: StoredConnector, tokenKey: string | null): Promise<Admission> {
    if (tokenKey !== null && !this.#tokens.has(tokenKey)) await this.look();
    const token = tokenKey === null ? undefined : this.#tokens.get(tokenKey);
    const { tunnel } = connector;
    if (token !== undefined && token.tunnel !== tunnel)
      return { kind: 'refused', verdict: 'other-tunnel', tunnel };
    return { kind: 'known', connector };
  }

  #find(connectorKey: string): StoredConnector | undefined {
    const known = this.#byKey.get(connectorKey);
    if (known !== undefined || this.#joined.size === 0) return known;
    const joined = this.#joined.get(connectorIdOf(connectorKey));
    return joined?.publicKey === connectorKey ? joined : undefined;
  }

  async #join(
    connectorKey: string,
    token: StoredJoinToken,
  ): Promise<Exclude<Admission, { readonly kind: 'known' }>> {
    const { store } = this.#parts;
    const nowMs = store.now();
    const connector: StoredConnector = {
      id: connectorIdOf(connectorKey),
      tunnel: token.tunnel,
      publicKey: connectorKey,
      tokenKey: token.publicKey,
      joinedAtMs: nowMs,
      lastSeenMs: nowMs,
      isPassing: token.isReusable,
      isDrained: false,
    };
    const outcome = await store.tunnels.join(connector, nowMs - activeForMs);
    if (outcome === 'joined') {
      this.#joined.set(connector.id, connector);
      return { kind: 'joined', connector };
    }
    const verdict = outcome === 'gone' ? 'unknown' : outcome;
    return { kind: 'refused', verdict, tunnel: token.tunnel };
  }

  /** Ask the store whether anything changed. One question at a time. Never throws. */
  look(): Promise<void> {
    this.#looking ??= this.#guard(async () => {
      const { tunnels } = this.#parts.store;
      const version = await tunnels.version();
      if (this.#version === version) return;
      if (this.#version !== null && tunnels.isUnchangedSince(this.#version)) {
        this.#version = version;
        return;
      }
      await this.#read();
      this.#parts.onChange();
    }).finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #read(): Promise<void> {
    const { tunnels } = this.#parts.store;
    const version = await tunnels.version();
    const joinedBefore = [...this.#joined.keys()];
    const book = await tunnels.read();
    this.#version = version;
    for (const id of joinedBefore) this.#joined.delete(id);
    this.#byId = new Map(book.connectors.map((connector) => [connector.id, connector]));
    this.#byKey = new Map(book.connectors.map((connector) => [connector.publicKey, connector]));
    this.#drained = new Set(book.connectors.flatMap(({ id, isDrained }) => (isDrained ? [id] : [])));
    this.#operated = new Set(book.tunnels.flatMap(({ name, share }) => (share === null ? [name] : [])));
    this.#tokens = new Map(book.tokens.map((token) => [token.publicKey, token]));
  }

  async #noteSeen(): Promise<void> {
    const { store, present } = this.#parts;
    const nowMs = store.now();
    const ids = present();
    if (ids.length > 0) await store.tunnels.noteSeen(ids, nowMs);
    if (performance.now() - this.#sinceMs < settlesWithinMs) return;
    await store.tunnels.removeStale(nowMs - passingForMs, nowMs - endedForMs);
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#isFailing = false;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!this.#isFailing) this.#parts.onFailure(error);
    this.#isFailing = true;
    this.#sinceMs = performance.now();
  }
}

/** What a connector is called: it follows from its key, so that nobody can choose another's. */
export function connectorIdOf(connectorKey: string): string {
  return `c_${createHash('sha256').update(connectorKey).digest('hex').slice(0, 12)}`;
}

function isWithin(networks: readonly string[], address: string): boolean {
  const words = new Uint32Array(4);
  const count = parseAddressWords(address, words);
  return networks.some((text) => {
    const network = parseCidr(text);
    if ('problem' in network) throw new BouncerError('internal', 'a network in the store is not one');
    return isInNetwork(network, words, count);
  });
}
