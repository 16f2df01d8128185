// A small wiki. It shows what an application learns from bouncer: the claims of the signed assertion, verified by itself.
import { html, type SafeHtml } from '../../ui/html.ts';
import { type AppAnswer, appPage, notFound, type RunningApp, startApp, type Visitor } from './app-server.ts';

const links = [
  { path: '/', label: 'Home' },
  { path: '/deploy', label: 'How we deploy' },
  { path: '/on-call', label: 'On call' },
  { path: '/admin', label: 'Administration' },
  { path: '/public', label: 'Public' },
];

const articles: Readonly<Record<string, { readonly title: string; readonly text: readonly string[] }>> = {
  '/deploy': {
    title: 'How we deploy',
    text: [
      'Merge to main, and the pipeline builds, tests and rolls out to one machine. After ten quiet minutes it goes everywhere.',
      'Nobody logs in to a server for it. Rolling back is the same button with the last version.',
    ],
  },
  '/on-call': {
    title: 'On call',
    text: [
      'The week begins on Tuesday at ten. Whoever hands over writes three sentences about what was odd.',
      'Pages go to one person. If five minutes pass, they go to two. Sleep is part of the job: the morning after a night call is free.',
    ],
  },
};

/** Start the wiki. `issuer` is bouncer's `auth_url`. */
export function startWiki(issuer: string): Promise<RunningApp> {
  return startApp(issuer, 'wiki', respond);
}

function respond(path: string, visitor: Visitor): AppAnswer {
  const frame = { theme: 'wiki', name: 'The wiki', links, path, visitor } as const;
  const article = articles[path];
  if (article !== undefined) {
    const main = html`<article class="card stack"><h1>${article.title}</h1>${article.text.map((text) => html`<p>${text}</p>`)}</article>`;
    return appPage({ ...frame, title: article.title, main });
  }
  if (path === '/') return appPage({ ...frame, title: 'Home', main: renderHome(visitor) });
  if (path === '/admin') return appPage({ ...frame, title: 'Administration', main: renderAdmin(visitor) });
  if (path === '/public') return appPage({ ...frame, title: 'Public', main: renderPublic(visitor) });
  return notFound(frame);
}

function renderHome(visitor: Visitor): SafeHtml {
  return html`<div class="stack"><h1>Hello, ${visitor?.name ?? 'you'}</h1>
<p class="soft">This application has no login of its own. With every request it gets a signed statement of who is asking, and checks it.</p></div>
<section class="card stack"><div class="rowed"><h2>What the signed assertion says</h2><span class="tag good">signature verified</span></div>${renderClaims(visitor)}</section>
<section class="grid">${links
    .slice(1, 3)
    .map(
      ({ path, label }) =>
        html`<div class="card stack"><h2><a href="${path}">${label}</a></h2><p class="soft">${articles[path]?.text[0]}</p></div>`,
    )}</section>`;
}

function renderClaims(visitor: Visitor): SafeHtml {
  if (visitor === null) return html`<p>Nobody is logged in.</p>`;
  const time = (seconds: number) =>
    `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  const rows: readonly (readonly [string, string])[] = [
    ['sub', visitor.sub],
    ['email', visitor.email ?? 'none'],
    ['name', visitor.name ?? 'none'],
    ['groups', visitor.groups?.join(', ') || 'none'],
    ['idp', visitor.idp ?? 'none'],
    ['amr', visitor.amr?.join(', ') || 'none'],
    ['iss', visitor.iss],
    ['aud', visitor.aud.join(', ')],
    ['exp', time(visitor.exp)],
  ];
  return html`<dl class="claims">${rows.map(([name, value]) => html`<div><dt class="code">${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function renderAdmin(visitor: Visitor): SafeHtml {
  return html`<div class="stack"><h1>Administration</h1>
<p class="soft">Only administrators get here, and only with a security key. The rule is in the rules file; this page does not know it.</p></div>
<section class="grid">
<div class="card stack"><h2>Who is here</h2><p>${visitor?.email ?? 'nobody'}</p><p><span class="tag good">${visitor?.amr?.includes('hwk') ? 'security key used' : 'no key'}</span></p></div>
<div class="card stack"><h2>Pages</h2><p>5 pages, 2 authors, the last change three days ago.</p></div>
<div class="card stack"><h2>Backups</h2><p>Last night, 1.2 MB, restored and compared.</p></div>
</section>`;
}

function renderPublic(visitor: Visitor): SafeHtml {
  return html`<div class="stack"><h1>Public notes</h1>
<p class="soft">This part is open to everybody: no login, and no assertion for who is nobody.</p></div>
<section class="card stack"><h2>For whoever passes by</h2><p>We keep what we learn in the open where we can. The rest of this wiki is for engineers.</p>
<p>${
    visitor === null
      ? html`<span class="tag">You are nobody here</span>`
      : html`<span class="tag good">You are ${visitor.email ?? visitor.sub}</span>`
  }</p></section>`;
}
