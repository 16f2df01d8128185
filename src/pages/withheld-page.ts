// The page after a login in which the provider kept back who the person belongs to: what to click there, and the way on.
import type { Withheld } from '../identity/identity-provider.ts';
import type { LoginStep } from '../identity/login/login-step.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { type Action, renderMessage } from '../ui/message-page.ts';
import type { PageContext } from './page-context.ts';

/** A whole HTML document. */
export function renderWithheld(step: Extract<LoginStep, { kind: 'withheld' }>, context: PageContext): string {
  return renderMessage({
    title: 'One more click, if you need it',
    tone: 'warn',
    icon: 'door',
    text: [
      html`You are logged in. But ${step.provider} does not tell us whether you belong to ${namesOf(step.withheld)}, so pages that are for its people stay closed.`,
      ...step.withheld.map(whatToDo),
    ],
    actions: [
      ...step.withheld.map(actionFor),
      { kind: 'link', label: 'Done: log in again', href: step.againUrl },
      { kind: 'link', label: 'Go on without it', href: step.continueUrl },
    ],
    facts: [],
    brand: context.settings.branding.name,
    homeHref: context.settings.authUrl,
    requestId: context.visit.requestId,
  });
}

function namesOf(withheld: readonly Withheld[]): SafeHtml {
  return html`${withheld.map(({ organization }, index) => html`${index > 0 && ' or '}<strong>${organization}</strong>`)}`;
}

function whatToDo({ organization, why }: Withheld): SafeHtml {
  return why === 'single-sign-on'
    ? html`<strong>${organization}</strong> has a login of its own: take the button below, log in there, and allow this site to see it.`
    : html`<strong>${organization}</strong> has not approved this site. Take the button below and ask for it there (“Request” or “Grant”); one of its owners has to say yes.`;
}

function actionFor({ organization, why, href }: Withheld): Action {
  const label = why === 'single-sign-on' ? `Log in to ${organization}` : `Ask ${organization} to approve it`;
  return { kind: 'link-in-new-tab', label, href };
}
