// The page for a request that the gateway refused or could not serve: what happened, as whom, and what to do next.
import type { Language } from '../http/accept-language.ts';
import { refusalPages } from '../http/refusal-pages.ts';
import { isExplained, type Reason, refusals } from '../http/refusals.ts';
import type { RefusalView } from '../rules/model/refusal-view.ts';
import type { Settings } from '../settings/settings.ts';
import { textsIn } from '../texts/texts.ts';
import type { Texts } from '../texts/texts-shape.ts';
import type { PageLook } from '../ui/layout.ts';
import { type Action, type Fact, renderMessage } from '../ui/message-page.ts';
import { applicationFacts } from './application-facts.ts';
import { cookieFacts, deleteCookies } from './cookie-page.ts';
import { lookOf } from './page-context.ts';
import { languageHeaders, pageHeaders } from './page-headers.ts';
import { sayDenial } from './say-denial.ts';

/** A whole HTML document; {@link createRefusalRenderer} gives the header fields that belong to it. */
export function renderRefusal(refusal: RefusalView, look: PageLook): string {
  const { texts } = look;
  const { page } = refusals[refusal.reason];
  const { tone, icon } = refusalPages[page];
  const { title, text, hint } = texts.refusals[page];
  return renderMessage(
    {
      title,
      tone,
      icon,
      text: [
        isByRules(refusal.reason) && !refusal.isLoggedIn && page === 'notGiven' ? texts.denial.nobody : text,
        emailText(refusal, texts),
        ...(ownText(refusal) === null ? [denialText(refusal, texts), hint] : [ownText(refusal)]),
      ].filter((paragraph) => paragraph !== null),
      actions: actionsFor(refusal, texts),
      facts: factsFor(refusal, texts),
      homeHref: refusal.hostAuthUrl,
      requestId: refusal.requestId,
    },
    look,
  );
}

/** What the application says itself to who is refused by its rules. */
function ownText({ reason, application }: RefusalView): string | null {
  return isByRules(reason) ? (application?.deniedText ?? null) : null;
}

function isByRules(reason: Reason): boolean {
  return reason === 'no-policy-matched' || reason === 'policy-denied';
}

/** What was missing, in words of its kind or of whoever wrote the rules. */
function denialText({ reason, denial }: RefusalView, texts: Texts): string | null {
  return denial === null || !isByRules(reason) ? null : sayDenial(denial, texts);
}

/** Where rules said no: what they may have missed. */
function emailText({ reason, emailFault }: RefusalView, { emailFaults }: Texts): string | null {
  if (emailFault === null || !isByRules(reason)) return null;
  return emailFaults[emailFault];
}

function actionsFor(refusal: RefusalView, texts: Texts): readonly Action[] {
  const { isLoggedIn, retryPath, hostAuthUrl } = refusal;
  const { common } = texts;
  const start: Action = { kind: 'link', label: common.seeWhatYouCanOpen, href: hostAuthUrl };
  const tryAgain = retryPath === null ? [start] : [retry(common.tryAgain, retryPath), start];
  const { offers } = refusalPages[refusals[refusal.reason].page];
  switch (offers) {
    case 'start':
      return [start];
    case 'retry':
      return tryAgain;
    case 'account': {
      if (!isLoggedIn) return tryAgain;
      const href = otherAccountPath(retryPath);
      const other: Action = { kind: 'link', label: common.logInAsSomeoneElse, href };
      const rest = refusal.opensNothing ? [other] : [start, other];
      const { askHref } = refusal;
      return askHref === null
        ? rest
        : [{ kind: 'link', label: texts.access.askLink, href: askHref }, ...rest];
    }
    case 'cookies':
      return refusal.cookies === undefined
        ? [start]
        : [deleteCookies(refusal.cookies, retryPath ?? '/', texts)];
    case 'login-here':
      return retryPath === null ? [start] : [retry(common.logIn, retryPath)];
    case 'login':
      if (retryPath === null) return [start];
      return [{ kind: 'link-in-new-tab', label: texts.logInInNewTab, href: retryPath }];
    default:
      return offers satisfies never;
  }
}

/** Where to be asked for another account; then back to where the person was going. */
function otherAccountPath(returnTo: string | null): string {
  return `/.bouncer/login?account=other&return_to=${encodeURIComponent(returnTo ?? '/')}`;
}

function retry(label: string, href: string): Action {
  return { kind: 'link', label, href };
}

function factsFor(refusal: RefusalView, texts: Texts): readonly Fact[] {
  const { common } = texts;
  const facts: Fact[] = refusal.cookies === undefined ? [] : [...cookieFacts(refusal.cookies, texts)];
  if (refusal.isLoggedIn && refusal.email !== null)
    facts.push({ name: common.loggedInAs, value: refusal.email });
  const { reason, application } = refusal;
  if (isExplained(reason)) facts.push({ name: common.reason, value: texts.reasons[reason] });
  return [...facts, ...applicationFacts(application, texts)];
}

/** The gateway's way to a refusal page: markup, and the header fields that belong to it. */
export type RefusalRenderer = (view: RefusalView & { readonly language: Language }) => {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * Refusal pages with their headers.
 *
 * @param currentSettings the settings in force: they say where the page's forms may lead
 */
export function createRefusalRenderer(currentSettings: () => Settings): RefusalRenderer {
  return (view) => {
    const settings = currentSettings();
    const texts = textsIn(view.language);
    return {
      html: renderRefusal(view, lookOf({ settings, texts })),
      headers: { ...pageHeaders(settings), ...languageHeaders(texts) },
    };
  };
}
