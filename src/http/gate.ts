// The gate: the first thing that happens to a request. It reads the head once and lets through only what has one meaning
// (RFC 9112, R-40). It decides nothing about people and rules. A refusal closes the connection; the caller does that.
import { type ParsedHost, parseHost } from './canonical-host.ts';
import { parseOpaqueTarget } from './canonical-path.ts';
import type { GatedRequest, GateResult, RawRequestHead } from './gated-request.ts';
import { headerName, isOpaqueValue, isPlainValue } from './header-name.ts';
import { methods, refusedMethods } from './methods.ts';
import { ownCookiesOf } from './own-cookie.ts';
import { readPresented } from './own-token.ts';
import { type Reason, refusals } from './refusals.ts';
import type { RequestTarget } from './request-target.ts';
import { upgradeToken } from './upgrade-token.ts';

/** What the gate measures. Bytes as on the wire of HTTP/1.1: name, `: `, value, line end. */
export interface GateLimits {
  readonly headerBytes: number;
  /** Cookies beyond `headerBytes` that make a request one of bouncer's own pages only, bytes; absent: none. */
  readonly cookieBytes?: number;
  readonly headerCount: number;
  readonly urlBytes: number;
  /** The body, as `Content-Length` announces it, bytes; 0 or absent = no limit. One in chunks is counted as it comes. */
  readonly bodyBytes?: number;
}

/** Fields that the gate reads. Each may stand once; all but `other` are collected. */
const single = {
  host: 'host',
  'content-length': 'contentLength',
  'transfer-encoding': 'transferEncoding',
  expect: 'expect',
  upgrade: 'upgrade',
  origin: 'origin',
  destination: 'destination',
  'user-agent': 'userAgent',
  'sec-fetch-mode': 'secFetchMode',
  'sec-fetch-dest': 'secFetchDest',
  'sec-fetch-site': 'secFetchSite',
  'sec-websocket-key': 'webSocketKey',
  'sec-websocket-version': 'webSocketVersion',
  'access-control-request-method': 'preflightMethod',
  authorization: 'authorization',
  'bouncer-client-id': 'bouncerClientId',
  'bouncer-client-secret': 'bouncerClientSecret',
  'bouncer-token': 'bouncerToken',
} as const;
type SingleField = (typeof single)[keyof typeof single];

/** Further fields of which a second one could be read instead of the first. */
const once: readonly string[] = [
  'proxy-authorization',
  'content-type',
  'content-range',
  'referer',
  'range',
  'from',
  'max-forwards',
  'sec-fetch-user',
];

/** Fields that may stand several times and are joined, as RFC 9110 section 5.3 says. What browsers and scripts say of a purpose is one. */
const joined = {
  accept: 'accept',
  cookie: 'cookie',
  connection: 'connection',
  'sec-purpose': 'purpose',
  purpose: 'purpose',
  'x-purpose': 'purpose',
  'x-moz': 'purpose',
  'x-requested-with': 'requestedWith',
} as const;
type JoinedField = (typeof joined)[keyof typeof joined];

/** What to do with a field, by its lower-case name. */
type Treatment =
  | { readonly kind: 'single'; readonly field: SingleField }
  | { readonly kind: 'joined'; readonly field: JoinedField }
  | { readonly kind: 'once' };
const treatments = new Map<string, Treatment>([
  ...Object.entries(single).map(([name, field]) => [name, { kind: 'single', field }] as const),
  ...once.map((name) => [name, { kind: 'once' }] as const),
  ...Object.entries(joined).map(([name, field]) => [name, { kind: 'joined', field }] as const),
]);

/**
 * Fields that are read here and may still hold bytes from 0x80: cookies that scripts set in UTF-8, and the names of programs,
 * which nothing is decided by. The value of every other field that is read, by the gate or by rules, is ASCII.
 */
const opaque: ReadonlySet<string> = new Set(['cookie', 'user-agent']);

