// The answers that bouncer gives itself: a refusal, a challenge, one of its own pages. What is answered was judged before.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BouncerError } from '../bouncer-error.ts';
import type { Snapshot } from '../configuration/snapshot.ts';
import { preferredLanguage } from '../http/accept-language.ts';
import { parseTarget } from '../http/canonical-path.ts';
import { isGitClient, isPageNavigation } from '../http/client-kind.ts';
import type { GatedRequest, RawRequestHead } from '../http/gated-request.ts';
import { refusalPages } from '../http/refusal-pages.ts';
import { type Reason, refusals } from '../http/refusals.ts';
import { transportSecurity } from '../http/response-headers.ts';
import { accessPath } from '../identity/access/access-paths.ts';
import { identityOf, type Principal } from '../identity/principal.ts';
import { isWorthAsking } from '../rules/decide/is-worth-asking.ts';
import { opensNothing } from '../rules/decide/opens-root.ts';
import type { Denial } from '../rules/model/denial.ts';
import { factsOf, isOwnEndpoint } from './judge.ts';
import type { OwnEndpoints } from './own-endpoints.ts';
import { crossOriginFields } from './preflight.ts';
import { type Received, unreceived } from './receive-request.ts';
import { mustClose, type RefusalDetails, type RenderRefusal, sendRefusal } from './refusal.ts';

/** How far a request came, and where its answer goes. */
export interface Asked {
  readonly requestId: string;
  readonly snapshot: Snapshot;
  readonly nowMs: number;
  readonly head: RawRequestHead;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** `null`: its head could not even be looked at. */
  readonly received: Received | null;
  readonly principal: Principal;
}

/**
 * Answer with a refusal, in place of the application. Nothing may have been sent before.
 *
 * @param onRenderFailure told why there is no page
 * @returns the number of body bytes
 */
export function answerRefusal(
  asked: Asked,
  { reason, more }: { readonly reason: Reason; readonly more: RefusalDetails },
  render: RenderRefusal,
  onRenderFailure: (error: unknown) => void,
): number {
  const request = asked.received?.request ?? null;
  const identity = identityOf(asked.principal);
  const wantsPage = request !== null && isPerson(request);
  return sendRefusal(
    asked.res,
    {
      view: {
        reason,
        requestId: asked.requestId,
        application: asked.received?.application?.presentation ?? null,
        email: identity === null ? null : (identity.email ?? identity.name ?? identity.sub),
        emailFault: identity?.unsettled?.email ?? null,
        isLoggedIn: identity !== null,
        denial: wantsPage ? denialOf(asked, reason) : null,
        opensNothing: refusalPages[refusals[reason].page].offers === 'account' && canOpenNothing(asked),
        askHref: isByRules(reason) ? askHref(asked) : null,
        hostAuthUrl: asked.snapshot.settings.authUrl,
        retryPath: more.retryPath ?? retryPath(request),
        cookies: request?.oversizedCookies,
        language: preferredLanguage(wantsPage ? request.rawHeaders : []),
      },
      wantsPage,
      wantsText: request !== null && isGitClient(request),
      closes: mustClose(request),
      // Of the message that is answered, which may ask about another one.
      isHead: asked.req.method === 'HEAD',
      extraHeaders: { ...securityFields(asked.snapshot), ...crossOrigin(asked), ...more.extraHeaders },
      ...(more.extraJson === undefined ? {} : { extraJson: more.extraJson }),
    },
    render,
    onRenderFailure,
  );
}

/** Why the rules said no; of what nobody reads as a page nothing is found out. */
function denialOf({ received, principal, nowMs }: Asked, reason: Reason): Denial | null {
  const request = received?.request ?? null;
  const application = received?.application ?? null;
  if (received === null || request === null || application === null || !isByRules(reason)) return null;
  const area = application.selectArea(request.target);
  return area === 'ambiguous' ? null : area.denial(factsOf(received, request.method, principal, nowMs));
}

function isByRules(reason: Reason): boolean {
  return reason === 'no-policy-matched' || reason === 'policy-denied';
}

