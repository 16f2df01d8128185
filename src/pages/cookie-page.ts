// The page that says which cookies are too many, and deletes those it can. It works with far more of them than an application gets.

import { foreignCookies, forgetCookies, isDeletable } from '../http/foreign-cookies.ts';
import { originOf } from '../http/origin-of.ts';
import { checkReturnAddress } from '../http/return-address.ts';
import { type Action, type Fact, renderMessage } from '../ui/message-page.ts';
import type { Answer } from './answer.ts';
import type { PageContext } from './page-context.ts';

/** Where they are deleted. */
export const cookiesPath = '/.bouncer/cookies';

/** As many names as a page may show. */
const mostShown = 6;
const longestName = 40;
/** As many as a form carries. */
const mostNames = 200;
/** Browsers follow twenty redirects. */
const mostSteps = 16;

/** The largest cookies, as lines of a page. @param header the whole `Cookie` field */
export function cookieFacts(header: string): readonly Fact[] {
  const cookies = foreignCookies(header);
  const shown = cookies.slice(0, mostShown).map(({ name, bytes }) => `${shortName(name)} (${sizeOf(bytes)})`);
  const rest = cookies.length - shown.length;
  return [
    { name: 'Cookies', value: sizeOf(Buffer.byteLength(header)) },
    { name: 'The largest', value: [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ') },
  ];
}

/** The button that deletes the largest and comes back. @param returnTo a path with query on this host */
export function deleteCookies(header: string, returnTo: string): Action {
  const names = foreignCookies(header)
    .map(({ name }) => name)
    .filter(isDeletable)
    .slice(0, mostNames);
  return {
    kind: 'post',
    label: 'Delete these cookies',
    path: cookiesPath,
    fields: { names: names.join(' '), return_to: returnTo },
  };
}

/** `GET /.bouncer/cookies` */
export function renderCookies({ request, settings, visit }: PageContext): string {
  const header = request.oversizedCookies ?? request.cookie ?? '';
  const hasAny = foreignCookies(header).length > 0;
  const isTrouble = request.oversizedCookies !== undefined;
  return renderMessage({
    brand: settings.branding.name,
    title: 'Cookies of this site',
    tone: 'calm',
    icon: 'hand',
    text: [
      isTrouble
        ? 'This site and its neighbours have left more cookies in your browser than can be passed on.'
        : 'Your browser does not send too many cookies here.',
    ],
    actions: [
      ...(hasAny ? [deleteCookies(header, cookiesPath)] : []),
      { kind: 'link', label: 'See what you can open', href: settings.authUrl },
    ],
    facts: hasAny ? cookieFacts(header) : isTrouble ? [] : null,
    homeHref: settings.authUrl,
    requestId: isTrouble ? visit.requestId : null,
  });
}

/**
 * `POST /.bouncer/cookies`: names that the page read from the browser's own request, largest first. What one answer cannot hold the
 * next one does, for which the browser sends the form again; the last leads to where the page was.
 *
 * @param form as sent
 */
export function answerDeletion(context: PageContext, form: Readonly<Record<string, unknown>> | null): Answer {
  const { names, return_to: wanted } = form ?? {};
  const origin = originOf(context.settings, context.visit.host);
  const location = checkReturnAddress(typeof wanted === 'string' ? wanted : null, origin);
  const place = {
    host: context.visit.host,
    path: new URL(location, origin).pathname,
    scheme: origin.startsWith('https:') ? ('https' as const) : ('http' as const),
  };
  const listed = typeof names === 'string' ? names.split(' ').slice(0, mostNames) : [];
  const { before, step } = stepOf(context.request.target.query);
  const { setCookies, done } = forgetCookies(listed.slice(before), place);
  const next = before + done;
  return next < listed.length && step < mostSteps
    ? { kind: 'redirect', status: 307, location: `${cookiesPath}?from=${next}&step=${step + 1}`, setCookies }
    : { kind: 'redirect', status: 303, location, setCookies };
}

/** How many names the answers before this one were for, and how many answers those were. */
function stepOf(query: string): { readonly before: number; readonly step: number } {
  const [, before = '0', step = '0'] = /^\?from=([0-9]{1,3})&step=([0-9]{1,2})$/.exec(query) ?? [];
  return { before: Number(before), step: Number(step) };
}

function shortName(name: string): string {
  if (name === '') return '(without a name)';
  return name.length <= longestName ? name : `${name.slice(0, longestName)}…`;
}

function sizeOf(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 102.4) / 10} KB`;
}
