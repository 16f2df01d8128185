// A step of a login or logout as an answer: redirects, the chooser, the signed-out page, problems in plain words.
import { originOf } from '../http/origin-of.ts';
import type { CanonicalHost } from '../http/request-target.ts';
import type { LoginProblem, LoginStep, OfferedWay } from '../identity/login/login-step.ts';
import { sayWay } from '../texts/say-way.ts';
import { fillText } from '../texts/texts.ts';
import type { Texts } from '../texts/texts-shape.ts';
import { fill } from '../ui/fill.ts';
import { type HtmlValue, html, safeHref } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { initialOf } from '../ui/initial-of.ts';
import { type Action, renderMessage } from '../ui/message-page.ts';
import type { Answer } from './answer.ts';
import { applicationFacts, presentationOf } from './application-facts.ts';
import { renderCalm } from './calm-page.ts';
import { renderAskAddress, renderAskCode } from './code-pages.ts';
import { answerKeyStep } from './key-answers.ts';
import { renderHalfSignedOut, renderLogoutQuestion, renderSignedOut } from './logout-pages.ts';
import { lookOf, type PageContext } from './page-context.ts';
import { formTargets, sendOnceHeaders, sendOnHeaders } from './page-headers.ts';
import { problemLooks } from './problem-looks.ts';
import { renderOwn } from './render-own.ts';
import { renderStepUp } from './step-up-page.ts';
import { renderPersonalToken } from './token-pages.ts';
import { wantsJson } from './wants-json.ts';
import { renderWithheld } from './withheld-page.ts';

/** What the step looks like on the wire. */
export function answerStep(step: LoginStep, context: PageContext): Answer {
  switch (step.kind) {
    case 'redirect':
      return answerRedirect(step.location, step.setCookies, context);
    case 'choose':
      return { kind: 'page', status: 200, body: renderChooser(step, context), setCookies: step.setCookies };
    case 'send-form':
      return answerForm(step, context);
    case 'explain-step-up':
      return { kind: 'page', status: 200, body: renderStepUp(step, context), setCookies: step.setCookies };
    case 'ask-address':
      return {
        kind: 'page',
        status: 200,
        body: renderAskAddress(step, context),
        setCookies: step.setCookies,
      };
    case 'ask-code':
      return codePage(step, context);
    case 'ask-logout':
      return {
        kind: 'page',
        status: 200,
        body: renderLogoutQuestion(step, context),
        setCookies: step.setCookies,
      };
    case 'signed-out':
      return {
        kind: 'page',
        status: 200,
        body: step.isWritten === false ? renderHalfSignedOut(context) : renderSignedOut(context, step),
        setCookies: step.setCookies,
      };
    case 'withheld':
      return { kind: 'page', status: 200, body: renderWithheld(step, context), setCookies: step.setCookies };
    case 'personal-token':
      return {
        kind: 'page',
        status: 200,
        body: renderPersonalToken(step, context),
        setCookies: step.setCookies,
      };
    case 'problem':
      return answerProblem(step, context);
    default:
      return answerKeyStep(step, context);
  }
}

/**
 * A redirect; after a form to an origin that the form's page does not name in its policy, a page that goes on by itself,
 * because browsers would stop the redirect without a word. What an application's own page lets its forms lead to is not known.
 */
function answerRedirect(location: string, setCookies: readonly string[], context: PageContext): Answer {
  const isForm = context.request.method === 'POST';
  const own = originOf(context.settings, context.visit.host);
  const target = new URL(location, own).origin;
  if (!isForm) return { kind: 'redirect', status: 302, location, setCookies };
  const isFromOwnPage = context.isAuthHost && context.visit.application === null;
  if (target === own || (isFromOwnPage && formTargets(context.settings).includes(target))) {
    return { kind: 'redirect', status: 303, location, setCookies };
  }
  const isLogout = context.request.target.path === '/.bouncer/logout';
  const application = isLogout
    ? null
    : context.rules.findApplication(new URL(location, own).hostname as CanonicalHost);
  const { common, hop } = context.texts;
  const body = renderCalm(
    {
      title: application === null ? hop.title : hop.loggedIn,
      icon: application === null ? 'door' : 'check',
      text: [
        application === null
          ? isLogout
            ? hop.toLogout
            : hop.toProvider
          : fill(hop.toApplication, {
              application: html`<strong>${application.presentation.label}</strong>`,
            }),
      ],
      actions: [{ kind: 'link', label: common.continue, href: location }],
      ...(safeHref(location) === null ? {} : { refreshTo: location }),
    },
    context,
  );
  return { kind: 'page', status: 200, body, setCookies };
}

/** The page that takes a code, which is sent once. */
function codePage(step: Extract<LoginStep, { kind: 'ask-code' }>, context: PageContext): Answer {
  const headers = sendOnceHeaders(context.settings);
  const { setCookies } = step;
  return { kind: 'page', status: 200, body: renderAskCode(step, context), setCookies, headers };
}

