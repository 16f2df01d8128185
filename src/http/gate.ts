// The gate: the first thing that happens to a request. It reads the head once and lets through only what has one meaning
// (RFC 9112, R-40). It decides nothing about people and rules. A refusal closes the connection; the caller does that.
import { type ParsedHost, parseHost } from './canonical-host.ts';
import { parseOpaqueTarget } from './canonical-path.ts';
import type { FieldLimits, GateFields } from './gate-fields.ts';
import type { GateResult, RawRequestHead } from './gated-request.ts';
import { type HeadFields, parseHeadFields } from './head-fields.ts';
import { methods, refusedMethods } from './methods.ts';
import { type Reason, refusals } from './refusals.ts';
import type { RequestTarget } from './request-target.ts';
import { upgradeToken } from './upgrade-token.ts';

/** What the gate measures. */
export interface GateLimits extends FieldLimits {
  readonly urlBytes: number;
  /** The body, as `Content-Length` announces it, bytes; 0 or absent = no limit. One in chunks is counted as it comes. */
  readonly bodyBytes?: number;
}

/**
 * Check a request head against everything that servers have been known to disagree about.
 *
 * HTTP/1.1, HTTP/2 (with `:authority` as `Host` and extended CONNECT already turned into a WebSocket handshake) and
 * HTTP/1.0 with a `Host` pass. The target may be in absolute-form only when its authority is the `Host`.
 *
 * @returns the request, or the refusal with its status. That the host is ours, that its application takes a path that is `unclear`, and
 * that the path's readings lie in one policy's area is NOT yet checked.
 */
