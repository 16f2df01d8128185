// The pages around a logout. Bouncer's own login and the one at the provider are two things, and people have to know of both.

import type { LoginStep } from '../identity/login/login-step.ts';
import { isRedirectProvider } from '../settings/redirect-provider.ts';
import { fill } from '../ui/fill.ts';
import { type HtmlValue, html } from '../ui/html.ts';
import { renderMessage } from '../ui/message-page.ts';
import { renderCalm } from './calm-page.ts';
import { lookOf, type PageContext } from './page-context.ts';

type SignedOut = Pick<Extract<LoginStep, { kind: 'signed-out' }>, 'stillAt' | 'isOwnWay'>;

/** The page after a logout, or for somebody who asks for one and is nobody. */
export function renderSignedOut(context: PageContext, { stillAt = null, isOwnWay }: SignedOut = {}): string {
  const { isAuthHost, texts, visit } = context;
  if (!isAuthHost && visit.session === null) return renderSignedOutHere(context);
  return renderCalm(
    {
      title: texts.logout.done,
      icon: 'check',
      text: [texts.logout.everywhere, ...(isOwnWay === true ? [] : providerTexts(context, stillAt))],
      actions: [{ kind: 'link', label: texts.common.logInAgain, href: '/.bouncer/login' }],
    },
    context,
  );
}

/** @param stillAt the provider whose own login certainly goes on; `null`: it may have ended with ours */
function providerTexts({ settings, texts }: PageContext, stillAt: string | null): readonly HtmlValue[] {
  const { logout: words } = texts;
  if (stillAt !== null) return [fill(words.providerGoesOn, { provider: html`<strong>${stillAt}</strong>` })];
  const providers = settings.identityProviders.filter(isRedirectProvider);
  const [only] = providers;
  if (only === undefined) return [];
  if (providers.length > 1) return [words.providers];
  return [fill(words.provider, { provider: html`<strong>${only.label}</strong>` })];
}

/** A login that has ended on this host may go on elsewhere, at an application that lets it last longer. */
function renderSignedOutHere(context: PageContext): string {
  const { common, logout: words } = context.texts;
  const { authUrl } = context.settings;
  return renderCalm(
    {
      title: words.doneHere,
      icon: 'check',
      text: [words.hereOnly, ...providerTexts(context, null)],
      actions: [
        { kind: 'link', label: words.logOutEverywhere, href: `${authUrl}/.bouncer/logout` },
        { kind: 'link', label: common.logInAgain, href: '/.bouncer/login' },
      ],
    },
    context,
  );
}

/** The page after a logout that could not be written down. */
export function renderHalfSignedOut(context: PageContext): string {
  const { done, half } = context.texts.logout;
  return renderMessage(
    {
      title: done,
      tone: 'calm',
      icon: 'check',
      text: [half.ended, half.unwritten, half.provider],
      actions: [],
      facts: null,
      homeHref: null,
      requestId: context.visit.requestId,
    },
    lookOf(context),
  );
}

/** The page that asks before it logs somebody out, for who came by a link. */
export function renderLogoutQuestion(
  { person, request, stayHref }: Extract<LoginStep, { kind: 'ask-logout' }>,
  context: PageContext,
): string {
  const { common, logout: words } = context.texts;
  return renderCalm(
    {
      title: words.question,
      icon: 'door',
      text: [
        person === null
          ? words.ends
          : fill(words.endsFor, { person: html`<strong><bdi>${person}</bdi></strong>` }),
      ],
      actions: [
        {
          kind: 'post',
          label: common.logOut,
          path: '/.bouncer/logout',
          ...(request === null ? {} : { fields: { request } }),
        },
        { kind: 'link', label: words.stay, href: stayHref },
      ],
      homeHref: '/.bouncer/',
    },
    context,
  );
}
