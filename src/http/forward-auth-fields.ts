// The question that another proxy asks before it lets a request through (`auth_request`, ForwardAuth, ext_authz): which request it is
// about. Each kind of proxy says so in fields of its own, and nothing else counts. Pure; who may ask is not judged here.
import type { RawRequestHead } from './gated-request.ts';
import { headerClaim } from './header-families.ts';
import { headerName } from './header-name.ts';
import { hopByHop } from './header-table.ts';
import { methods } from './methods.ts';
import { tokenFields } from './own-token.ts';

export const frontKinds = ['nginx', 'traefik', 'caddy', 'haproxy', 'envoy'] as const;
/** The proxy that asks. */
export type FrontKind = (typeof frontKinds)[number];

/** Where it asks. */
export const verifyPath = '/.bouncer/verify';
/** Where it fetches the answer for a client whom it does not let through, when it cannot pass on the first one. */
export const answerPath = '/.bouncer/answer';

/** In which fields a proxy names the request, lower case. With none of them, in the line and `Host` of its own question. */
type FieldTable =
  | { readonly url: string; readonly method: string }
  | { readonly host: string; readonly uri: string; readonly method: string }
  | null;

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
  envoy: null,
};

/** The fields of each table. */
const ownFields = Object.fromEntries(
  frontKinds.map((kind) => [kind, new Set(Object.values(tables[kind] ?? { host: 'host' }))]),
) as unknown as Readonly<Record<FrontKind, ReadonlySet<string>>>;

/** Fields that name a request besides those that claim a path: of the wrong kind, nobody knows whose word they are. */
const naming: ReadonlySet<string> = new Set(['x-forwarded-host', 'x-forwarded-url', 'x-original-host']);

/** What the answer is for. */
export type CheckMode = 'verify' | 'answer';

/** The request that a question is about, or what is wrong with the question, for whoever runs the proxy. */
export type ParsedCheck =
  | { readonly kind: 'request'; readonly mode: CheckMode; readonly head: RawRequestHead }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unclear'; readonly cause: string };

/**
 * Read a question.
 *
 * @param proxy who asks, by the settings: never by what the question looks like
 * @returns the head of the request as its client sent it, for the gate to judge: the fields of the question's own connection are left out
 */
export function parseCheck({ method, url, rawHeaders }: RawRequestHead, proxy: FrontKind): ParsedCheck {
  const table = tables[proxy];
  const place = placeOf(url, table);
  if (place === null) return { kind: 'elsewhere' };
  const read = sortFields(rawHeaders, proxy);
  if (typeof read === 'string') return unclear(read);
  const { named, rest } = read;
  const about =
    table === null ? { host: named.get('host'), uri: place.uri, method } : nameRequest(named, table);
  if (typeof about === 'string') return unclear(about);
  if (about.host === undefined) return unclear('`Host` is missing');
  if (!methods.has(about.method)) return unclear('the method of the request is not one that passes');
  const headers = ['Host', about.host, ...rest];
  if (isWebSocket(about.method, rest)) headers.push('Connection', 'Upgrade', 'Upgrade', 'websocket');
  return {
    kind: 'request',
    mode: place.mode,
    head: { method: about.method, url: about.uri, httpVersion: '1.1', rawHeaders: headers },
  };
}

function unclear(cause: string): ParsedCheck {
  return { kind: 'unclear', cause };
}

/** Which question it is; with a prefix, what stands below it. */
function placeOf(url: string, table: FieldTable): { readonly mode: CheckMode; readonly uri: string } | null {
  if (table !== null) {
    // Caddy leaves the query of the request on its question.
    const path = url.split('?', 1)[0];
    if (path === verifyPath) return { mode: 'verify', uri: '' };
    return path === answerPath ? { mode: 'answer', uri: '' } : null;
  }
  return url.startsWith(`${verifyPath}/`) ? { mode: 'verify', uri: url.slice(verifyPath.length) } : null;
}

/** The fields that name the request, each once, and those of the request itself; or what is wrong. */
function sortFields(
  rawHeaders: readonly string[],
  proxy: FrontKind,
): { readonly named: ReadonlyMap<string, string>; readonly rest: readonly string[] } | string {
  const own = ownFields[proxy];
  const named = new Map<string, string>();
  const rest: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const rawName = rawHeaders[i] ?? '';
    const value = rawHeaders[i + 1] ?? '';
    const name = headerName(rawName);
    if (name === null) return 'a header field has a name that is not valid';
    const { lower, folded } = name;
    if (own.has(lower)) {
      if (named.has(lower)) return `\`${rawName}\` stands there twice`;
      named.set(lower, value);
    } else if (own.has(folded)) return `\`${folded}\` comes in another spelling`;
    else if (namesRequest(folded, proxy)) return `\`${folded}\` is not a field of ${proxy}`;
    else if (!isOfConnection(folded)) rest.push(rawName, value);
  }
  return { named, rest };
}

function namesRequest(folded: string, proxy: FrontKind): boolean {
  if (proxy === 'envoy' && folded.startsWith('x-envoy-')) return false;
  return naming.has(folded) || headerClaim(folded) === 'path';
}

/** Of the question itself, not of the request: its framing, and what belongs to its connection. */
function isOfConnection(folded: string): boolean {
  return folded === 'host' || folded === 'content-length' || folded === 'expect' || hopByHop.has(folded);
}

interface NamedRequest {
  readonly host: string;
  readonly uri: string;
  readonly method: string;
}

function nameRequest(
  named: ReadonlyMap<string, string>,
  table: NonNullable<FieldTable>,
): NamedRequest | string {
  const missing = Object.values(table).find((name) => (named.get(name) ?? '') === '');
  if (missing !== undefined) return `\`${missing}\` is missing`;
  const at = (name: string): string => named.get(name) ?? '';
  const method = at(table.method);
  if ('uri' in table) return whole({ host: at(table.host), uri: at(table.uri), method }, table.uri);
  const found = /^https?:\/\/([^/?#]+)(\/.*)$/i.exec(at(table.url));
  if (found === null) return `\`${table.url}\` is not \`scheme://host/path\``;
  return { host: found[1] ?? '', uri: found[2] ?? '', method };
}

function whole(request: NamedRequest, field: string): NamedRequest | string {
  return request.uri.startsWith('/') ? request : `\`${field}\` is not a path`;
}

/** Proxies leave `Upgrade` out of their question; these fields they pass on, and no other request has them (RFC 6455 section 4.1). */
function isWebSocket(method: string, rest: readonly string[]): boolean {
  return (
    method === 'GET' && rest.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'sec-websocket-key')
  );
}

/**
 * A field of the client's by which it would pose as somebody: one that the answer sets, in any spelling, or one that claims an identity to
 * some application. The proxy passes it on, and not every one overwrites it where the answer is empty. `null`: there is none.
 *
 * @param said the fields that the answer sets, folded @param passed those that the application takes from clients, lower case
 */
export function findClaim(
  rawHeaders: readonly string[],
  said: ReadonlySet<string>,
  passed: ReadonlySet<string>,
): string | null {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = headerName(rawHeaders[i] ?? '');
    if (name === null || passed.has(name.lower) || tokenFields.has(name.lower)) continue;
    if (said.has(name.folded) || headerClaim(name.folded) === 'identity') return name.folded;
  }
  return null;
}
