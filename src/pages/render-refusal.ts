// The page for a request that the gateway refused or could not serve: what happened, as whom, and what to do next.
import { type GateReason, gateReasons } from '../http/gate-reasons.ts';
import type { Settings } from '../settings/settings.ts';
import type { HtmlValue } from './html.ts';
import { type Action, type Fact, renderMessage } from './message-page.ts';
import { pageHeaders } from './page-headers.ts';
import { refusalText } from './refusal-texts.ts';

/** What the gateway tells about a refusal. Nothing in it is trusted as markup. */
export interface RefusalView {
  readonly status: number;
  /** The decision's reason id, the gate's, or a failure's code. */
  readonly reason: string;
  readonly requestId: string;
  /** `null` when no application was reached. */
  readonly applicationName: string | null;
  /** The address that the person is logged in with; `null` when unknown. */
  readonly email: string | null;
  readonly isLoggedIn: boolean;
  /** `auth_url`: where the start page is. */
  readonly hostAuthUrl: string;
  /** Same-origin path (with query) that may help: the page again, or the login that leads to it. `null`: nothing to click. */
  readonly retryPath: string | null;
}

/** A whole HTML document; {@link createRefusalRenderer} gives the header fields that belong to it. */
export function renderRefusal(refusal: RefusalView): string {
  const { title, text, tone, icon } = refusalText(refusal.status, refusal.reason);
  return renderMessage({
    title,
    tone,
    icon,
    text: [text, ...furtherText(refusal)],
    actions: actionsFor(refusal),
    facts: factsFor(refusal),
    homeHref: refusal.hostAuthUrl,
    requestId: refusal.requestId,
  });
}

/** Refused for where the request came from: access is not the question, and another account would not help. */
const isAboutOrigin = (reason: string) => reason === 'foreign-origin' || reason === 'cross-site-request';

function furtherText(refusal: RefusalView): readonly HtmlValue[] {
  if (refusal.status === 403 && !isAboutOrigin(refusal.reason)) {
    return [
      'If you think that you should have access, ask whoever runs this service, and tell them the request number below.',
    ];
  }
  // Whoever opens a page is sent to log in; only who sent a form reads this .
  if (refusal.status === 401) {
    return [
      'What you sent did not arrive. Log in in a new tab, then come back here and load this page again: that sends it once more.',
    ];
  }
  if (refusal.status >= 500)
    return ['If it stays like this, tell whoever runs this service the request number below.'];
  return [];
}

function actionsFor(refusal: RefusalView): readonly Action[] {
  const { status, retryPath, hostAuthUrl } = refusal;
  const start: Action = { kind: 'link', label: 'See what you can open', href: hostAuthUrl };
  if (status === 403 && !isAboutOrigin(refusal.reason)) {
    if (!refusal.isLoggedIn) return retryPath === null ? [start] : [retry('Try again', retryPath), start];
    return [start, { kind: 'post', label: 'Log in as someone else', path: '/.bouncer/logout' }];
  }
  if (status === 401) {
    return retryPath === null
      ? [start]
      : [{ kind: 'link-in-new-tab', label: 'Log in in a new tab', href: retryPath }];
  }
  if (status >= 500) return retryPath === null ? [start] : [retry('Try again', retryPath), start];
  return [start];
}

function retry(label: string, href: string): Action {
  return { kind: 'link', label, href };
}

function factsFor(refusal: RefusalView): readonly Fact[] {
  const facts: Fact[] = [];
  if (refusal.isLoggedIn && refusal.email !== null)
    facts.push({ name: 'Logged in as', value: refusal.email });
  if (Object.hasOwn(gateReasons, refusal.reason)) {
    facts.push({ name: 'Reason', value: gateReasons[refusal.reason as GateReason].text });
  }
  if (refusal.applicationName !== null) facts.push({ name: 'Application', value: refusal.applicationName });
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
  return (view) => ({ html: renderRefusal(view), headers: pageHeaders(currentSettings()) });
}
