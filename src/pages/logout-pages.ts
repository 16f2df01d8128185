// The pages around a logout. Bouncer's own login and the one at the provider are two things, and people have to know of both.

import type { LoginStep } from '../identity/login/login-step.ts';
import { isRedirectProvider } from '../settings/redirect-provider.ts';
import { type HtmlValue, html } from '../ui/html.ts';
import { renderMessage } from '../ui/message-page.ts';
import { renderCalm } from './calm-page.ts';
import type { PageContext } from './page-context.ts';

/** The page after a logout, or for somebody who asks for one and is nobody. */
export function renderSignedOut(
  context: PageContext,
  stillAt: Extract<LoginStep, { kind: 'signed-out' }>['stillAt'] = null,
): string {
  const { isAuthHost, settings, visit } = context;
  if (!isAuthHost && visit.session === null) return renderSignedOutHere(context, settings.authUrl);
  return renderCalm(
    {
      title: 'You are logged out',
      icon: 'check',
      text: ['Everywhere here, in this browser.', ...providerTexts(context, stillAt)],
      actions: [{ kind: 'link', label: 'Log in again', href: '/.bouncer/login' }],
    },
    context,
  );
}

/** @param stillAt the provider whose own login certainly goes on; `null`: it may have ended with ours */
function providerTexts({ settings }: PageContext, stillAt: string | null): readonly HtmlValue[] {
  if (stillAt !== null)
    return [
      html`Your login at <strong>${stillAt}</strong> goes on: who uses this browser next may come back in without a password. On a shared computer, log out there too, and close the browser.`,
    ];
  const providers = settings.identityProviders.filter(isRedirectProvider);
  const [only] = providers;
  if (only === undefined) return [];
  const name = providers.length === 1 ? html`<strong>${only.label}</strong>` : 'your login service';
  return [html`On a shared computer, see that you are logged out at ${name} too, and close the browser.`];
}

/** A login that has ended on this host may go on elsewhere, at an application that lets it last longer. */
function renderSignedOutHere(context: PageContext, authUrl: string): string {
  return renderCalm(
    {
      title: 'You are logged out here',
      icon: 'check',
      text: ['Nobody is logged in here in this browser. Other applications may still know you.'],
      actions: [
        { kind: 'link', label: 'Log out everywhere', href: `${authUrl}/.bouncer/logout` },
        { kind: 'link', label: 'Log in again', href: '/.bouncer/login' },
      ],
    },
    context,
  );
}

/** The page after a logout that could not be written down. */
export function renderHalfSignedOut(context: PageContext): string {
  return renderMessage({
    brand: context.settings.branding.name,
    title: 'You are logged out',
    tone: 'calm',
    icon: 'check',
    text: [
      'Your login has ended here, in this browser and everywhere it was used.',
      'It could not be written down yet, because the storage behind this page does not take anything at the moment. That is tried again every second; if you are in doubt, tell whoever runs this site, with the number below.',
      'Your account at the identity provider is still logged in there. On a shared computer, log out there too, and close the browser.',
    ],
    actions: [],
    facts: null,
    homeHref: null,
    requestId: context.visit.requestId,
  });
}

/** The page that asks before it logs somebody out, for who came by a link. */
export function renderLogoutQuestion(
  { person, request, stayHref }: Extract<LoginStep, { kind: 'ask-logout' }>,
  context: PageContext,
): string {
  return renderCalm(
    {
      title: 'Log out?',
      icon: 'door',
      text: [
        person === null
          ? 'This ends your login for every application here.'
          : html`You are logged in as <strong><bdi>${person}</bdi></strong>. Logging out ends that for every application here.`,
      ],
      actions: [
        {
          kind: 'post',
          label: 'Log out',
          path: '/.bouncer/logout',
          ...(request === null ? {} : { fields: { request } }),
        },
        { kind: 'link', label: 'Stay logged in', href: stayHref },
      ],
      homeHref: '/.bouncer/',
    },
    context,
  );
}
