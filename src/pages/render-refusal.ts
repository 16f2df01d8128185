// The page for a request that the gateway refused or could not serve: what happened, as whom, and what to do next.
import { type Reason, refusals } from '../http/refusals.ts';
import type { Presentation } from '../rules/model/compiled-rules.ts';
import type { EmailFault } from '../rules/model/facts.ts';
import type { Settings } from '../settings/settings.ts';
import { type Action, type Fact, renderMessage } from '../ui/message-page.ts';
import { renderContact } from './contact.ts';
import { cookieFacts, deleteCookies } from './cookie-page.ts';
import { pageHeaders } from './page-headers.ts';

/** What the gateway tells about a refusal. Nothing in it is trusted as markup. */
export interface RefusalView {
  readonly reason: Reason;
  readonly requestId: string;
  /** How the application presents itself; `null` when none was reached. */
  readonly application: Presentation | null;
  /** The address that the person is logged in with; `null` when unknown. */
  readonly email: string | null;
  /** Why their address does not count; `null` where it does, or nobody is logged in. */
  readonly emailFault: EmailFault | null;
  readonly isLoggedIn: boolean;
  /** Whether the person could open nothing else either. */
  readonly opensNothing: boolean;
  /** `auth_url`: where the start page is. */
  readonly hostAuthUrl: string;
  /** Same-origin path (with query) that may help: the page again, or the login that leads to it. `null`: nothing to click. */
  readonly retryPath: string | null;
  /** The whole `Cookie` field, where it was too large. */
  readonly cookies?: string | undefined;
}

/** A whole HTML document; {@link createRefusalRenderer} gives the header fields that belong to it. */
export function renderRefusal(brand: string, refusal: RefusalView): string {
  const { title, text, hint, tone, icon } = refusals[refusal.reason].page;
  return renderMessage({
    brand,
    title,
    tone,
    icon,
    text: [text, emailText(refusal), ownText(refusal) ?? hint].filter((paragraph) => paragraph !== null),
    actions: actionsFor(refusal),
    facts: factsFor(refusal),
    homeHref: refusal.hostAuthUrl,
    requestId: refusal.requestId,
  });
}

/** Where rules said no: what they may have missed. The id is the one in the log and in `bouncer explain`. */
const emailTexts: Readonly<Record<EmailFault, string>> = {
  'email-missing': 'The provider that you logged in with sent no e-mail address (email-missing).',
  'email-malformed':
    'The e-mail address that your provider sent cannot be used, so it does not count here (email-malformed).',
  'email-not-verified':
    'The provider that you logged in with does not say that your e-mail address was checked, so it does not count here (email-not-verified).',
  'email-outside-provider':
    'The provider that you logged in with does not speak for your e-mail address, so it does not count here (email-outside-provider).',
};

/** What the application says itself to who is refused by its rules. */
function ownText({ reason, application }: RefusalView): string | null {
  return isByRules(reason) ? (application?.deniedText ?? null) : null;
}

function isByRules(reason: Reason): boolean {
  return reason === 'no-policy-matched' || reason === 'policy-denied';
}

function emailText({ reason, emailFault }: RefusalView): string | null {
  if (emailFault === null || !isByRules(reason)) return null;
  return emailTexts[emailFault];
}

function actionsFor(refusal: RefusalView): readonly Action[] {
  const { isLoggedIn, retryPath, hostAuthUrl } = refusal;
  const start: Action = { kind: 'link', label: 'See what you can open', href: hostAuthUrl };
  const tryAgain = retryPath === null ? [start] : [retry('Try again', retryPath), start];
  const { offers } = refusals[refusal.reason].page;
  switch (offers) {
    case 'start':
      return [start];
    case 'retry':
      return tryAgain;
    case 'account': {
      if (!isLoggedIn) return tryAgain;
      const href = otherAccountPath(retryPath);
      const other: Action = { kind: 'link', label: 'Log in as someone else', href };
      return refusal.opensNothing ? [other] : [start, other];
    }
    case 'cookies':
      return refusal.cookies === undefined ? [start] : [deleteCookies(refusal.cookies, retryPath ?? '/')];
    case 'login':
      if (retryPath === null) return [start];
      return [{ kind: 'link-in-new-tab', label: 'Log in in a new tab', href: retryPath }];
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

function factsFor(refusal: RefusalView): readonly Fact[] {
  const facts: Fact[] = refusal.cookies === undefined ? [] : [...cookieFacts(refusal.cookies)];
  if (refusal.isLoggedIn && refusal.email !== null)
    facts.push({ name: 'Logged in as', value: refusal.email });
  const { page, text } = refusals[refusal.reason];
  if (page.isExplained) facts.push({ name: 'Reason', value: text });
  const { application } = refusal;
  if (application !== null) facts.push({ name: 'Application', value: application.label });
  if (application !== null && application.contact !== null)
    facts.push({ name: 'Contact', value: renderContact(application.contact) });
  return facts;
}

/** The gateway's way to a refusal page: markup, and the header fields that belong to it. */
export type RefusalRenderer = (view: RefusalView) => {
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
    return { html: renderRefusal(settings.branding.name, view), headers: pageHeaders(settings) };
  };
}
