// The port between what forwards and what speaks a protocol to an upstream: one request, its response, both as streams.
// HTTP/1.1 (http1/) and HTTP/2 (http2/) implement it alike; it knows nothing of clients, sessions or rules.
import type { Socket } from 'node:net';
import type { KnownText } from '../http/known-head.ts';
import type { KnownAnswer } from '../http/response-headers.ts';
import type { UpstreamSocket } from './opener.ts';

/** A request as it goes onto the wire. Framing and the fields of the connection are the implementation's. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query as one text that begins with `/`. */
  readonly path: string;
  /** Name, value, name, value … as Latin-1, `Host` included; a `Content-Length` among them is kept to. */
  readonly headers: readonly string[];
  /** How the headers of a request were written that came from the same client with the same fields; absent: nothing is kept. */
  readonly known?: KnownText | undefined;
  /** A body follows by `write` and `end`. */
  readonly hasBody: boolean;
  /** Ask with `Expect: 100-continue` and hold the body back for the answer, or for its deadline. */
  readonly expectsContinue: boolean;
  /** The client said that it reads trailers (`TE: trailers`); servers of gRPC over HTTP/2 insist on it. */
  readonly acceptsTrailers: boolean;
  /** Trailers may follow the body. */
  readonly sendsTrailers: boolean;
  /** Milliseconds from the end of the request to the response's head; 0 = no limit. */
  readonly responseTimeoutMs: number;
  /** Milliseconds of silence in the response's body; 0 = no limit. */
  readonly idleTimeoutMs: number;
}

/** What a request without a body says about what it does not have. */
export const withoutBody = {
  hasBody: false,
  expectsContinue: false,
  acceptsTrailers: false,
  sendsTrailers: false,
} as const;

/** The head of a final response. */
export interface UpstreamResponseHead {
  readonly status: number;
  /** As received; `null` where the protocol has none. */
  readonly reason: string | null;
  /** Name, value, name, value … as received, as Latin-1. */
  readonly fields: readonly string[];
  /** What became of the fields before, where they came over the connection before; absent: nothing is kept. */
  readonly known?: KnownAnswer | undefined;
  /** It is over with the head: no body and no trailers follow. `onEnd` still comes. */
  readonly isWhole: boolean;
  /** Trailers may follow the body: how the body is framed leaves room for them. */
  readonly canHaveTrailers: boolean;
}

/** Who sent the request. Calls come in this order; after `onEnd`, `onUpgrade` or `onError` there are none. */
export interface UpstreamHandler {
  /**
   * The head of the request is out, or goes out before anything else, and its body may follow, through `stream`. At most once; perhaps
   * before the sender has the stream.
   */
  onBodyWanted(stream: UpstreamStream): void;
  /** After a `write` that returned false: go on. */
  onDrain(): void;
  /** A 1xx response other than 100 and 101. */
  onInterim(status: number, fields: readonly string[]): void;
  onHead(head: UpstreamResponseHead): void;
  /** A piece of the body, borrowed: whoever needs it after this call keeps `stream.own(chunk)`. */
  onData(chunk: Buffer): void;
  /** Every byte arrived. `trailers` as the fields of the head. */
  onEnd(trailers: readonly string[]): void;
  /** It failed. Whether a head was given out before is for the handler to know. */
  onError(error: Error): void;
}

/** Who asked to speak another protocol over the connection (RFC 9110 section 7.8). */
export interface UpstreamUpgradeHandler extends UpstreamHandler {
  /**
   * 101: the connection is the handler's from here on, with nobody else listening to it.
   *
   * @param rest what came after the head
   */
  onUpgrade(head: UpstreamResponseHead, socket: UpstreamSocket, rest: Buffer): void;
}

/** For whom alone a connection is kept on which somebody logged in. */
export interface Pair {
  /** The client's connection. */
  readonly client: Socket;
  /** Who it is there; another text on the same connection is another person. */
  readonly person: string;
}

/** Is told of a piece of a body when its memory is nobody's any more. */
export type OnSpent = (chunk: Buffer) => void;

/** The sender's side of an exchange. Every call after its end does nothing. */
export interface UpstreamStream {
  /**
   * Send a piece of the body. False: wait for `onDrain`.
   *
   * @param onSpent its bytes left this process, and nobody reads its memory any more; not called where that is not known for certain
   */
  write(chunk: Buffer, onSpent?: OnSpent): boolean;
  /** The body is complete. Trailers go where the framing has room for them. */
  end(trailers: readonly string[]): void;
  /** Read no more of the response for now. */
  pause(): void;
  resume(): void;
  /** The chunk itself, or a copy where its memory will be used again. */
  own(chunk: Buffer): Buffer;
  /** From now on the upstream's connection serves the pair and nobody else. False: it carries others too, and cannot. */
  bindTo(pair: Pair): boolean;
  /** Break it off at once; no further call comes. */
  abort(): void;
}

/** Sends requests to one address, over connections that it makes and keeps. */
export interface UpstreamClient {
  /** Send a request. Nothing is thrown; of the handler only `onBodyWanted` may be called before this returns. */
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamStream;
  /** Take nothing new; what is under way goes on, idle connections close. */
  close(): void;
  /** Cut everything. */
  destroy(): void;
}
