// The page before a step-up: why a person who is logged in is about to be asked again, by whom, and what comes then.
import type { LoginStep } from '../identity/login/login-step.ts';
import { sayWay } from '../texts/say-way.ts';
import { fillText, sayCount } from '../texts/texts.ts';
import type { Texts } from '../texts/texts-shape.ts';
import { fill } from '../ui/fill.ts';
import { type HtmlValue, html } from '../ui/html.ts';
import { renderCalm } from './calm-page.ts';
import type { PageContext } from './page-context.ts';

type StepUp = Extract<LoginStep, { kind: 'explain-step-up' }>;
type Words = Texts['stepUp'];

/** A whole HTML document. */
export function renderStepUp(step: StepUp, context: PageContext): string {
  const { isHardwareKey, continueHref } = step;
  const { common, stepUp: words } = context.texts;
  const label = sayWay(step.providerLabel, context.texts);
  const provider = html`<strong>${label}</strong>`;
  return renderCalm(
    {
      title: isHardwareKey ? words.keyTitle : words.loginTitle,
      icon: isHardwareKey ? 'key' : 'clock',
      text: [
        fill(words.asks, { place: placeOf(step, words), wish: wishOf(step, words) }),
        fill(isHardwareKey ? words.keyNext : words.loginNext, { provider }),
        words.stay,
      ],
      actions: [
        { kind: 'link', label: fillText(words.goOnTo, { provider: label }), href: continueHref },
        { kind: 'link', label: common.seeWhatYouCanOpen, href: context.settings.authUrl },
      ],
      homeHref: context.settings.authUrl,
    },
    context,
  );
}

function placeOf({ applicationName }: StepUp, words: Words): HtmlValue {
  if (applicationName === null) return words.here;
  return fill(words.part, { application: html`<strong>${applicationName}</strong>` });
}

function wishOf({ isHardwareKey, maxAgeSeconds }: StepUp, words: Words): string {
  const within = maxAgeSeconds === null ? null : sayWithin(maxAgeSeconds, words);
  if (!isHardwareKey) return within === null ? words.newLogin : fillText(words.loginWithin, { within });
  return within === null ? words.key : fillText(words.keyWithin, { within });
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** By the largest unit that says it whole: `in the last 12 hours`, `in the last minute`. */
function sayWithin(seconds: number, { within }: Words): string {
  const [unit, length] = units.find(([, one]) => seconds >= one && seconds % one === 0) ?? ['second', 1];
  return sayCount(within[unit], Math.floor(seconds / length));
}
