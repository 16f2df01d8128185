// What the clients of upstreams need of whoever makes connections: to an address (open-socket.ts), or through a tunnel (carriers.ts).
import type { OnReadOpts } from 'node:net';
import type { Duplex } from 'node:stream';

/** How a connection is wanted. */
export interface SocketWishes {
  readonly protocol: 'http/1.1' | 'h2';
  /** Bytes go to a callback in place of `data` events, where the connection is a socket of this process. */
  readonly onread?: OnReadOpts;
  /** The end of one direction leaves the other open. */
  readonly allowHalfOpen?: boolean;
  /** The request that it is wanted for, by its number in the log: whoever carries it says so where it ends. Absent: none, or several. */
  readonly requestId?: string;
}

/** A connection to an upstream: a socket, or a stream that somebody carries there. */
export interface UpstreamSocket extends Duplex {
  setNoDelay(isOn?: boolean): unknown;
  setTimeout(ms: number): unknown;
}

export interface Opener {
  /** TLS ends in this process, which then sees what was agreed on. */
  readonly isTls: boolean;
  /** Milliseconds that a connection may take, TLS included; 0 = no limit. */
  readonly connectTimeoutMs: number;
  /** The event that says that the connection may be used. */
  readonly readyEvent: 'connect' | 'secureConnect';
  /** Begin to connect. What goes wrong is an `error` event, under Node's own codes or as an UpstreamFault; nothing is thrown. */
  open(wishes: SocketWishes): UpstreamSocket;
}
