// The first half of a login: from an application's host to `auth_url`, and from there to the provider or straight back.
// It stores nothing for a visitor who is not logged in.

import { authHostOf, originOf } from '../../http/origin-of.ts';
import type { CanonicalHost } from '../../http/request-target.ts';
import { checkReturnAddress } from '../../http/return-address.ts';
import type { Application } from '../../rules/model/compiled-rules.ts';
import { approvalsPath } from '../access/access-paths.ts';
import { createId, createToken, hashToken } from '../opaque-token.ts';
import { principalAt } from '../principal.ts';
import type { Session } from '../sessions/session.ts';
import { endOfSession } from '../sessions/session-limits.ts';
import { askProvider } from './ask-provider.ts';
import { offerWays, startPage, waysInto } from './choose-provider.ts';
import { beginCodeLogin } from './code-login.ts';
import { handOff } from './handoff.ts';
import { asksOwnKey, keyPath, keyStepUpUrl, mayUseOwnKey } from './key-step-up.ts';
import { endUrl, type LoginContext, problemStep } from './login-context.ts';
import { appendNeeds, hasNeeds, type LoginNeeds, meetsNeeds, parseNeeds } from './login-needs.ts';
import { carriedReturnTo, isOver, type LoginEnd, openRequest, sealRequest } from './login-records.ts';
import type { LoginStep, Visit } from './login-step.ts';
import { parseVisitQuery } from './parse-visit-query.ts';
import { beginPasskeyLogin } from './passkey-login.ts';
import { passkeyPath } from './passkey-page.ts';

/** What still fits, encoded, into the links of the chooser. */
const longestHref = 4096;

/** `GET /.bouncer/login`. */
export async function beginLogin(parts: LoginContext, visit: Visit): Promise<LoginStep> {
  const query = parseVisitQuery(visit.query);
  const needs = query === null ? null : parseNeeds(query);
  if (query === null || needs === null) return problemStep('bad-request', null);
  const isAuthHost = visit.host === authHostOf(parts.settings);
  const request = query.get('request');
  const providerId = query.get('provider') ?? null;
  const isExplained = query.get('explained') === 'yes';
  if (isAuthHost && request !== undefined)
    return beginRequested(parts, visit, request, { providerId, isExplained });
  const returnTo = query.get('return_to') ?? null;
  if (isAuthHost) return beginHere(parts, visit, { needs, returnTo, providerId, isExplained });
  return visit.application === null
    ? problemStep('bad-request', null)
    : beginOnApplication(parts, visit, visit.application, { needs, wanted: returnTo });
}

/** On an application's host: remembers in this browser where to go, and asks `auth_url`. */
function beginOnApplication(
  parts: LoginContext,
  visit: Visit,
  application: Application,
  { needs, wanted }: { readonly needs: LoginNeeds; readonly wanted: string | null },
): LoginStep {
  const { settings, sealer, applicationCookies } = parts;
  const returnTo = checkReturnAddress(wanted, originOf(settings, visit.host));
  if (visit.session !== null && satisfies(visit.session, needs, application, visit.nowMs))
    return alreadyThere(parts, visit.session, needs, returnTo);
  const id = createId();
  const binding = createToken();
  const begin = (address: string): readonly string[] | null =>
    applicationCookies.begin(
      visit.cookie,
      settings,
      { id, record: { binding, returnTo: address, host: visit.host } },
      visit.nowMs,
    );
  // An address that no cookie can hold is given up for the start of the application.
  const setCookies = begin(returnTo) ?? begin('/') ?? [];
  const request = sealRequest(
    sealer,
    {
      end: { host: visit.host, id, bindingHash: hashToken(binding), returnTo: carriedReturnTo(returnTo) },
      needs,
    },
    visit.nowMs,
  );
  return { kind: 'redirect', location: `${settings.authUrl}/.bouncer/login?request=${request}`, setCookies };
}

/**
 * For a session that has all that a login would bring. Who comes for more than a login was sent by a policy that this very
 * session does not meet (it may want a certain make of key): to send them back would send them round in circles.
 */
function alreadyThere(
  parts: LoginContext,
  { identity }: Session,
  needs: LoginNeeds,
  returnTo: string,
): LoginStep {
  if (!hasNeeds(needs)) return { kind: 'redirect', location: returnTo, setCookies: [] };
  if (!needs.isHardwareKey) return problemStep('fresh-login-not-confirmed', returnTo);
  if (identity.ownKey === undefined || !mayUseOwnKey(parts, needs))
    return problemStep('hardware-key-not-confirmed', returnTo);
  // A key of theirs was used and will not do; another one may. They are asked for it when they say so, and not by themselves.
  const again = new URLSearchParams({ return_to: returnTo });
  appendNeeds(again, { ...needs, isOtherKey: true });
  return problemStep('key-of-other-make', `/.bouncer/login?${again}`);
}

/** On `auth_url`, for itself: the start page, or an application that lives on this very host. */
async function beginHere(
  parts: LoginContext,
  visit: Visit,
  wish: Answers & { readonly needs: LoginNeeds; readonly returnTo: string | null },
): Promise<LoginStep> {
  const { application, session, nowMs } = visit;
  const isForApplication = application !== null && wish.returnTo !== null;
  const checked = checkReturnAddress(wish.returnTo, parts.settings.authUrl);
  const isForPage = isPersonPage(checked);
  const returnTo = isForApplication || isForPage ? checked : startPage;
  if (session !== null && satisfies(session, wish.needs, application, nowMs))
    return alreadyThere(parts, session, wish.needs, returnTo);
  const query = new URLSearchParams(
    returnTo !== startPage && returnTo.length <= longestHref ? { return_to: returnTo } : {},
  );
  appendNeeds(query, wish.needs);
  return toProvider(parts, visit, {
    end: { host: null, returnTo },
    needs: wish.needs,
    providerId: wish.providerId,
    isExplained: wish.isExplained,
    application: isForApplication && !isForPage ? application : null,
    query,
  });
}

