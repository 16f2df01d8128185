// The page after a login in which the provider kept back who the person belongs to: what to click there, and the way on.
import type { Withheld } from '../identity/identity-provider.ts';
import type { LoginStep } from '../identity/login/login-step.ts';
import { fillText } from '../texts/texts.ts';
import type { Texts } from '../texts/texts-shape.ts';
import { fill } from '../ui/fill.ts';
import { type HtmlValue, html, type SafeHtml } from '../ui/html.ts';
import { type Action, renderMessage } from '../ui/message-page.ts';
import { lookOf, type PageContext } from './page-context.ts';

type Words = Texts['withheld'];

/** A whole HTML document. */
export function renderWithheld(step: Extract<LoginStep, { kind: 'withheld' }>, context: PageContext): string {
  const { withheld: words } = context.texts;
  const organizations = namesOf(step.withheld, words);
  return renderMessage(
    {
      title: words.title,
      tone: 'warn',
      icon: 'door',
      text: [
        fill(words.text, { provider: step.provider, organizations }),
        ...step.withheld.map((one) => whatToDo(one, words)),
      ],
      actions: [
        ...step.withheld.map((one) => actionFor(one, words)),
        { kind: 'link', label: words.again, href: step.againUrl },
        { kind: 'link', label: words.without, href: step.continueUrl },
      ],
      facts: [],
      homeHref: context.settings.authUrl,
      requestId: context.visit.requestId,
    },
    lookOf(context),
  );
}

function namesOf(withheld: readonly Withheld[], { or }: Words): HtmlValue {
  const names = withheld.map(({ organization }) => html`<strong>${organization}</strong>`);
  return names.reduce<HtmlValue>((first, last) => (first === null ? last : fill(or, { first, last })), null);
}

function whatToDo({ organization, why }: Withheld, words: Words): SafeHtml {
  const sentence = why === 'single-sign-on' ? words.singleSignOn : words.notApproved;
  return fill(sentence, { organization: html`<strong>${organization}</strong>` });
}

function actionFor({ organization, why, href }: Withheld, words: Words): Action {
  const label = fillText(why === 'single-sign-on' ? words.logInTo : words.askFor, { organization });
  return { kind: 'link-in-new-tab', label, href };
}
