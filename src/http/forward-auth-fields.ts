// The question that another proxy asks before it lets a request through (`auth_request`, ForwardAuth, ext_authz): which request it is
// about. Each kind of proxy says so in fields of its own, and nothing else counts. Pure; who may ask is not judged here.
import type { RawRequestHead } from './gated-request.ts';
import { headerClaim } from './header-families.ts';
import { foldHeaderName, headerName } from './header-name.ts';
import { hopByHop } from './header-table.ts';
import { methods } from './methods.ts';
import { ownCopy } from './own-copy.ts';
import { tokenFields } from './own-token.ts';
import { rememberKinds } from './remember-kinds.ts';

export const frontKinds = ['nginx', 'traefik', 'caddy', 'haproxy', 'envoy'] as const;
/** The proxy that asks. */
export type FrontKind = (typeof frontKinds)[number];

/** Where it asks. */
export const verifyPath = '/.bouncer/verify';
/** Where it fetches the answer for a client whom it does not let through, when it cannot pass on the first one. */
export const answerPath = '/.bouncer/answer';

/** In which fields a proxy names the request, lower case. What none of them says is in the line of its own question. */
interface FieldTable {
  /** A whole address in place of host and path. */
  readonly url?: string;
  readonly host?: string;
  readonly uri?: string;
  readonly method?: string;
}

const forwarded = { host: 'x-forwarded-host', uri: 'x-forwarded-uri', method: 'x-forwarded-method' };

/**
 * nginx: what its ingress controller writes. Traefik and Caddy write theirs by themselves. For HAProxy it is a convention of ours. Envoy
 * sends the request's own line, below a prefix.
 */
const tables: Readonly<Record<FrontKind, FieldTable>> = {
  nginx: { url: 'x-original-url', method: 'x-original-method' },
  traefik: forwarded,
  caddy: forwarded,
  haproxy: forwarded,
  envoy: { host: 'host' },
};

/** Fields that name a request besides those that claim a path: of the wrong kind, nobody knows whose word they are. */
const naming: ReadonlySet<string> = new Set(['x-forwarded-host', 'x-forwarded-url', 'x-original-host']);

/** What the answer is for. */
export type CheckMode = 'verify' | 'answer';

/** The request that a question is about, or what is wrong with the question, for whoever runs the proxy. */
export type ParsedCheck =
  | { readonly kind: 'request'; readonly mode: CheckMode; readonly head: RawRequestHead }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unclear'; readonly cause: string };

/** A question that was understood, for others with the same fields but for those that name the request. */
export interface KnownQuestion {
  /** Name, value, name, value …: a copy. */
  readonly rawHeaders: readonly string[];
  readonly fields: SortedFields;
  /** The head that was made of it is of this host, as it was named, and asks for this change of protocol. */
  readonly host: string;
  readonly isWebSocket: boolean;
}

/** As {@link ParsedCheck}, with what is to be known of a question that was understood. */
export type ReadCheck =
  | (Extract<ParsedCheck, { kind: 'request' }> & { readonly known: KnownQuestion })
  | Exclude<ParsedCheck, { kind: 'request' }>;

/**
 * Read a question.
 *
 * @param proxy who asks, by the settings: never by what the question looks like
 * @returns the head of the request as its client sent it, for the gate to judge: the fields of the question's own connection are left out
 */
export function parseCheck(question: RawRequestHead, proxy: FrontKind): ReadCheck {
  const place = placeOf(question.url, proxy);
  if (place === null) return { kind: 'elsewhere' };
  const { rawHeaders } = question;
  const fields = sortFields(rawHeaders, proxy);
  if (typeof fields === 'string') return unclear(fields);
  const about = nameRequest(question, { proxy, place, named: fields.named });
  if (typeof about === 'string') return unclear(about);
  const isWebSocket = fields.hasWebSocketKey && about.method === 'GET';
  const headers = ['Host', about.host, ...fields.rest];
  if (isWebSocket) headers.push('Connection', 'Upgrade', 'Upgrade', 'websocket');
  return {
    kind: 'request',
    mode: place.mode,
    head: { method: about.method, url: about.uri, httpVersion: '1.1', rawHeaders: headers },
    known: { rawHeaders: rawHeaders.slice(), fields, host: ownCopy(about.host), isWebSocket },
  };
}

