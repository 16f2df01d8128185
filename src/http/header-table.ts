// What every header name is to bouncer, in one table: who may set, remove or pass it. Rules and settings ask it when they are
// checked and the header plans when they are compiled, so that what is found good is good.
import { headerClaim } from './header-families.ts';
import { foldHeaderName, isToken } from './header-name.ts';
import { tokenFields } from './own-token.ts';

/** Hop-by-hop fields (RFC 9110 section 7.6.1, and those of RFC 9110 section 11.7 for proxies): they end at bouncer, both ways. */
export const hopByHop: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['proxy-authenticate', 'proxy-authorization', 'proxy-authentication-info', 'http2-settings'],
]);

/** Connection-specific fields, which HTTP/2 has no place for (RFC 9113 section 8.2.2); `TE` may say `trailers` there. */
export const connectionSpecific: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings'],
]);

/** Fields that frame or route one message: bouncer makes them. */
const framing: ReadonlySet<string> = new Set(['host', 'content-length', 'expect', 'via']);

/** Response fields that would send clients to an address where nobody asks who they are (RFC 7838): never passed on. */
export const leadingAround: ReadonlySet<string> = new Set(['alt-svc', 'alternate-protocol']);

/** Request fields that bouncer writes itself. */
export const written: ReadonlySet<string> = new Set([
  ...['host', 'x-request-id', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'],
]);

/** What applications believe about where a request came from and what it is: bouncer's, or nobody's. No rule sets them. */
const bouncersAlone: ReadonlySet<string> = new Set([
  ...written,
  ...['forwarded', 'x-forwarded-port', 'x-forwarded-server', 'x-forwarded-prefix', 'x-forwarded-ssl'],
  ...['x-forwarded-scheme', 'x-real-ip', 'x-client-ip', 'x-cluster-client-ip', 'true-client-ip'],
  ...['cf-connecting-ip', 'x-original-url', 'x-rewrite-url', 'x-original-uri'],
  ...['x-http-method-override', 'x-http-method', 'x-method-override'],
]);

/** Names with a meaning of their own that an assertion would take away. */
const meaningful =
  /^(?:content-.*|set-cookie2?|authorization|date|x-forwarded-.*|sec-.*|accept.*|origin|range|if-.*|trailers)$/;

/** What somebody wants to do with a header. */
export type HeaderUse =
  | 'assertion'
  | 'identity'
  | 'request-set'
  | 'request-remove'
  | 'request-pass'
  | 'response-set'
  | 'response-remove';

/** Why a header cannot be used so. `reason` goes on after the name: `belongs to bouncer`. */
export interface HeaderProblem {
  readonly code: 'bad-header-name' | 'header-not-yours' | 'reserved-header';
  readonly reason: string;
  readonly hint: string | null;
}

/**
 * Whether a folded name is bouncer's own (`X-Bouncer-…`, or a field that carries its tokens): no client, application or rule says anything
 * in it.
 */
function isOwnHeader(folded: string): boolean {
  return folded === 'x-bouncer' || folded.startsWith('x-bouncer-') || tokenFields.has(folded);
}

/**
 * Why a header of this name cannot be used in this way; `null` when it can.
 *
 * That two uses of one application do not clash is NOT checked.
 *
 * @param name as written in settings or rules; every spelling that a server could take for the same name counts
 */
export function headerProblem(name: string, use: HeaderUse): HeaderProblem | null {
  if (!isToken(name))
    return { code: 'bad-header-name', reason: 'is not a header name', hint: 'letters, digits and `-`' };
  const folded = foldHeaderName(name);
  return use === 'assertion' ? assertionProblem(folded) : editProblem(folded, use);
}

function assertionProblem(folded: string): HeaderProblem | null {
  const isTaken =
    tokenFields.has(folded) ||
    isOfConnection(folded) ||
    bouncersAlone.has(folded) ||
    folded === 'cookie' ||
    meaningful.test(folded);
  if (!isTaken && !folded.startsWith('proxy-')) return null;
  return {
    code: 'reserved-header',
    reason: 'has another meaning',
    hint: 'use a name of its own, such as `X-Bouncer-Jwt-Assertion`',
  };
}

function editProblem(folded: string, use: Exclude<HeaderUse, 'assertion'>): HeaderProblem | null {
  const no = (reason: string, hint: string | null = null): HeaderProblem => ({
    code: 'header-not-yours',
    reason,
    hint,
  });
  if (isOwnHeader(folded))
    return no(
      'belongs to bouncer',
      'names that begin with `X-Bouncer-`, and those that carry its tokens, are never set or removed by rules',
    );
  if (isOfConnection(folded)) {
    const hint = folded === 'host' ? 'see `host_header` in `upstream_options`' : null;
    return no('belongs to the connection, which bouncer makes', hint);
  }
  if (!use.startsWith('response') && bouncersAlone.has(folded))
    return no('is set by bouncer, or removed', 'applications must be able to believe it');
  if (folded === 'cookie') return no('cannot be changed');
  if (/^set-cookie2?$/.test(folded) && use !== 'response-remove') return no('cannot be set');
  switch (use) {
    case 'identity':
      if (folded !== 'authorization') return null;
      return no('would look like a credential', 'for example `X-Forwarded-Email`');
    case 'request-pass':
      return passProblem(folded, no);
    case 'response-set':
      return leadingAround.has(folded) ? no('would lead browsers around bouncer') : null;
    case 'request-set':
    case 'request-remove':
    case 'response-remove':
      return null;
    default:
      return use satisfies never;
  }
}

function passProblem(
  folded: string,
  no: (reason: string, hint?: string) => HeaderProblem,
): HeaderProblem | null {
  switch (headerClaim(folded)) {
    case null:
      return no('reaches the application anyway', 'only what is dropped by default needs `pass`');
    case 'path':
      return no('would name another path than the one that was decided upon');
    case 'method':
      return no(
        'needs no `pass`',
        'a method override passes where no policy of the application looks at the method',
      );
    case 'identity':
    case 'address':
    case 'scheme and host':
      return null;
  }
}

function isOfConnection(folded: string): boolean {
  return hopByHop.has(folded) || framing.has(folded) || folded.startsWith('sec-websocket-');
}
