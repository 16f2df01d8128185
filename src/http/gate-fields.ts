// The fields of a request head, read once by name: which may stand once, which are joined, what their values may hold. What they mean
// together is the gate's to judge.
import { headerName, isOpaqueValue, isPlainValue } from './header-name.ts';
import type { Reason } from './refusals.ts';

/** The most of a head. Bytes as on the wire of HTTP/1.1: name, `: `, value, line end. */
export interface FieldLimits {
  readonly headerBytes: number;
  /** Cookies beyond `headerBytes` that make a request one of bouncer's own pages only, bytes; absent: none. */
  readonly cookieBytes?: number;
  readonly headerCount: number;
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

/** The fields that the gate needs, by single value. */
export type GateFields = Record<SingleField | JoinedField, string | undefined> & {
  /** The cookies made it too large for an application. */
  isOversized: boolean;
};

/** Read them, or say why they have no one meaning. */
export function parseGateFields(rawHeaders: readonly string[], limits: FieldLimits): GateFields | Reason {
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

/** Whether bytes from 0x80 in a field mean nothing to anybody here: they go on as they came. */
function isOpaque(lower: string, treatment: Treatment | undefined): boolean {
  return treatment === undefined || treatment.kind === 'once' || opaque.has(lower);
}

function emptyFields(): GateFields {
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