/**
 * The same of a question whose fields may be those of one before.
 *
 * @returns the head that was made of that one, with method and path of this one; `null`: it differs in more than them
 */
export function repeatCheck(
  question: RawRequestHead,
  proxy: FrontKind,
  before: { readonly question: KnownQuestion; readonly rawHeaders: readonly string[] },
): Extract<ParsedCheck, { kind: 'request' }> | null {
  const { rawHeaders, fields, host, isWebSocket } = before.question;
  if (!isSameButNames(question.rawHeaders, rawHeaders, fields)) return null;
  const place = placeOf(question.url, proxy);
  if (place === null) return null;
  const about = nameRequest(question, { proxy, place, named: fields.named });
  if (typeof about === 'string' || about.host !== host) return null;
  const { method, uri: url } = about;
  if (isWebSocket !== (fields.hasWebSocketKey && method === 'GET')) return null;
  return {
    kind: 'request',
    mode: place.mode,
    head: { method, url, httpVersion: '1.1', rawHeaders: before.rawHeaders },
  };
}

function unclear(cause: string): Extract<ParsedCheck, { kind: 'unclear' }> {
  return { kind: 'unclear', cause };
}

interface Place {
  readonly mode: CheckMode;
  /** What stands below the prefix; empty where the fields name the path. */
  readonly uri: string;
}

/** Which question it is. */
function placeOf(url: string, proxy: FrontKind): Place | null {
  if (proxy !== 'envoy') {
    // Caddy leaves the query of the request on its question.
    const path = url.split('?', 1)[0];
    if (path === verifyPath) return verifying;
    return path === answerPath ? answering : null;
  }
  return url.startsWith(`${verifyPath}/`) ? { mode: 'verify', uri: url.slice(verifyPath.length) } : null;
}

const verifying: Place = Object.freeze({ mode: 'verify', uri: '' });
const answering: Place = Object.freeze({ mode: 'answer', uri: '' });

// What a field of a question is.
/** Of the request itself. */
const ofRequest = 0;
/** Of the question's own connection: its framing, and what ends at the proxy. */
const ofConnection = 1;
const namesRequest = 2;
/** As {@link ofRequest}. Proxies leave `Upgrade` out; this they pass on, and no other request has it (RFC 6455 section 4.1). */
const webSocketKey = 3;
const invalid = 4;
const misspelt = 5;
const ofOthers = 6;
type FieldKind = 0 | 1 | 2 | 3 | 4 | 5 | 6;

const judges = Object.fromEntries(
  frontKinds.map((proxy) => [proxy, rememberKinds(createFieldJudge(proxy))]),
) as unknown as Readonly<Record<FrontKind, (rawName: string) => FieldKind>>;

function createFieldJudge(proxy: FrontKind): (rawName: string) => FieldKind {
  const own = new Set<string>(Object.values(tables[proxy]));
  return (rawName) => {
    const name = headerName(rawName);
    if (name === null) return invalid;
    const { lower, folded } = name;
    if (own.has(lower)) return namesRequest;
    if (own.has(folded)) return misspelt;
    const isEnvoys = proxy === 'envoy' && folded.startsWith('x-envoy-');
    if (!isEnvoys && (naming.has(folded) || headerClaim(folded) === 'path')) return ofOthers;
    if (lower === 'sec-websocket-key') return webSocketKey;
    return folded === 'host' || folded === 'content-length' || folded === 'expect' || hopByHop.has(folded)
      ? ofConnection
      : ofRequest;
  };
}

interface SortedFields {
  /** Where the value of each field stands that names the request, by its lower-case name. */
  readonly named: ReadonlyMap<string, number>;
  /** Name, value, name, value … of the request itself. */
  readonly rest: readonly string[];
  readonly hasWebSocketKey: boolean;
}

