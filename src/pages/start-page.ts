// The start page: who you are here, and which applications you can open. Every entry is decided by the rules, at this moment.

import { parseTarget } from '../http/canonical-path.ts';
import { originOf } from '../http/origin-of.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { Facts, Identity } from '../rules/model/facts.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { renderIcon } from '../ui/icons.ts';
import { initialOf } from '../ui/initial-of.ts';
import { renderPage } from '../ui/layout.ts';
import { renderMessage } from '../ui/message-page.ts';
import type { PageContext } from './page-context.ts';

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
  const root = parseTarget('/');
  if ('problem' in root) return [];
  const facts: Facts = { ...context.facts, method: 'GET' };
  const entries: Entry[] = [];
  for (const application of context.rules.applications) {
    const area = application.selectArea(root);
    if (area === 'ambiguous') continue;
    const { outcome } = area.decide(facts);
    if (outcome === 'allow' || outcome === 'step_up') {
      entries.push({ application, needsMore: outcome === 'step_up' });
    }
  }
  return entries;
}

function renderWelcome(context: PageContext): string {
  const open = openEntries(context);
  return renderMessage({
    title: 'Welcome',
    tone: 'calm',
    icon: 'key',
    text: [
      'This is the way in to the applications behind it. Log in once, and every one that you have access to opens.',
      open.length > 0 &&
        html`Open to everybody: ${open.map(({ application }, i) => html`${i > 0 && ', '}${nameLink(context, application)}`)}.`,
    ].filter((paragraph) => paragraph !== false),
    actions: [{ kind: 'link', label: 'Log in', href: '/.bouncer/login' }],
    facts: null,
    homeHref: null,
    requestId: context.visit.requestId,
  });
}

function nameLink(context: PageContext, application: Application): SafeHtml {
  const host = linkHost(application);
  if (host === null) return html`<strong>${application.name}</strong>`;
  return html`<a href="${originOf(context.settings, host)}/">${application.name}</a>`;
}

function renderList(context: PageContext, identity: Identity): string {
  const entries = openEntries(context);
  const main = html`<div class="wide">
<h1>Your applications</h1>
<section class="bar" aria-label="Who you are">${renderPerson(identity)}<form method="post" action="/.bouncer/logout"><button class="button quiet" type="submit">Log out</button></form></section>
${
  entries.length === 0
    ? html`<p class="note">There is nothing here for this account yet. Ask whoever runs this service to give it access, or <a href="/.bouncer/login?account=other">log in as someone else</a>.</p>`
    : html`<ul class="tiles">${entries.map((entry) => renderEntry(entry, context))}</ul>`
}
</div>`;
  return renderPage({ title: 'Your applications', main, homeHref: null, requestId: context.visit.requestId });
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
  const words = html`<span class="initial" aria-hidden="true">${initialOf(application.name)}</span><span class="grow"><strong>${application.name}</strong><small>${host ?? application.hosts[0]}</small>${
    needsMore && html`<span class="pill">asks for one more step</span>`
  }</span>`;
  if (host === null) return html`<li class="row">${words}</li>`;
  const href = `${originOf(context.settings, host)}/`;
  return html`<li><a class="row" href="${href}">${words}<span class="go">${renderIcon('arrow', 20)}</span></a></li>`;
}
