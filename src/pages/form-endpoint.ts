// `/.bouncer/form` on an application's host: a form that met an ended session, for who has logged in again. Sending it is the gateway's;
// here it is shown and thrown away. What was in it never stands on a page.

import { isPageNavigation } from '../http/client-kind.ts';
import { originOf } from '../http/origin-of.ts';
import { formPath, isFormOf, type KeptForm, type KeptForms } from '../identity/forms/kept-forms.ts';
import { logIdOf } from '../identity/opaque-token.ts';
import { fillText } from '../texts/texts.ts';
import { renderMessage } from '../ui/message-page.ts';
import type { Answer } from './answer.ts';
import { renderCalm } from './calm-page.ts';
import type { Endpoint, EndpointParts } from './endpoint.ts';
import { isOwnForm } from './is-own-form.ts';
import { ownRefusal } from './own-refusal.ts';
import { lookOf, type PageContext } from './page-context.ts';
import { isAnswer, requirePerson } from './person-visit.ts';

export const discardPath = `${formPath}/discard`;

/** Why a form goes unsent, for the log. */
type DropReason = 'another-person' | 'another-application' | 'discarded';

export const keptForm: Endpoint = {
  GET: async (context, parts) => {
    // Nothing for a script: what a form would say is for who wrote it.
    if (!isPageNavigation(context.request)) return ownRefusal(context, 'no-such-page');
    const { cookie, host, nowMs } = context.visit;
    const form = await parts.keptForms.find(cookie, host, nowMs);
    if (form === null) return say('gone', context, parts.keptForms);
    const visit = requirePerson(context, formPath);
    if (isAnswer(visit)) return visit;
    if (!isFormOf(form, visit.session.identity)) return drop(form, 'another-person', context, parts);
    if (form.application !== visit.application?.name)
      return drop(form, 'another-application', context, parts);
    return { kind: 'page', status: 200, body: renderKept(form, context) };
  },
};

export const discardForm: Endpoint = {
  POST: async (context, parts) => {
    const { request, settings, visit } = context;
    if (!isOwnForm(request, originOf(settings, visit.host))) return ownRefusal(context, 'cross-site-request');
    const form = await parts.keptForms.find(visit.cookie, visit.host, visit.nowMs);
    const isTheirs = form !== null && visit.session !== null && isFormOf(form, visit.session.identity);
    return isTheirs ? drop(form, 'discarded', context, parts) : say('gone', context, parts.keptForms);
  },
};

async function drop(
  form: KeptForm,
  reason: DropReason,
  context: PageContext,
  { keptForms, telemetry }: Pick<EndpointParts, 'keptForms' | 'telemetry'>,
): Promise<Answer> {
  const { requestId: request_id, host } = context.visit;
  if (await keptForms.drop(form)) {
    const { application, sub, loginId } = form;
    const session = logIdOf(loginId);
    telemetry.event('form_dropped', { request_id, host, application, sub, session, reason });
  }
  return say(pageOf[reason], context, keptForms);
}

type UnsentPage = 'gone' | 'another' | 'elsewhere' | 'discarded';

const pageOf = {
  'another-person': 'another',
  'another-application': 'elsewhere',
  discarded: 'discarded',
} as const satisfies Readonly<Record<DropReason, UnsentPage>>;

function say(what: UnsentPage, context: PageContext, keptForms: KeptForms): Answer {
  return { kind: 'page', status: 200, body: renderUnsent(what, context), setCookies: [keptForms.forget()] };
}

/** A whole HTML document. */
export function renderUnsent(what: UnsentPage, context: PageContext): string {
  const { keptForm: words } = context.texts;
  const { application } = context.visit;
  const label = fillText(words.toApplication, { application: application?.presentation.label ?? '' });
  return renderCalm(
    {
      title: words[what].title,
      icon: what === 'discarded' ? 'check' : 'compass',
      text: [words[what].text],
      actions: application === null ? [] : [{ kind: 'link', label, href: '/' }],
    },
    context,
  );
}

/** A whole HTML document. */
export function renderKept(form: KeptForm, context: PageContext): string {
  const { keptForm: words } = context.texts;
  return renderMessage(
    {
      title: words.title,
      tone: 'calm',
      icon: 'clock',
      text: [words.text],
      actions: [
        { kind: 'post', label: words.send, path: formPath },
        { kind: 'post', label: words.discard, path: discardPath },
      ],
      facts: [
        { name: words.to, value: `POST ${shown(form.target)}` },
        { name: words.size, value: sizeText(form.contentLength) },
        { name: words.until, value: `${new Date(form.expiresAtMs).toISOString().slice(11, 16)} UTC` },
      ],
      homeHref: null,
      requestId: null,
    },
    lookOf(context),
  );
}

/** `512 B`, `12 KB`, `1.4 MB`. */
function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

/** The path, as the browser sent it; without the query, which may be long and hold anything. */
function shown(target: string): string {
  const path = target.replace(/\?.*$/s, '');
  return path.length <= 200 ? path : `${path.slice(0, 199)}…`;
}
