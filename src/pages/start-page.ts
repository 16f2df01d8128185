// The start page: who you are here, and which applications you can open. Every entry is decided by the rules, at this moment.

import { originOf } from '../http/origin-of.ts';
import { approvalsPath } from '../identity/access/access-paths.ts';
import { opensRoot } from '../rules/decide/opens-root.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { Identity } from '../rules/model/facts.ts';
import { fill } from '../ui/fill.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { initialOf } from '../ui/initial-of.ts';
import { isApprover, renderAccountLinks } from './account-links.ts';
import { renderCalm } from './calm-page.ts';
import type { PageContext } from './page-context.ts';
import { renderOwn } from './render-own.ts';

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
  const { common, start: words } = context.texts;
  const open = openEntries(context);
  const applications = open.map(
    ({ application }, i) => html`${i > 0 && ', '}${nameLink(context, application)}`,
  );
  return renderCalm(
    {
      title: words.welcome,
      icon: 'key',
      text: [words.purpose, ...(open.length > 0 ? [fill(words.openToEverybody, { applications })] : [])],
      actions: [{ kind: 'link', label: common.logIn, href: '/.bouncer/login' }],
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
  const { common, start: words } = context.texts;
  const main = html`<div class="wide">
<h1>${common.yourApplications}</h1>
<section class="bar" aria-label="${words.whoYouAre}">${renderPerson(identity)}<form method="post" action="/.bouncer/logout"><button class="button quiet" type="submit">${common.logOut}</button></form></section>
<ul class="tiles">${entries.map((entry) => renderEntry(entry, context))}</ul>
${context.isAuthHost && renderAccountLinks(context, '/.bouncer/')}
</div>`;
  return renderOwn({ title: common.yourApplications, main, homeHref: null }, context);
}

/** Mostly it is the wrong account: somebody has two, and the browser took the other one. */
function renderNothing(context: PageContext, { email, name, sub }: Identity): string {
  const { access, common, start } = context.texts;
  const decides = context.isAuthHost && isApprover(context);
  const person = html`<strong><bdi>${email ?? name ?? sub}</bdi></strong>`;
  return renderCalm(
    {
      title: start.nothing.title,
      icon: 'door',
      text: [fill(start.nothing.who, { person }), start.nothing.hint],
      actions: [
        ...(decides ? ([{ kind: 'link', label: access.approvals.title, href: approvalsPath }] as const) : []),
        { kind: 'link', label: common.logInAsSomeoneElse, href: '/.bouncer/login?account=other' },
        { kind: 'post', label: common.logOut, path: '/.bouncer/logout' },
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
    needsMore && html`<span class="pill">${context.texts.start.asksForMore}</span>`
  }</span>`;
  if (host === null) return html`<li class="row">${words}</li>`;
  const href = `${originOf(context.settings, host)}/`;
  return html`<li><a class="row" href="${href}">${words}<span class="go">${renderIcon('arrow', 20)}</span></a></li>`;
}
