// The start page: who you are here, and which applications you can open. Every entry is decided by the rules, at this moment.

import { originOf } from '../http/origin-of.ts';
import { tokensPath } from '../identity/login/issue-personal-token.ts';
import { opensRoot } from '../rules/decide/opens-root.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { Identity } from '../rules/model/facts.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { initialOf } from '../ui/initial-of.ts';
import { renderPage } from '../ui/layout.ts';
import { renderCalm } from './calm-page.ts';
import type { PageContext } from './page-context.ts';
import { sessionsPath } from './sessions-page.ts';

/** What the visitor would get at an application's `/`. */
interface Entry {
  readonly application: Application;
  readonly needsMore: boolean;
}

/** A whole HTML document: the list for who is logged in, a welcome for everybody else. */
export function renderStart(context: PageContext): string {
  const identity = context.facts.identity;
  return identity === null ? renderWelcome(context) : renderList(context, identity);
}

function openEntries(context: PageContext): readonly Entry[] {
  return context.rules.applications.flatMap((application) => {
    const outcome = opensRoot(application, context.facts);
    return outcome === null ? [] : [{ application, needsMore: outcome === 'step_up' }];
  });
}

function renderWelcome(context: PageContext): string {
  const open = openEntries(context);
  return renderCalm(
    {
      title: 'Welcome',
      icon: 'key',
      text: [
        'This is the way in to the applications behind it. Log in once, and every one that you have access to opens.',
        open.length > 0 &&
          html`Open to everybody: ${open.map(({ application }, i) => html`${i > 0 && ', '}${nameLink(context, application)}`)}.`,
      ].filter((paragraph) => paragraph !== false),
      actions: [{ kind: 'link', label: 'Log in', href: '/.bouncer/login' }],
    },
    context,
  );
}

function nameLink(context: PageContext, application: Application): SafeHtml {
  const host = linkHost(application);
  if (host === null) return html`<strong>${application.presentation.label}</strong>`;
  return html`<a href="${originOf(context.settings, host)}/">${application.presentation.label}</a>`;
}

function renderList(context: PageContext, identity: Identity): string {
  const entries = openEntries(context);
  if (entries.length === 0) return renderNothing(context, identity);
  const main = html`<div class="wide">
<h1>Your applications</h1>
<section class="bar" aria-label="Who you are">${renderPerson(identity)}<form method="post" action="/.bouncer/logout"><button class="button quiet" type="submit">Log out</button></form></section>
${context.isAuthHost && html`<p class="soft"><a href="${sessionsPath}">Where you are logged in</a> · <a href="${tokensPath}">Programs that act as you</a></p>`}
<ul class="tiles">${entries.map((entry) => renderEntry(entry, context))}</ul>
</div>`;
  const { name: brand } = context.settings.branding;
  return renderPage({ brand, title: 'Your applications', main, homeHref: null, requestId: null });
}

/** Mostly it is the wrong account: somebody has two, and the browser took the other one. */
function renderNothing(context: PageContext, { email, name, sub }: Identity): string {
  const who = email ?? name ?? sub;
  return renderCalm(
    {
      title: 'Nothing is open to this account',
      icon: 'door',
      text: [
        html`You are logged in as <strong><bdi>${who}</bdi></strong>, and there is nothing here for this account yet.`,
        'If you have another account, log in with that one. Otherwise ask whoever runs this service to give this one access.',
      ],
      actions: [
        { kind: 'link', label: 'Log in as someone else', href: '/.bouncer/login?account=other' },
        { kind: 'post', label: 'Log out', path: '/.bouncer/logout' },
      ],
    },
    context,
  );
}

function renderPerson(identity: Identity): SafeHtml {
  const name = identity.name ?? identity.email ?? identity.sub;
  return html`<div class="person"><span class="face" aria-hidden="true">${initialOf(name)}</span><p><strong><bdi>${name}</bdi></strong>${
    identity.name !== null &&
    identity.email !== null &&
    html`<span class="soft"><bdi>${identity.email}</bdi></span>`
  }</p></div>`;
}

function linkHost(application: Application): string | null {
  return application.hosts.find((host) => !host.startsWith('*.')) ?? null;
}

function renderEntry({ application, needsMore }: Entry, context: PageContext): SafeHtml {
  const host = linkHost(application);
  const { label } = application.presentation;
  const words = html`<span class="initial" aria-hidden="true">${initialOf(label)}</span><span class="grow"><strong>${label}</strong><small>${host ?? application.hosts[0]}</small>${
    needsMore && html`<span class="pill">asks for one more step</span>`
  }</span>`;
  if (host === null) return html`<li class="row">${words}</li>`;
  const href = `${originOf(context.settings, host)}/`;
  return html`<li><a class="row" href="${href}">${words}<span class="go">${renderIcon('arrow', 20)}</span></a></li>`;
}
