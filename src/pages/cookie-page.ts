// The page that says which cookies are too many, and deletes those it can. It works with far more of them than an application gets.

import { foreignCookies, forgetCookies, isDeletable } from '../http/foreign-cookies.ts';
import { originOf } from '../http/origin-of.ts';
import { checkReturnAddress } from '../http/return-address.ts';
import { fillText } from '../texts/texts.ts';
import type { Texts } from '../texts/texts-shape.ts';
import { type Action, type Fact, renderMessage } from '../ui/message-page.ts';
import type { Answer } from './answer.ts';
import { lookOf, type PageContext } from './page-context.ts';

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
export function cookieFacts(header: string, { cookies: words }: Texts): readonly Fact[] {
  const cookies = foreignCookies(header);
  const shown = cookies
    .slice(0, mostShown)
    .map(({ name, bytes }) => `${shortName(name, words)} (${sizeOf(bytes, words)})`);
  const rest = cookies.length - shown.length;
  return [
    { name: words.cookies, value: sizeOf(Buffer.byteLength(header), words) },
    {
      name: words.largest,
      value: [...shown, ...(rest > 0 ? [fillText(words.more, { count: rest })] : [])].join(', '),
    },
  ];
}

/** The button that deletes the largest and comes back. @param returnTo a path with query on this host */
export function deleteCookies(header: string, returnTo: string, { cookies: words }: Texts): Action {
  const names = foreignCookies(header)
    .map(({ name }) => name)
    .filter(isDeletable)
    .slice(0, mostNames);
  return {
    kind: 'post',
    label: words.delete,
    path: cookiesPath,
    fields: { names: names.join(' '), return_to: returnTo },
  };
}

/** `GET /.bouncer/cookies` */
export function renderCookies(context: PageContext): string {
  const { request, settings, texts, visit } = context;
  const { common, cookies: words } = texts;
  const header = request.oversizedCookies ?? request.cookie ?? '';
  const hasAny = foreignCookies(header).length > 0;
  const isTrouble = request.oversizedCookies !== undefined;
  return renderMessage(
    {
      title: words.title,
      tone: 'calm',
      icon: 'hand',
      text: [isTrouble ? words.tooMany : words.fine],
      actions: [
        ...(hasAny ? [deleteCookies(header, cookiesPath, texts)] : []),
        { kind: 'link', label: common.seeWhatYouCanOpen, href: settings.authUrl },
      ],
      facts: hasAny ? cookieFacts(header, texts) : isTrouble ? [] : null,
      homeHref: settings.authUrl,
      requestId: isTrouble ? visit.requestId : null,
    },
    lookOf(context),
  );
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

function shortName(name: string, { nameless }: Texts['cookies']): string {
  if (name === '') return nameless;
  return name.length <= longestName ? name : `${name.slice(0, longestName)}…`;
}

function sizeOf(count: number, { bytes }: Texts['cookies']): string {
  return count < 1024 ? fillText(bytes, { count }) : `${Math.round(count / 102.4) / 10} KB`;
}