/** The page of a person's own sessions, on `auth_url`. */
export const sessionsPath = '/.bouncer/sessions';

/** Pages of bouncer's own that are for whoever is logged in, and lead back to themselves. */
const personPages: ReadonlySet<string> = new Set([
  sessionsPath,
  '/.bouncer/terminal',
  '/.bouncer/device',
  '/.bouncer/tokens',
  keyPath,
  passkeyPath,
  approvalsPath,
]);

function isPersonPage(address: string): boolean {
  return personPages.has(address.replace(/\?.*$/s, ''));
}

/** On `auth_url`, for an application: hand over the session that is there, or get one. */
async function beginRequested(
  parts: LoginContext,
  visit: Visit,
  text: string,
  answers: Answers,
): Promise<LoginStep> {
  const { settings, rules, sealer } = parts;
  const request = openRequest(sealer, text);
  if (request === null || request.end.host === null)
    return problemStep('bad-request', `${settings.authUrl}${startPage}`);
  // A host of our own sealing: it was canonical then.
  const application = rules.findApplication(request.end.host as CanonicalHost);
  if (application === null) return problemStep('bad-request', `${settings.authUrl}${startPage}`);
  if (isOver(request, visit.nowMs)) return problemStep('expired', endUrl(settings, request.end));
  const session = await goodSession(parts, visit, request.needs, application);
  if (session !== null)
    return {
      kind: 'redirect',
      location: await handOff(parts, session.id, request.end, visit.nowMs),
      setCookies: [],
    };
  return toProvider(parts, visit, {
    end: request.end,
    needs: request.needs,
    ...answers,
    application,
    query: new URLSearchParams({ request: text }),
  });
}

/** Whether a session is what a login would bring, by its age and what it needs. */
function satisfies(
  session: Session,
  needs: LoginNeeds,
  application: Application | null,
  nowMs: number,
): boolean {
  if (session.mustAskPerson) return false;
  if (application !== null) {
    if (nowMs >= endOfSession(session, application.session)) return false;
    if (principalAt(application, session).kind === 'nobody') return false;
  }
  return meetsNeeds(session.identity, needs, nowMs);
}

/** The session that is there, if it is what a login would bring, and was used lately enough for the application. */
async function goodSession(
  { sessions }: LoginContext,
  { session, nowMs }: Visit,
  needs: LoginNeeds,
  application: Application,
): Promise<Session | null> {
  if (session === null || !satisfies(session, needs, application, nowMs)) return null;
  const { idleTimeoutMs } = application.session;
  if (idleTimeoutMs === null) return session;
  return nowMs - (await sessions.lastUseMs(session, nowMs)) < idleTimeoutMs ? session : null;
}

/** What the person has answered on the pages before. */
interface Answers {
  readonly providerId: string | null;
  /** They know why they are asked once more. */
  readonly isExplained: boolean;
}

interface ProviderWish extends Answers {
  readonly end: LoginEnd;
  readonly needs: LoginNeeds;
  /** `null`: the start page. */
  readonly application: Application | null;
  /** The query of `/.bouncer/login` that comes here again, without `provider`. */
  readonly query: URLSearchParams;
}

async function toProvider(parts: LoginContext, visit: Visit, wish: ProviderWish): Promise<LoginStep> {
  const { application } = wish;
  const person = visit.session?.identity;
  if (person !== undefined && wish.providerId === null && asksOwnKey(parts, wish.needs, person))
    return { kind: 'redirect', location: keyStepUpUrl(parts, wish, visit.nowMs), setCookies: [] };
  const ways = waysInto(parts, application);
  // Who steps up is asked by the provider that knows them.
  const known = hasNeeds(wish.needs) ? (visit.session?.identity.idp ?? null) : null;
  const id = wish.providerId ?? known;
  const chosen = ways.find(({ settings }) => settings.id === id) ?? (ways.length === 1 ? ways[0] : undefined);
  if (wish.providerId !== null && chosen?.settings.id !== wish.providerId)
    return problemStep('unknown-provider', endUrl(parts.settings, wish.end));
  const applicationName = application?.presentation.label ?? null;
  if (chosen?.way === 'code') return beginCodeLogin(parts, visit, { ...wish, applicationName }, chosen);
  if (chosen?.way === 'passkey') return beginPasskeyLogin(parts, visit, { ...wish, applicationName }, chosen);
  if (chosen !== undefined && known === chosen.settings.id && !wish.isExplained)
    return explainStepUp(wish, chosen.settings, applicationName);
  if (chosen !== undefined) return askProvider(parts, visit, wish, chosen);
  return {
    kind: 'choose',
    providers: offerWays(parts, visit.cookie, ways, wish.query),
    applicationName,
    setCookies: [],
  };
}

/** Who is logged in and asked again must not take it for a fault, or for somebody who is after their key. */
function explainStepUp(
  { needs, query }: ProviderWish,
  { id, label }: { readonly id: string; readonly label: string },
  applicationName: string | null,
): LoginStep {
  const to = new URLSearchParams(query);
  to.set('provider', id);
  to.set('explained', 'yes');
  return {
    kind: 'explain-step-up',
    isHardwareKey: needs.isHardwareKey,
    maxAgeSeconds: needs.maxAgeSeconds,
    providerLabel: label,
    applicationName,
    continueHref: `/.bouncer/login?${to}`,
    setCookies: [],
  };
}