/** Names that frame or route a message: a spelling that merely folds to one is an attempt at smuggling. */
const framing: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
]);

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
  const { httpVersion, method, rawHeaders } = head;
  if (httpVersion !== '1.1' && httpVersion !== '2.0' && httpVersion !== '1.0')
    return refuse('version-unsupported');
  if (!methods.has(method)) return refuse(refusedMethods.has(method) ? 'method-refused' : 'method-unknown');
  if (head.url.length > limits.urlBytes) return refuse('url-too-long');
  if (head.isRewritten) return refuse('address-rewritten');
  const fields = readFields(rawHeaders, limits);
  if (typeof fields === 'string') return refuse(fields);

  const { host: hostText } = fields;
  if (hostText === undefined) return refuse('host-missing');
  const host = parseHost(hostText);
  if (host === null) return refuse('host-invalid');

  const path = head.url.charCodeAt(0) === 0x2f ? head.url : pathOfAbsolute(head.url, host);
  if (path === null || (path !== head.url && httpVersion === '2.0'))
    return refuse(/^https?:\/\//i.test(head.url) ? 'target-foreign' : 'target-not-path');
  const target = parseOpaqueTarget(path);
  if ('problem' in target) return refuse(target.problem);

  const destination = parseDestination(head, fields.destination, host);
  if (destination === 'invalid') return refuse('destination-invalid');

  const framingProblem = checkFraming(fields, httpVersion);
  if (framingProblem !== null) return refuse(framingProblem);
  const hasBody = hasRequestBody(fields);
  const mostBytes = limits.bodyBytes ?? 0;
  if (mostBytes > 0 && Number(fields.contentLength ?? 0) > mostBytes) return refuse('body-too-large');
  const { expect } = fields;
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return refuse('expectation-unknown');

  const upgrade = upgradeToken(fields.upgrade, fields.connection);
  const isWebSocket = upgrade !== null && upgrade.toLowerCase() === 'websocket';
  if (upgrade !== null && hasBody) return refuse('upgrade-with-body');
  if (isWebSocket && !isWebSocketHandshake(head, fields)) return refuse('websocket-invalid');
  return {
    ok: true,
    request: {
      method,
      host: host.host,
      port: host.port,
      target,
      destination,
      rawHeaders,
      hasBody,
      isWebSocket,
      // RFC 9110 section 7.8: from HTTP/1.0 it means nothing.
      upgrade: httpVersion === '1.0' ? null : upgrade,
      // A client of HTTP/1.0 cannot wait for an interim response (RFC 9110 section 10.1.1).
      expectsContinue: expect !== undefined && hasBody && httpVersion !== '1.0',
      ...cookiesOf(fields),
      origin: fields.origin,
      accept: fields.accept,
      userAgent: readable(fields.userAgent),
      secFetchMode: fields.secFetchMode,
      secFetchDest: fields.secFetchDest,
      secFetchSite: fields.secFetchSite,
      purpose: fields.purpose,
      requestedWith: fields.requestedWith,
      presented: readPresented(fields),
      preflightMethod: head.method === 'OPTIONS' && !hasBody ? preflightMethodOf(fields) : null,
    },
  };
}

/** The fields that the gate needs, by single value. */
type Fields = Record<SingleField | JoinedField, string | undefined> & {
  /** The cookies made it too large for an application. */
  isOversized: boolean;
};

function readFields(rawHeaders: readonly string[], limits: GateLimits): Fields | Reason {
  if (rawHeaders.length > 2 * limits.headerCount) return 'headers-too-many';
  const fields = emptyFields();
  let bytes = 0;
  let cookieBytes = 0;
  let seenOnce: Set<string> | null = null;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const rawName = rawHeaders[i] ?? '';
    const value = rawHeaders[i + 1] ?? '';
    const length = rawName.length + value.length + 4;
    if (isCookie(rawName)) cookieBytes += length;
    else bytes += length;
    if (bytes > limits.headerBytes) return 'headers-too-large';
    if (bytes + cookieBytes > limits.headerBytes) {
      if (limits.cookieBytes === undefined) return 'headers-too-large';
      if (cookieBytes > limits.cookieBytes) return 'cookies-too-large';
      fields.isOversized = true;
    }
    const name = headerName(rawName);
    if (name === null) return 'header-name-invalid';
    const treatment = treatments.get(name.lower);
    if (!isPlainValue(value) && !(isOpaque(name.lower, treatment) && isOpaqueValue(value))) {
      return name.lower === 'host' ? 'host-invalid' : 'header-value-invalid';
    }
    if (treatment === undefined) {
      if (framing.has(name.folded)) return 'header-name-disguised';
    } else if (treatment.kind === 'single') {
      if (fields[treatment.field] !== undefined) return repeated(name.lower);
      fields[treatment.field] = value;
    } else if (treatment.kind === 'once') {
      seenOnce ??= new Set();
      if (seenOnce.has(name.lower)) return 'header-repeated';
      seenOnce.add(name.lower);
    } else {
      const { field } = treatment;
      const before = fields[field];
      fields[field] = before === undefined ? value : `${before}${field === 'cookie' ? '; ' : ', '}${value}`;
    }
  }
  return fields;
}