/** The fields that name the request, each once, and those of the request itself; or what is wrong. */
function sortFields(rawHeaders: readonly string[], proxy: FrontKind): SortedFields | string {
  const judge = judges[proxy];
  const named = new Map<string, number>();
  const rest: string[] = [];
  let hasWebSocketKey = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const rawName = rawHeaders[i] ?? '';
    const kind = judge(rawName);
    if (kind === ofRequest || kind === webSocketKey) {
      rest.push(rawName, rawHeaders[i + 1] ?? '');
      if (kind === webSocketKey) hasWebSocketKey = true;
    } else if (kind === namesRequest) {
      const lower = rawName.toLowerCase();
      if (named.has(lower)) return `\`${rawName}\` stands there twice`;
      named.set(lower, i + 1);
    } else if (kind !== ofConnection) return whatIsWrong(rawName, kind, proxy);
  }
  return { named, rest, hasWebSocketKey };
}

function whatIsWrong(
  rawName: string,
  kind: typeof invalid | typeof misspelt | typeof ofOthers,
  proxy: FrontKind,
): string {
  if (kind === invalid) return 'a header field has a name that is not valid';
  const folded = foldHeaderName(rawName);
  return kind === misspelt
    ? `\`${folded}\` comes in another spelling`
    : `\`${folded}\` is not a field of ${proxy}`;
}

function isSameButNames(
  one: readonly string[],
  other: readonly string[],
  { named }: Pick<SortedFields, 'named'>,
): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) {
    if (one[i] === other[i]) continue;
    // A name, or the value of a field of the request itself.
    if (i % 2 === 0 || !named.has((one[i - 1] ?? '').toLowerCase())) return false;
  }
  return true;
}

interface NamedRequest {
  readonly host: string;
  readonly uri: string;
  readonly method: string;
}

/** @param found which question it is, and where its values are */
function nameRequest(
  { method: ownMethod, rawHeaders }: RawRequestHead,
  found: { readonly proxy: FrontKind; readonly place: Place; readonly named: ReadonlyMap<string, number> },
): NamedRequest | string {
  const { proxy, place, named } = found;
  const table = tables[proxy];
  const at = (name: string): string => rawHeaders[named.get(name) ?? -1] ?? '';
  for (const name of namesOf[proxy]) if (at(name) === '') return `\`${name}\` is missing`;
  const method = table.method === undefined ? ownMethod : at(table.method);
  if (!methods.has(method)) return 'the method of the request is not one that passes';
  if (table.url !== undefined) {
    const parts = /^https?:\/\/([^/?#]+)(\/.*)$/i.exec(at(table.url));
    if (parts === null) return `\`${table.url}\` is not \`scheme://host/path\``;
    return { host: parts[1] ?? '', uri: parts[2] ?? '', method };
  }
  const host = table.host === undefined ? '' : at(table.host);
  const uri = table.uri === undefined ? place.uri : at(table.uri);
  return uri.startsWith('/') ? { host, uri, method } : `\`${table.uri ?? 'the address'}\` is not a path`;
}

const namesOf = Object.fromEntries(
  frontKinds.map((kind) => [kind, Object.values(tables[kind])]),
) as unknown as Readonly<Record<FrontKind, readonly string[]>>;

/**
 * Finds a field of the client's by which it would pose as somebody: one that the answer sets, in any spelling, or one that claims an
 * identity to some application. The proxy passes it on, and not every one overwrites it where the answer is empty.
 *
 * @param said the fields that the answer sets, folded @param passed those that the application takes from clients, lower case
 * @returns of a request's fields the first such, folded; `null`: there is none
 */
export function createClaimFinder(
  said: ReadonlySet<string>,
  passed: ReadonlySet<string>,
): (rawHeaders: readonly string[]) => string | null {
  const isClaim = rememberKinds((rawName) => {
    const name = headerName(rawName);
    if (name === null || passed.has(name.lower) || tokenFields.has(name.lower)) return 0;
    return said.has(name.folded) || headerClaim(name.folded) === 'identity' ? 1 : 0;
  });
  return (rawHeaders) => {
    for (let i = 0; i < rawHeaders.length; i += 2)
      if (isClaim(rawHeaders[i] ?? '') === 1) return foldHeaderName(rawHeaders[i] ?? '');
    return null;
  };
}
