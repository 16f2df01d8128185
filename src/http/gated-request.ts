// What the gate knows of a request that it let pass: the head, read once. Nothing else reads the raw head again.
import type { KnownHead } from './known-head.ts';
import type { Presented } from './own-token.ts';
import type { Reason, RefusalStatus } from './refusals.ts';
import type { CanonicalHost, RequestTarget } from './request-target.ts';

/** What `node:http` or `node:http2` received, before anybody judged it. HTTP/2 pseudo-headers are already turned into these. */
export interface RawRequestHead {
  readonly method: string;
  /** The request target as sent. */
  readonly url: string;
  /** `1.1`, `2.0` … */
  readonly httpVersion: string;
  /** Name, value, name, value … as sent, in order and case. */
  readonly rawHeaders: readonly string[];
  /** Somebody in front changed the address, so that `url` is not what the client asked for. Nobody can judge that. */
  readonly isRewritten?: true;
  /** These very fields, with what is known of them from requests before on the same connection; absent: nothing is kept. */
  readonly known?: KnownHead;
}

/** A request head that is unambiguous. Header texts are the single value as sent, or `undefined` when absent. */
export interface GatedRequest {
  readonly method: string;
  readonly host: CanonicalHost;
  /** The port that `Host` named, `null` when none. For what is forwarded only: links are built from the settings. */
  readonly port?: number | null;
  readonly target: RequestTarget;
  /**
   * The second resource of a `COPY` or `MOVE`, which the upstream will write to: it must fall into the same area as `target`.
   * `null` for everything else.
   */
  readonly destination?: RequestTarget | null;
  readonly rawHeaders: readonly string[];
  /** As in {@link RawRequestHead}. */
  readonly known?: KnownHead | undefined;
  readonly hasBody: boolean;
  readonly isWebSocket: boolean;
  /** The protocol that it asks to change to, as sent: `websocket`, `SPDY/3.1`; `null` for an ordinary request. It has no body then. */
  readonly upgrade: string | null;
  readonly expectsContinue: boolean;
  /** All `Cookie` fields joined by `; ` (RFC 9113 section 8.2.3 allows several). */
  readonly cookie: string | undefined;
  /** All cookies, where they are too many for an application: `cookie` then holds bouncer's own alone; else `undefined`. */
  readonly oversizedCookies?: string | undefined;
  /** What it presents of bouncer's own tokens, not yet judged; `null` or absent: nothing. */
  readonly presented?: Presented | null;
  readonly origin: string | undefined;
  readonly accept: string | undefined;
  /** With `?` in place of bytes from 0x80; `rawHeaders` has them as sent. */
  readonly userAgent: string | undefined;
  readonly secFetchMode: string | undefined;
  readonly secFetchDest: string | undefined;
  readonly secFetchSite: string | undefined;
  /**
   * What `Sec-Purpose` (Fetch section 2.2.5) and its forerunners `Purpose`, `X-Purpose` and `X-Moz` say: `prefetch`,
   * `prefetch;prerender`, `preview` …: nobody looks at the answer yet.
   */
  readonly purpose?: string | undefined;
  /** Of a preflight (Fetch section 4.8) without body, credentials and `Upgrade` the method that it asks for; else `null`. */
  readonly preflightMethod?: string | null;
  /** `XMLHttpRequest` where a script's library says so; an Android application's embedded browser names the application, with dots. */
  readonly requestedWith?: string | undefined;
}

/** Why the gate refused. `status` is what the client gets; the connection is closed after it. */
export interface GateRefusal {
  readonly status: RefusalStatus;
  /** A fixed id such as `host-missing`, for the log. */
  readonly reason: Reason;
}

export type GateResult =
  | { readonly ok: true; readonly request: GatedRequest }
  | { readonly ok: false; readonly refusal: GateRefusal };
