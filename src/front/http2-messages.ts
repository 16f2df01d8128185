// HTTP/2 requests and responses in the shape of node:http's, so that gate, pipeline and forwarder know one kind only.
// Everything that HTTP/2 calls differently, or has no place for (RFC 9113 section 8), is translated here and nowhere else.

import { randomBytes } from 'node:crypto';
import type { Http2Stream, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { constants, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { ReadableOptions } from 'node:stream';
import { connectionSpecific } from '../http/header-table.ts';
import { closeUnread } from './close-unread.ts';

interface EndAware {
  readonly endAfterHeaders?: boolean;
}

/** A request whose `rawHeaders`, `method` and `url` are those of the HTTP/1.1 request that means the same. */
export class FrontHttp2Request extends Http2ServerRequest {
  /** An extended CONNECT for a WebSocket (RFC 8441): `rawHeaders` are those of the handshake of RFC 6455 section 4.1. */
  readonly isWebSocket: boolean;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    options: ReadableOptions,
    rawHeaders: readonly string[],
  ) {
    const isWebSocket = headers[':method'] === 'CONNECT' && headers[':protocol'] === 'websocket';
    const hasUnknownLength =
      !isWebSocket && !(stream as EndAware).endAfterHeaders && headers['content-length'] === undefined;
    const fields = http1Fields(rawHeaders);
    // HTTP/2 frames the body itself; the words of HTTP/1.1 say that there is one.
    if (hasUnknownLength) fields.push('transfer-encoding', 'chunked');
    if (isWebSocket) {
      fields.push(
        'upgrade',
        'websocket',
        'connection',
        'Upgrade',
        'sec-websocket-key',
        randomBytes(16).toString('base64'),
      );
    }
    super(stream, headers, options, fields);
    this.isWebSocket = isWebSocket;
    const authority = headers[':authority'];
    // The merged forms agree with the raw ones: body parsers look there for a body.
    if (headers.host === undefined && authority !== undefined) headers.host = authority;
    if (hasUnknownLength) headers['transfer-encoding'] = 'chunked';
  }
}

/**
 * The fields in the order of HTTP/1.1: `host` first. When `:authority` and `Host` differ both are kept, and the gate refuses two
 * of them. Several `cookie` fields become one (RFC 9113 section 8.2.3).
 */
function http1Fields(raw: readonly string[]): string[] {
  const fields: string[] = [];
  let authority: string | null = null;
  let cookieAt = -1;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const value = raw[index + 1] ?? '';
    if (name.charCodeAt(0) === 58) {
      if (name === ':authority') authority = value;
    } else if (name === 'cookie' && cookieAt !== -1) {
      fields[cookieAt] += `; ${value}`;
    } else {
      if (name === 'cookie') cookieAt = fields.length + 1;
      fields.push(name, value);
    }
  }
  if (authority !== null && authority !== '') {
    const at = fields.findIndex((text, index) => index % 2 === 0 && text === 'host');
    if (at !== -1 && fields[at + 1] === authority) fields.splice(at, 2);
    fields.unshift('host', authority);
  }
  return fields;
}

type HeaderList = readonly string[];
type HeaderBag = Readonly<Record<string, string | number | readonly string[] | undefined>>;

const given = Symbol('bytes given');

interface Counted {
  [given]?: number;
}

/** Bytes of the body that were written to the stream so far, taken by the client or not. */
export function bytesGiven(stream: ServerHttp2Stream): number {
  return (stream as Counted)[given] ?? 0;
}

/** A response that takes what node:http's takes: flat lists, reason phrases and connection fields, of which the last two are dropped. */
export class FrontHttp2Response extends Http2ServerResponse {
  #closesRequest = false;

  constructor(stream: ServerHttp2Stream) {
    super(stream);
    // Node leaves a stream open whose request is never read to its end: tell the client that the rest is not wanted.
    if (!(stream as EndAware).endAfterHeaders) stream.once('finish', onFinish);
  }

  override write(chunk: unknown, ...rest: unknown[]): boolean {
    const stream = this.stream as Counted | undefined;
    if (stream !== undefined)
      stream[given] =
        (stream[given] ?? 0) +
        (typeof chunk === 'string' ? Buffer.byteLength(chunk) : (chunk as Uint8Array).length);
    return (super.write as (...all: unknown[]) => boolean).call(this, chunk, ...rest);
  }

