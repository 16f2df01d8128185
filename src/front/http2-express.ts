// Express gives every request and response prototypes of its own, which are made for HTTP/1.1: an HTTP/2 message would lose all its
// members and the process its footing. Messages that go to an Express application keep theirs by owning them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Http2ServerRequest } from 'node:http2';
import { Readable, Stream } from 'node:stream';

/**
 * Prepare messages of the front server for an Express application. Messages of HTTP/1.1 are left alone.
 *
 * Not for the hot path: it costs some microseconds.
 */
export function prepareForExpress(req: IncomingMessage, res: ServerResponse): void {
  if (!((req as unknown) instanceof Http2ServerRequest)) return;
  ownMembers(req, Readable.prototype);
  // IncomingMessage replaces it by one that knows nothing of HTTP/2.
  Object.defineProperty(req, '_destroy', {
    value: Readable.prototype._destroy,
    configurable: true,
    writable: true,
  });
  ownMembers(res, Stream.prototype);
}

/** Copy what the prototypes between the object and `end` define, symbols included; the nearest wins. */
function ownMembers(target: object, end: object): void {
  for (
    let prototype: object | null = Object.getPrototypeOf(target);
    prototype !== null && prototype !== end;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    for (const key of Reflect.ownKeys(prototype)) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
      if (key === 'constructor' || descriptor === undefined || Object.hasOwn(target, key)) continue;
      Object.defineProperty(target, key, { ...descriptor, configurable: true });
    }
  }
}
