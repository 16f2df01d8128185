// The port for named tunnels: which there are, with which keys connectors join them, and which connectors did. All keys here are public
// halves; nothing here judges who may connect now.
import type { MaybePromise } from './maybe-promise.ts';

/** What a person shares by a tunnel of its own, and with whom. Times in milliseconds since the epoch. */
export interface StoredShare {
  /** What its host lies below. */
  readonly domain: string;
  /** Who may open it, and nobody else; lower case. */
  readonly emails: readonly string[];
  /** Where the site is on the sharer's machine. */
  readonly port: number;
  readonly expiresAtMs: number;
  /** Whoever shares, as their provider knows them. */
  readonly idp: string;
  readonly sub: string;
  readonly email: string | null;
  /** Of the token of the sharer's terminal: the share ends with it. SHA-256. */
  readonly tokenHash: string;
  /** From where it was begun. */
  readonly ip: string | null;
  readonly country: string | null;
}

/** Times in milliseconds since the epoch. */
export interface StoredTunnel {
  /** By which rules know it; unique. */
  readonly name: string;
  readonly createdAtMs: number;
  /** `null`: it is an operator's. */
  readonly share: StoredShare | null;
}

/** What a new connector proves that it was invited with, by the public half of its key. */
export interface StoredJoinToken {
  /** Ed25519, raw, base64url; unique. */
  readonly publicKey: string;
  readonly tunnel: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** For containers without a disk: each start is another connector. */
  readonly isReusable: boolean;
  /** From where alone it counts, as networks; `null`: from everywhere. */
  readonly from: readonly string[] | null;
  /** The most connectors at a time; `null`: no limit of its own. */
  readonly maxConnectors: number | null;
  /** When a connector first joined with it; `null`: it is unspent. */
  readonly spentAtMs: number | null;
}

/** A program that joined a tunnel. */
export interface StoredConnector {
  /** Follows from its key; not a secret. */
  readonly id: string;
  readonly tunnel: string;
  /** Ed25519, raw, base64url; unique. */
  readonly publicKey: string;
  /** The token that it joined with. */
  readonly tokenKey: string;
  readonly joinedAtMs: number;
  /** When some edge last had a connection of it. */
  readonly lastSeenMs: number;
  /** It joined with a reusable token, and is forgotten once it stays away. */
  readonly isPassing: boolean;
  /** An operator wants it to have nothing new to do. */
  readonly isDrained: boolean;
}

/** Everything that an edge must know to let connectors in. */
export interface TunnelBook {
  /** By name. */
  readonly tunnels: readonly StoredTunnel[];
  /** Oldest first. */
  readonly tokens: readonly StoredJoinToken[];
  /** Oldest first. */
  readonly connectors: readonly StoredConnector[];
}

/** How a join went: `gone`: no such token, `full`: as many connectors as the token takes. */
export type JoinOutcome = 'joined' | 'gone' | 'expired' | 'spent' | 'full';

/** Every method throws (or rejects with) BouncerError `store_unavailable` when the store cannot be read or written. */
export interface TunnelStore {
  /** Like `SessionStore.version`: changes when a tunnel, a token or a connector came or went, not when one was seen. */
  version(): MaybePromise<number>;
  /** Whether what was read at that version still stands. False when in doubt. */
  isUnchangedSince(version: number): boolean;
  read(): MaybePromise<TunnelBook>;
  /** False when the name is taken. */
  createTunnel(tunnel: StoredTunnel): MaybePromise<boolean>;
  /** Adds a token. False when its tunnel is gone. */
  addToken(token: StoredJoinToken): MaybePromise<boolean>;
  /** Ends every token of a tunnel. @returns how many there were */
  endTokens(tunnel: string): MaybePromise<number>;
  /**
   * Lets a connector in by its token, which is spent by it unless it is reusable. Of two that come at a time with one token, one joins.
   *
   * @param activeSinceMs connectors that were not seen since do not count to the token's limit
   */
  join(connector: StoredConnector, activeSinceMs: number): MaybePromise<JoinOutcome>;
  /** Writes a connector as it is, for a copy of a store. False when it is there, or its tunnel is not. */
  addConnector(connector: StoredConnector): MaybePromise<boolean>;
  /** Moves no time back; what was removed meanwhile is left out. */
  noteSeen(ids: readonly string[], atMs: number): MaybePromise<void>;
  /** Whether the connector is to have anything new to do. False when it is gone, or as it is to be already. */
  setDrained(id: string, state: 'drained' | 'in-use'): MaybePromise<boolean>;
  /** False when it was gone. */
  removeConnector(id: string): MaybePromise<boolean>;
  /** Ends a tunnel with its tokens and connectors; false when it was gone. */
  removeTunnel(name: string): MaybePromise<boolean>;
  /** Forgets passing connectors that were not seen since, and tokens that ended before. */
  removeStale(unseenSinceMs: number, endedBeforeMs: number): MaybePromise<void>;
}
