// The head of a request as it was received, before the gate judges it. Reads node's raw forms only, never the merged ones.
import type { IncomingMessage } from 'node:http';
import type { RawRequestHead } from '../http/gated-request.ts';
import type { KeptHeads } from './kept-heads.ts';

/** What Express and connect write on a request: the address as it came, and the mount paths that they took off `url`. */
interface Mounted {
  readonly originalUrl?: unknown;
  readonly baseUrl?: unknown;
}

/** Take the head from node:http's message. HTTP/2 pseudo-headers are turned into method, target and Host (RFC 9113 section 8.3.1). */
export function rawRequestHead(req: IncomingMessage): RawRequestHead {
  const url = req.url ?? '';
  const { originalUrl, baseUrl } = req as Mounted;
  const { method = '', httpVersion, rawHeaders } = req;
  if (originalUrl === undefined) return { method, url, httpVersion, rawHeaders };
  return isWholeAddress(originalUrl, baseUrl, url)
    ? { method, url: originalUrl, httpVersion, rawHeaders }
    : { method, url, httpVersion, rawHeaders, isRewritten: true };
}

/** The same, with what is known of its fields from the requests before on the same connection. */
export function knownRequestHead(req: IncomingMessage, heads: KeptHeads): RawRequestHead {
  const known = heads.recall(req);
  return { ...rawRequestHead(req), rawHeaders: known.rawHeaders, known };
}

/**
 * Whether the address that came is what the router took off and what is left. Express leaves a `/` where it took the whole
 * path. Connect does not say what it took off, so that below one of its mount paths nothing can be told.
 */
function isWholeAddress(originalUrl: unknown, baseUrl: unknown, url: string): originalUrl is string {
  if (typeof originalUrl !== 'string') return false;
  if (originalUrl === url) return baseUrl === undefined || baseUrl === '';
  if (typeof baseUrl !== 'string' || baseUrl === '') return false;
  const isSlashAdded = url === '/' || url.startsWith('/?');
  return originalUrl === baseUrl + url || (isSlashAdded && originalUrl === baseUrl + url.slice(1));
}