  /** Only looked at by drains of HTTP/1.1; GOAWAY says it here. */
  get shouldKeepAlive(): boolean {
    return !this.#closesRequest;
  }
  set shouldKeepAlive(isKept: boolean) {
    this.#closesRequest = !isKept;
  }

  override setHeader(name: string, value: number | string | readonly string[]): void {
    if (!connectionSpecific.has(name.toLowerCase())) super.setHeader(name, value);
  }

  override appendHeader(name: string, value: string | string[]): void {
    if (!connectionSpecific.has(name.toLowerCase())) super.appendHeader(name, value);
  }

  override writeHead(status: number, reason?: unknown, given?: unknown): this {
    const fields = typeof reason === 'string' ? given : (reason ?? given);
    if (!Array.isArray(fields)) {
      const bag: Record<string, string | number | readonly string[]> = {};
      for (const [name, value] of Object.entries((fields ?? {}) as HeaderBag)) {
        if (value !== undefined && !connectionSpecific.has(name.toLowerCase())) bag[name] = value;
      }
      return super.writeHead(status, bag as never);
    }
    const list: (string | number)[] = [];
    for (let index = 0; index < fields.length; index += 2) {
      const name = String(fields[index]).toLowerCase();
      if (!connectionSpecific.has(name)) list.push(name, fields[index + 1] as string);
    }
    if (this.getHeaderNames().length > 0) return super.writeHead(status, list as never);
    if (this.stream.destroyed || this.stream.closed) return this;
    this.statusCode = status;
    // The order of the fields is kept, and none is looked up by name.
    this.stream.respond(
      [':status', String(status), ...list] as never,
      { waitForTrailers: true, sendDate: this.sendDate } as never,
    );
    return this;
  }

  /** An interim response (RFC 9110 section 15.2) from a flat list or an object. */
  writeInformation(status: number, given?: HeaderList | HeaderBag | null): boolean {
    if (this.stream.headersSent || this.stream.destroyed || this.stream.closed) return false;
    const bag: Record<string, string | string[] | number> = { ':status': status };
    const pairs = Array.isArray(given)
      ? given.flatMap((name: string, index) => (index % 2 === 0 ? [[name, given[index + 1]]] : []))
      : Object.entries(given ?? {});
    for (const [name, value] of pairs as [string, string | readonly string[]][]) {
      const key = name.toLowerCase();
      if (connectionSpecific.has(key)) continue;
      const before = bag[key];
      bag[key] =
        before === undefined
          ? [...[value].flat()]
          : [...[before as string | string[]].flat(), ...[value].flat()];
    }
    this.stream.additionalHeaders(bag as never);
    return true;
  }

  /** Trailers as an object, or as a list of pairs like node:http's. */
  override addTrailers(given: HeaderBag | readonly (readonly [string, string])[]): void {
    const bag: Record<string, string | string[]> = {};
    const pairs = Array.isArray(given) ? given : Object.entries(given);
    for (const [name, value] of pairs as [string, string][]) {
      const key = name.toLowerCase();
      if (connectionSpecific.has(key) || key === '__proto__') continue;
      const before = bag[key];
      bag[key] = before === undefined ? value : [...[before].flat(), value];
    }
    super.addTrailers(bag as never);
  }

  /** Give up the response. A half-sent one is reset with an error, so that nobody takes it for a whole one. */
  override destroy(error?: Error): this {
    resetIfUnfinished(this.stream);
    super.destroy(error as Error);
    return this;
  }
}

// HTTP/2 has no reason phrases (RFC 9113 section 8.3.1): one that is set is ignored, without Node's warning.
Object.defineProperty(FrontHttp2Response.prototype, 'statusMessage', { get: () => '', set: () => {} });

// As node:http's, which Node declares and leaves out here: of who left before anybody listened for `close`, nobody is told again.
Object.defineProperty(FrontHttp2Response.prototype, 'destroyed', {
  get(this: FrontHttp2Response): boolean {
    return this.stream.destroyed || this.stream.closed;
  },
});

/** End a stream so that its client sees an error, unless everything was sent. */
function resetIfUnfinished(stream: Http2Stream): void {
  if (!stream.destroyed && !stream.closed && !stream.writableFinished)
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}

function onFinish(this: ServerHttp2Stream): void {
  closeUnread(this);
}