/** Where the person may ask for what they were refused, if the rules let them and a grant would open it. */
function askHref({ received, principal, nowMs, snapshot }: Asked): string | null {
  const request = received?.request ?? null;
  const application = received?.application ?? null;
  if (received === null || request === null || application === null || principal.kind !== 'person')
    return null;
  const area = application.selectArea(request.target);
  if (area === 'ambiguous' || !isWorthAsking(application, area, factsOf(received, 'GET', principal, nowMs)))
    return null;
  const { path, query } = request.target;
  // Back to where they were going; what is too long for that leads to the same path.
  const hrefs = [path + query, path].map((to) => `${accessPath}?to=${encodeURIComponent(to)}`);
  return hrefs.find(({ length }) => length <= snapshot.settings.limits.urlBytes) ?? null;
}

/** Of a person who is refused: whether another account is what helps. */
function canOpenNothing({ received, principal, nowMs, snapshot }: Asked): boolean {
  if (received === null || identityOf(principal) === null) return false;
  return opensNothing(snapshot.rules.applications, factsOf(received, 'GET', principal, nowMs));
}

/** Send a client elsewhere, as a page navigation to the login. Nothing may have been sent before. */
export function answerRedirect(
  { snapshot, requestId, req, res }: Asked,
  request: GatedRequest,
  { location, status }: { readonly location: string; readonly status: 302 | 307 },
): void {
  const headers: Record<string, string> = {
    Location: location,
    'Cache-Control': 'no-store',
    'Content-Length': '0',
    'X-Request-Id': requestId,
    ...securityFields(snapshot),
  };
  if (mustClose(request) && req.httpVersionMajor < 2) headers['Connection'] = 'close';
  res.writeHead(status, headers);
  res.end();
}

/**
 * Hand a request to bouncer's own pages.
 *
 * @param path another path and query than the request's, on the same host: a way to the login that is too long for a
 *   request line, the browser's own or that of a server in front, begins without one
 */
export function answerOwn(asked: Asked, own: OwnEndpoints, request: GatedRequest, path: string | null): void {
  const { snapshot, principal, nowMs } = asked;
  const received = asked.received ?? unreceived;
  const visited = path === null ? request : { ...request, target: targetOf(path) };
  own.handle(asked.req, asked.res, {
    visit: {
      host: visited.host,
      application: received.application,
      query: visited.target.query,
      cookie: visited.cookie,
      session: principal.kind === 'person' && principal.program === null ? principal : null,
      holder: holderOf(principal),
      ip: received.ip,
      userAgent: visited.userAgent,
      language: preferredLanguage(visited.rawHeaders),
      requestId: asked.requestId,
      nowMs,
    },
    request: visited,
    settings: snapshot.settings,
    rules: snapshot.rules,
    isAuthHost: visited.host === snapshot.authHost,
    facts: factsOf(received, visited.method, principal, nowMs),
  });
}

/** Whom a token stands for; `null` for a browser's session and for nobody. */
function holderOf(principal: Principal): Parameters<OwnEndpoints['handle']>[2]['visit']['holder'] {
  if (principal.kind === 'service') return principal;
  return principal.kind === 'person' && principal.program !== null ? principal : null;
}

function targetOf(path: string): GatedRequest['target'] {
  const target = parseTarget(path);
  if ('problem' in target) throw new BouncerError('internal', 'the way to the login is not a path');
  return target;
}

/** Said on every answer of a site that is reached by https (RFC 6797 section 7.2). */
function securityFields({ scheme }: Snapshot): Readonly<Record<string, string>> {
  return scheme === 'https' ? { 'Strict-Transport-Security': transportSecurity } : {};
}

function crossOrigin({ received, snapshot }: Asked): Readonly<Record<string, string>> {
  const { request, application } = received ?? unreceived;
  return request === null || application === null || isOwnEndpoint(request, application, snapshot)
    ? {}
    : crossOriginFields(request, application);
}

/** A person looks at the answer: they open a page, or sent a form. */
function isPerson(request: GatedRequest): boolean {
  return isPageNavigation(request) || (request.secFetchMode === 'navigate' && !request.isWebSocket);
}

function retryPath(request: GatedRequest | null): string | null {
  return request !== null && request.method === 'GET' ? request.target.path + request.target.query : null;
}