/** By its length first: this runs for every field. */
function isCookie(rawName: string): boolean {
  return rawName.length === 6 && rawName.toLowerCase() === 'cookie';
}

/** Of cookies that are too many only ours are read: what follows looks at no more text than of any other request. */
function cookiesOf({ cookie, isOversized }: Fields): Pick<GatedRequest, 'cookie' | 'oversizedCookies'> {
  if (!isOversized || cookie === undefined) return { cookie };
  return { cookie: ownCookiesOf(cookie), oversizedCookies: cookie };
}

/** Whether bytes from 0x80 in a field mean nothing to anybody here: they go on as they came. */
function isOpaque(lower: string, treatment: Treatment | undefined): boolean {
  return treatment === undefined || treatment.kind === 'once' || opaque.has(lower);
}

/** For the log, the session and the pages: bytes that have no one reading as `?`. */
function readable(text: string | undefined): string | undefined {
  return text === undefined || isPlainValue(text) ? text : text.replace(/[\x80-\xff]/g, '?');
}

/** Fetch section 4.8: a browser asks about the request that a script wants to make, and sends no credentials with the question. */
function preflightMethodOf(fields: Fields): string | null {
  const { origin, cookie, authorization, preflightMethod } = fields;
  if (origin === undefined || preflightMethod === undefined || !methods.has(preflightMethod)) return null;
  const hasCredentials =
    cookie !== undefined || authorization !== undefined || readPresented(fields) !== null;
  return hasCredentials ? null : preflightMethod;
}

function emptyFields(): Fields {
  return {
    host: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    expect: undefined,
    upgrade: undefined,
    origin: undefined,
    destination: undefined,
    accept: undefined,
    userAgent: undefined,
    secFetchMode: undefined,
    secFetchDest: undefined,
    secFetchSite: undefined,
    purpose: undefined,
    requestedWith: undefined,
    webSocketKey: undefined,
    webSocketVersion: undefined,
    preflightMethod: undefined,
    authorization: undefined,
    bouncerClientId: undefined,
    bouncerClientSecret: undefined,
    bouncerToken: undefined,
    cookie: undefined,
    connection: undefined,
    isOversized: false,
  };
}

function repeated(name: string): Reason {
  if (name === 'host') return 'host-repeated';
  if (name === 'content-length') return 'content-length-repeated';
  return name === 'transfer-encoding' ? 'transfer-encoding-invalid' : 'header-repeated';
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

function checkFraming(fields: Fields, httpVersion: string): Reason | null {
  const { contentLength, transferEncoding } = fields;
  if (contentLength !== undefined) {
    if (transferEncoding !== undefined) return 'framing-ambiguous';
    if (!/^(?:0|[1-9][0-9]{0,14})$/.test(contentLength)) return 'content-length-invalid';
  } else if (transferEncoding !== undefined) {
    // RFC 9112 sections 6.1 and 7: chunked in any case, alone, and not in HTTP/1.0. (The front says it for HTTP/2 bodies of unknown length.)
    if (transferEncoding.toLowerCase() !== 'chunked' || httpVersion === '1.0')
      return 'transfer-encoding-invalid';
  }
  return null;
}

function hasRequestBody(fields: Fields): boolean {
  return (
    fields.transferEncoding !== undefined ||
    (fields.contentLength !== undefined && fields.contentLength !== '0')
  );
}

/** RFC 6455 section 4.2.1. */
function isWebSocketHandshake(head: RawRequestHead, fields: Fields): boolean {
  if (head.httpVersion === '1.0' || head.method !== 'GET' || fields.webSocketVersion !== '13') return false;
  // 16 bytes in base64: 22 characters, of which the last carries 4 bits, and `==`.
  return /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(fields.webSocketKey ?? '');
}

function refuse(reason: Reason): GateResult {
  return { ok: false, refusal: { status: refusals[reason].status, reason } };
}
