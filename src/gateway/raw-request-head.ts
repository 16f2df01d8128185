// The head of a request as it was received, before the gate judges it. Reads node's raw forms only, never the merged ones.
import type { IncomingMessage } from 'node:http';
import type { RawRequestHead } from '../http/gated-request.ts';

/** Take the head from node:http's message. HTTP/2 pseudo-headers are turned into method, target and Host (RFC 9113 section 8.3.1). */
export function rawRequestHead(req: IncomingMessage): RawRequestHead {
  return {
    method: req.method ?? '',
    url: req.url ?? '',
    httpVersion: req.httpVersion,
    rawHeaders: req.rawHeaders,
  };
}
