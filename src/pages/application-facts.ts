// Whose application it is about and whom to ask, on every page that says that something did not go as it should.
import type { CanonicalHost } from '../http/request-target.ts';
import type { ProblemStep } from '../identity/login/login-step.ts';
import type { Presentation } from '../rules/model/compiled-rules.ts';
import type { Texts } from '../texts/texts-shape.ts';
import type { Fact } from '../ui/message-page.ts';
import { renderContact } from './contact.ts';
import type { PageContext } from './page-context.ts';

/** @param application `null` when none was reached */
export function applicationFacts(application: Presentation | null, { common }: Texts): readonly Fact[] {
  if (application === null) return [];
  const { label, contact } = application;
  const name: Fact = { name: common.application, value: label };
  return contact === null ? [name] : [name, { name: common.contact, value: renderContact(contact) }];
}

/** The application from which somebody came to log in, or on whose host they are. */
export function presentationOf(
  { continueUrl, host }: Pick<ProblemStep, 'continueUrl' | 'host'>,
  { visit, rules }: PageContext,
): Presentation | null {
  const target = continueUrl === null || !URL.canParse(continueUrl) ? null : new URL(continueUrl).hostname;
  const name = host ?? target;
  // Both are hosts of our own naming: canonical already.
  const application = name === null ? null : rules.findApplication(name as CanonicalHost);
  return (application ?? visit.application)?.presentation ?? null;
}
