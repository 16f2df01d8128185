// Which ways to log in a person is offered: those that the application takes, the one that this browser took last at the top.
// What the browser remembers is a preference and proves nothing.
import { findCookie, ownCookieName, serializeOwnCookie } from '../../http/cookie-header.ts';
import { authHostOf, schemeOf } from '../../http/origin-of.ts';
import type { CanonicalHost } from '../../http/request-target.ts';
import type { Application } from '../../rules/model/compiled-rules.ts';
import type { Settings } from '../../settings/settings.ts';
import type { IdentityProvider } from '../identity-provider.ts';
import type { LoginContext } from './login-context.ts';
import { hasNeeds } from './login-needs.ts';
import type { LoginEnd, LoginRequest } from './login-records.ts';
import type { OfferedWay } from './login-step.ts';

/** On `auth_url`, where a login ends that nobody asked for by an application. */
export const startPage = '/.bouncer/';

/** 180 days, seconds. */
const rememberSeconds = 180 * 86_400;

function cookieName(settings: Settings): string {
  return ownCookieName('method', schemeOf(settings));
}

/** The `Set-Cookie` values for a browser that has just logged in this way; none where there is no choice. */
export function rememberWay({ settings, providers }: LoginContext, providerId: string): readonly string[] {
  if (providers.all().length < 2) return [];
  return [serializeOwnCookie(cookieName(settings), providerId, schemeOf(settings), rememberSeconds)];
}

/** The application that a login is for; `null`: for the start page. */
export function applicationOf(
  { rules, settings }: Pick<LoginContext, 'rules' | 'settings'>,
  end: LoginEnd,
): Application | null {
  if (end.host === null && end.returnTo.startsWith(startPage)) return null;
  // Hosts in a login's end were canonical when it was sealed.
  return rules.findApplication((end.host ?? authHostOf(settings)) as CanonicalHost);
}

/** The providers that count for an application, in its own order; all of them where it names none, and for `null`. */
export function waysInto(
  { providers }: Pick<LoginContext, 'providers'>,
  application: Pick<Application, 'loginMethods'> | null,
): readonly IdentityProvider[] {
  const methods = application?.loginMethods ?? null;
  if (methods === null) return providers.all();
  return methods.map((id) => providers.find(id)).filter((provider) => provider !== null);
}

/** Whether somebody whose login failed may try another way. Who steps up is asked by the provider that knows them. */
export function hasOtherWay(
  parts: LoginContext,
  { end, needs }: Pick<LoginRequest, 'end' | 'needs'>,
): boolean {
  return !hasNeeds(needs) && waysInto(parts, applicationOf(parts, end)).length > 1;
}

/**
 * The ways that a person chooses from.
 *
 * @param query of `/.bouncer/login`, to which the chosen provider is added
 */
export function offerWays(
  parts: Pick<LoginContext, 'settings' | 'rules'>,
  cookie: string | undefined,
  ways: readonly IdentityProvider[],
  query: URLSearchParams,
): readonly OfferedWay[] {
  const last = findCookie(cookie, cookieName(parts.settings));
  const offered = ways.map((provider): OfferedWay => {
    const { id, label } = provider.settings;
    const to = new URLSearchParams(query);
    to.set('provider', id);
    return {
      id,
      label,
      href: `/.bouncer/login?${to}`,
      isLast: id === last,
      // Of a way whose pages are bouncer's own its use tells of somebody's address.
      isSilent: provider.way === 'redirect' && provider.isUnreachable(),
      opens: parts.rules.applications
        .filter(({ loginMethods }) => loginMethods?.includes(id) === true)
        .map(({ presentation }) => presentation.label),
    };
  });
  return [...offered.filter(({ isLast }) => isLast), ...offered.filter(({ isLast }) => !isLast)];
}
