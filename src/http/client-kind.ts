// What kind of client asks, by what browsers say of their own accord: a person who opens a page, or a program; this
// origin, or another one. Nothing here switches a policy off: it only chooses the form of an answer, or refuses.
import type { GatedRequest } from './gated-request.ts';

/** What decides about the kind of client; a part of {@link GatedRequest}. */
export type ClientHints = Pick<
  GatedRequest,
  | 'method'
  | 'isWebSocket'
  | 'accept'
  | 'origin'
  | 'secFetchMode'
  | 'secFetchDest'
  | 'secFetchSite'
  | 'purpose'
  | 'requestedWith'
>;

/** Destinations inside another page (Fetch section 2.2.5). */
const frameDestinations: ReadonlySet<string> = new Set(['iframe', 'frame', 'fencedframe']);

/**
 * Destinations that show a page to a person. `empty` with the mode `navigate` is an application's service worker that hands on
 * a navigation: no script can ask in that mode, and the browser itself follows the redirect.
 */
const pageDestinations: ReadonlySet<string> = new Set(['document', 'empty', ...frameDestinations]);

/**
 * Whether a person opens a page, so that a redirect to the login makes sense. Otherwise a program asks, and gets a 401.
 *
 * Fetch metadata decides where a browser sent it; without it, `Accept` must name `text/html`. A page that is fetched in advance
 * would begin a login that nobody asked for, and a frame on another site one that cannot end: browsers keep no cookie of ours there.
 */
export function isPageNavigation(request: ClientHints): boolean {
  if (request.isWebSocket || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
  const { secFetchMode, secFetchDest, accept } = request;
  if (request.purpose !== undefined && isInAdvance(request.purpose)) return false;
  if (request.requestedWith !== undefined && isScript(request.requestedWith)) return false;
  if (secFetchMode !== undefined) {
    if (request.secFetchSite === 'cross-site' && frameDestinations.has(secFetchDest ?? '')) return false;
    return secFetchMode === 'navigate' && (secFetchDest === undefined || pageDestinations.has(secFetchDest));
  }
  return accept !== undefined && acceptsHtml(accept);
}

/** Programs of Git: its own, its large files' and its reimplementations. */
const gitAgent = /^(?:git|git-lfs|JGit|go-git)\//i;

/** Whether Git asks, by its name or by what only Git asks for (the smart HTTP protocol of gitprotocol-http). */
export function isGitClient({ userAgent, target }: Pick<GatedRequest, 'userAgent' | 'target'>): boolean {
  if (userAgent !== undefined && gitAgent.test(userAgent)) return true;
  return target.path.endsWith('/info/refs') && /^\?service=git-(?:upload|receive)-pack$/.test(target.query);
}

/** Whether something asks that is not a browser: they say of every request what it is for (Fetch metadata). */
export function isProgram(request: ClientHints): boolean {
  return (
    request.secFetchMode === undefined && request.secFetchSite === undefined && !isPageNavigation(request)
  );
}

/** A page that is fetched before anybody asks for it, by any of the words that browsers had for that. */
function isInAdvance(purpose: string): boolean {
  return purpose.split(',').some((item) => /^(?:prefetch|prerender|preview)\b/i.test(item.trim()));
}

/** A word such as `XMLHttpRequest`; a name with dots is that of an Android application in which a person reads a page. */
function isScript(requestedWith: string): boolean {
  const name = requestedWith.trim();
  return name !== '' && !name.includes('.');
}

function acceptsHtml(accept: string): boolean {
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';');
    const name = type.trim().toLowerCase();
    if (name !== 'text/html' && name !== 'application/xhtml+xml') continue;
    if (!parameters.some((parameter) => /^\s*q=0(?:\.0{0,3})?\s*$/i.test(parameter))) return true;
  }
  return false;
}

/**
 * Whether the request certainly comes from a page of the given origin: the rule for every POST that changes something.
 *
 * A request with neither `Origin` nor `Sec-Fetch-Site` proves nothing, and is not same-origin.
 *
 * @param origin such as `https://app.example.com`, from the settings and never from `Host`
 */
export function isSameOrigin(request: ClientHints, origin: string): boolean {
  const { secFetchSite } = request;
  if (secFetchSite !== undefined && secFetchSite !== 'same-origin') return false;
  return request.origin === undefined ? secFetchSite === 'same-origin' : request.origin === origin;
}

/**
 * Whether a WebSocket handshake may go on by its `Origin`: the application's own, or one that its rules list.
 *
 * Browsers always send `Origin` on handshakes. A program that sends none, and whose `Sec-Fetch-Site` does not name another
 * site, carries no person's cookies along unasked.
 *
 * @param own such as `https://app.example.com`, from the settings and never from `Host`
 * @param allowed further origins, exactly as browsers write them
 */
export function isWebSocketOriginAllowed(
  request: ClientHints,
  own: string,
  allowed: readonly string[],
): boolean {
  const { origin, secFetchSite } = request;
  if (origin !== undefined) return origin === own || allowed.includes(origin);
  return secFetchSite === undefined || secFetchSite === 'same-origin' || secFetchSite === 'none';
}

/**
 * Whether a page of the given origin sent a form, or a person pressed a button there, in a window of its own: said by what no script can
 * set (Fetch section 2.2.5). A browser that does not say it proves nothing.
 *
 * @param origin as of {@link isSameOrigin}
 */
export function isFormOfOwnPage(request: ClientHints, origin: string): boolean {
  const { method, secFetchMode, secFetchDest, secFetchSite } = request;
  if (method !== 'POST' || secFetchSite !== 'same-origin') return false;
  if (secFetchMode !== 'navigate' || secFetchDest !== 'document') return false;
  // `null`: a page with `Referrer-Policy: no-referrer` (Fetch section 3.2).
  return request.origin === undefined || request.origin === 'null' || request.origin === origin;
}