export function checkRequestHead(head: RawRequestHead, limits: GateLimits): GateResult {
  const { httpVersion, method, rawHeaders, known } = head;
  const lineProblem = checkRequestLine(head, limits);
  if (lineProblem !== null) return refuse(lineProblem);
  const read = headFieldsOf(head, limits);
  if (typeof read === 'string') return refuse(read);
  const { fields, host } = read;

  const path = head.url.charCodeAt(0) === 0x2f ? head.url : pathOfAbsolute(head.url, host);
  if (path === null || (path !== head.url && httpVersion === '2.0'))
    return refuse(/^https?:\/\//i.test(head.url) ? 'target-foreign' : 'target-not-path');
  const target = parseOpaqueTarget(path);
  if ('problem' in target) return refuse(target.problem);

  const destination = parseDestination(head, fields.destination, host);
  if (destination === 'invalid') return refuse('destination-invalid');

  const bodyProblem = checkBody(fields, httpVersion, limits.bodyBytes ?? 0);
  if (bodyProblem !== null) return refuse(bodyProblem);
  const hasBody = hasRequestBody(fields);

  const upgrade = upgradeToken(fields.upgrade, fields.connection);
  const isWebSocket = upgrade !== null && upgrade.toLowerCase() === 'websocket';
  if (upgrade !== null && hasBody) return refuse('upgrade-with-body');
  if (isWebSocket && !isWebSocketHandshake(head, fields)) return refuse('websocket-invalid');
  // No browser offers another protocol with a preflight: what an upstream opened by it would be nobody's.
  const isQuestion = head.method === 'OPTIONS' && !hasBody && upgrade === null;
  return {
    ok: true,
    request: {
      method,
      host: host.host,
      port: host.port,
      target,
      destination,
      rawHeaders,
      known,
      hasBody,
      isWebSocket,
      // RFC 9110 section 7.8: from HTTP/1.0 it means nothing.
      upgrade: httpVersion === '1.0' ? null : upgrade,
      // A client of HTTP/1.0 cannot wait for an interim response (RFC 9110 section 10.1.1).
      expectsContinue: fields.expect !== undefined && hasBody && httpVersion !== '1.0',
      cookie: read.cookie,
      oversizedCookies: read.oversizedCookies,
      origin: fields.origin,
      accept: fields.accept,
      userAgent: read.userAgent,
      secFetchMode: fields.secFetchMode,
      secFetchDest: fields.secFetchDest,
      secFetchSite: fields.secFetchSite,
      purpose: fields.purpose,
      requestedWith: fields.requestedWith,
      presented: read.presented,
      preflightMethod: isQuestion ? preflightMethodOf(read) : null,
    },
  };
}

/** From what is known where the same fields came before, under the same limits. */
function headFieldsOf({ rawHeaders, known }: RawRequestHead, limits: FieldLimits): HeadFields | Reason {
  const before = known?.gate ?? null;
  if (before !== null && before.limits === limits) return before.head;
  const head = parseHeadFields(rawHeaders, limits);
  if (known !== undefined && typeof head !== 'string') known.gate = { limits, head };
  return head;
}

/** Fetch section 4.8: a browser asks about the request that a script wants to make, and sends no credentials with the question. */
function preflightMethodOf({ fields, presented }: HeadFields): string | null {
  const { origin, cookie, authorization, preflightMethod } = fields;
  if (origin === undefined || preflightMethod === undefined || !methods.has(preflightMethod)) return null;
  const hasCredentials = cookie !== undefined || authorization !== undefined || presented !== null;
  return hasCredentials ? null : preflightMethod;
}

/** The path and query of an absolute-form target (RFC 9112 section 3.2.2) that names our own host; else `null`. */
function pathOfAbsolute(url: string, host: ParsedHost): string | null {
  const scheme = /^https?:\/\//i.exec(url);
  if (scheme === null) return null;
  const start = scheme[0].length;
  let end = start;
  while (end < url.length && !'/?#'.includes(url.charAt(end))) end++;
  const authority = parseHost(url.slice(start, end));
  if (authority === null || authority.host !== host.host || authority.port !== host.port) return null;
  const rest = url.slice(end);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** The second resource that `COPY` and `MOVE` write to (RFC 4918 section 10.3): a path, or a URL of our own host. */
function parseDestination(
  head: RawRequestHead,
  text: string | undefined,
  host: ParsedHost,
): RequestTarget | null | 'invalid' {
  if (text === undefined || (head.method !== 'COPY' && head.method !== 'MOVE')) return null;
  const path = text.charCodeAt(0) === 0x2f ? text : pathOfAbsolute(text, host);
  const target = path === null ? null : parseOpaqueTarget(path);
  return target === null || 'problem' in target ? 'invalid' : target;
}

/** Version, method, and how long the target is; its parts come after the fields. */
function checkRequestLine(
  { httpVersion, method, url, isRewritten }: RawRequestHead,
  limits: GateLimits,
): Reason | null {
  if (httpVersion !== '1.1' && httpVersion !== '2.0' && httpVersion !== '1.0') return 'version-unsupported';
  if (!methods.has(method)) return refusedMethods.has(method) ? 'method-refused' : 'method-unknown';
  if (url.length > limits.urlBytes) return 'url-too-long';
  return isRewritten ? 'address-rewritten' : null;
}

/** @param mostBytes 0: no limit */
function checkBody(fields: GateFields, httpVersion: string, mostBytes: number): Reason | null {
  const problem = checkFraming(fields, httpVersion);
  if (problem !== null) return problem;
  if (mostBytes > 0 && Number(fields.contentLength ?? 0) > mostBytes) return 'body-too-large';
  const { expect } = fields;
  return expect !== undefined && expect.toLowerCase() !== '100-continue' ? 'expectation-unknown' : null;
}

function checkFraming(fields: GateFields, httpVersion: string): Reason | null {
  const { contentLength, transferEncoding } = fields;
  if (contentLength !== undefined) {
    if (transferEncoding !== undefined) return 'framing-ambiguous';
    if (!/^(?:0|[1-9][0-9]{0,14})$/.test(contentLength)) return 'content-length-invalid';
  } else if (transferEncoding !== undefined) {
    // RFC 9112 sections 6.1 and 7: chunked in any case, alone, and not in HTTP/1.0. The front says it for HTTP/2 bodies of unknown length.
    if (transferEncoding.toLowerCase() !== 'chunked' || httpVersion === '1.0')
      return 'transfer-encoding-invalid';
  }
  return null;
}

function hasRequestBody(fields: GateFields): boolean {
  return (
    fields.transferEncoding !== undefined ||
    (fields.contentLength !== undefined && fields.contentLength !== '0')
  );
}

/** RFC 6455 section 4.2.1. */
function isWebSocketHandshake(head: RawRequestHead, fields: GateFields): boolean {
  if (head.httpVersion === '1.0' || head.method !== 'GET' || fields.webSocketVersion !== '13') return false;
  // 16 bytes in base64: 22 characters, of which the last carries 4 bits, and `==`.
  return /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(fields.webSocketKey ?? '');
}

function refuse(reason: Reason): GateResult {
  return { ok: false, refusal: { status: refusals[reason].status, reason } };
}