/** A form to the provider, for what no address holds. It sends itself; without scripts a button does. */
function answerForm(step: Extract<LoginStep, { kind: 'send-form' }>, context: PageContext): Answer {
  const { common, hop } = context.texts;
  const body = renderCalm(
    {
      title: hop.title,
      icon: 'door',
      text: [hop.toProvider],
      actions: [{ kind: 'send-on', label: common.continue, action: step.action, fields: step.fields }],
    },
    context,
  );
  return {
    kind: 'page',
    status: 200,
    body,
    setCookies: step.setCookies,
    headers: sendOnHeaders(context.settings, step.action),
  };
}

function renderChooser(step: Extract<LoginStep, { kind: 'choose' }>, context: PageContext): string {
  const { applicationName } = step;
  const { chooser } = context.texts;
  const purpose =
    applicationName === null
      ? chooser.choose
      : fill(chooser.chooseFor, { application: html`<strong>${applicationName}</strong>` });
  const rows = step.providers.map((provider) => {
    const href = safeHref(provider.href);
    if (href === null) return null;
    const label = sayWay(provider.label, context.texts);
    return html`<li><a class="row" href="${href}"><span class="initial" aria-hidden="true">${initialOf(label)}</span><span class="grow"><strong>${label}</strong>${opensText(provider, applicationName, chooser)}${wayNote(provider, chooser)}</span><span class="go">${renderIcon('arrow', 20)}</span></a></li>`;
  });
  const main = html`<div class="card">
<h1>${chooser.title}</h1>
<p class="soft lead">${purpose}</p>
<ul class="rows" aria-label="${chooser.ways}">${rows}</ul>
</div>`;
  return renderOwn({ title: chooser.title, main, homeHref: null }, context);
}

/** As many names as fit beside a way to log in. */
const mostNames = 4;

/** Only applications that take some ways alone are named: with a mark of their own, all others open by any. */
function opensText(
  { opens }: OfferedWay,
  applicationName: string | null,
  words: Texts['chooser'],
): HtmlValue {
  // Every way that is offered opens where the person is going.
  const others = opens.filter((name) => name !== applicationName);
  if (others.length === 0) return null;
  const more = others.length - mostNames;
  const names = more > 0 ? [...others.slice(0, mostNames), fillText(words.more, { count: more })] : others;
  const last = names.at(-1) ?? '';
  const applications =
    names.length === 1 ? last : fillText(words.and, { first: names.slice(0, -1).join(', '), last });
  return html`<small>${fillText(applicationName === null ? words.opens : words.alsoOpens, { applications })}</small>`;
}

function wayNote({ isLast, isSilent }: OfferedWay, words: Texts['chooser']): HtmlValue {
  if (isSilent) return html`<span class="pill">${words.silent}</span>`;
  return isLast && html`<span class="pill calm">${words.last}</span>`;
}

const stepUpProblems: ReadonlySet<LoginProblem> = new Set([
  'hardware-key-not-confirmed',
  'fresh-login-not-confirmed',
  'key-of-other-make',
]);

/** Who lacks a key or whose provider does not comply would go round in circles with one button alone. */
function actionsAfter(
  step: Extract<LoginStep, { kind: 'problem' }>,
  context: PageContext,
): readonly Action[] {
  const { problem, continueUrl, hasOtherWay = false } = step;
  const { chooseHow, common, problems } = context.texts;
  const label = hasOtherWay ? chooseHow : problems[problem].button;
  const again: readonly Action[] = continueUrl === null ? [] : [{ kind: 'link', label, href: continueUrl }];
  return stepUpProblems.has(problem)
    ? [...again, { kind: 'link', label: common.seeWhatYouCanOpen, href: context.settings.authUrl }]
    : again;
}

function answerProblem(step: Extract<LoginStep, { kind: 'problem' }>, context: PageContext): Answer {
  const { problem, status, continueUrl, setCookies } = step;
  const { requestId } = context.visit;
  const wait = problem === 'too-many-failures' ? '60' : { 429: '600', 503: '10' }[status];
  const headers: Record<string, string> = wait === undefined ? {} : { 'Retry-After': wait };
  if (wantsJson(context.request)) {
    const value = {
      error: 'login_failed',
      reason: problem,
      request_id: requestId,
      continue_url: continueUrl,
    };
    return { kind: 'json', status, value, setCookies, headers };
  }
  const { otherWay, problems } = context.texts;
  const { title, text } = problems[problem];
  const body = renderMessage(
    {
      title,
      ...problemLooks[problem],
      text: step.hasOtherWay === true ? [text, otherWay] : [text],
      actions: actionsAfter(step, context),
      facts: applicationFacts(presentationOf(step, context), context.texts),
      homeHref: context.settings.authUrl,
      requestId,
    },
    lookOf(context),
  );
  return { kind: 'page', status, body, setCookies, headers };
}
