// The page before a step-up: why a person who is logged in is about to be asked again, by whom, and what comes then.
import type { LoginStep } from '../identity/login/login-step.ts';
import { type HtmlValue, html } from '../ui/html.ts';
import { renderCalm } from './calm-page.ts';
import type { PageContext } from './page-context.ts';

type StepUp = Extract<LoginStep, { kind: 'explain-step-up' }>;

/** A whole HTML document. */
export function renderStepUp(step: StepUp, context: PageContext): string {
  const { isHardwareKey, providerLabel, continueHref } = step;
  const provider = html`<strong>${providerLabel}</strong>`;
  return renderCalm(
    {
      title: isHardwareKey ? 'Your security key, please' : 'Please log in once more',
      icon: isHardwareKey ? 'key' : 'clock',
      text: [
        html`${placeOf(step)} asks for ${wishOf(step)}.`,
        isHardwareKey
          ? html`${provider} asks you for it next. Choose the key there if you have a choice; then you come back to where you were going.`
          : html`${provider} asks who you are next; then you come back to where you were going.`,
        'You stay logged in meanwhile, for everything else.',
      ],
      actions: [
        { kind: 'link', label: `Go on to ${providerLabel}`, href: continueHref },
        { kind: 'link', label: 'See what you can open', href: context.settings.authUrl },
      ],
      homeHref: context.settings.authUrl,
    },
    context,
  );
}

function placeOf({ applicationName }: StepUp): HtmlValue {
  if (applicationName === null) return 'What you want to see';
  return html`The part of <strong>${applicationName}</strong> that you want to see`;
}

function wishOf({ isHardwareKey, maxAgeSeconds }: StepUp): string {
  const age = maxAgeSeconds === null ? null : inWords(maxAgeSeconds);
  if (!isHardwareKey) return age === null ? 'a new login' : `a login of the last ${age}, and yours is older`;
  return age === null ? 'a security key' : `a security key that was used in the last ${age}`;
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** The largest unit that says it whole: `12 hours`, `minute`. */
function inWords(seconds: number): string {
  const [word, length] = units.find(([, one]) => seconds >= one && seconds % one === 0) ?? ['second', 1];
  const count = Math.floor(seconds / length);
  return count === 1 ? word : `${count} ${word}s`;
}
