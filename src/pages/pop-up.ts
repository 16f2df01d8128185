// Logging in in a window of its own, for applications of one page: a module that they import, and the last page of that window. The two
// speak by a channel of the application's own origin: a window's opener is lost on the way through other origins' pages.
import { createHash } from 'node:crypto';
import { html, type SafeHtml } from '../ui/html.ts';
import { renderMessage } from '../ui/message-page.ts';
import type { Endpoint } from './endpoint.ts';
import { lookOf, type PageContext } from './page-context.ts';
import { scriptPageHeaders } from './page-headers.ts';

export const loggedInPath = '/.bouncer/logged-in';
export const popUpModulePath = '/.bouncer/login.js';

// Without a character that would be escaped: a script is not text.
const tellAndClose: SafeHtml = html`new BroadcastChannel('bouncer').postMessage('logged-in');
window.close();`;

let hash: string | undefined;

/** The source expression that admits the line that closes the window (CSP Level 3 section 8.4). */
function tellHash(): string {
  hash ??= `'sha256-${createHash('sha256').update(tellAndClose.toString()).digest('base64')}'`;
  return hash;
}

/** A whole HTML document. */
export function renderLoggedIn(context: PageContext): string {
  const isIn = context.visit.session !== null;
  const { common, popUp } = context.texts;
  const { title, text } = isIn ? popUp.loggedIn : popUp.notLoggedIn;
  const href = `/.bouncer/login?return_to=${encodeURIComponent(loggedInPath)}`;
  return renderMessage(
    {
      title,
      tone: 'calm',
      icon: isIn ? 'check' : 'key',
      text: [text],
      actions: isIn ? [] : [{ kind: 'link', label: common.logIn, href }],
      facts: null,
      homeHref: null,
      requestId: null,
      ...(isIn ? { script: html`<script id="close">${tellAndClose}</script>` } : {}),
    },
    lookOf(context),
  );
}

export const loggedIn: Endpoint = {
  GET: (context) => ({
    kind: 'page',
    status: 200,
    body: renderLoggedIn(context),
    headers: scriptPageHeaders(context.settings, tellHash()),
  }),
};

/** The module, as browsers get it. Its documentation is in docs/applications.md. */
export const popUpModule = `// Log a person in in a window of its own, without leaving the page. Part of bouncer.
const last = '${loggedInPath}';
// How many wait for a login.
let waiting = 0;

/** answer: what a 401 of bouncer said, as JSON. Resolves when the person is logged in. */
export async function logIn({ login_url: address = '/.bouncer/login' } = {}, { signal, timeoutMs = 600000 } = {}) {
  const url = new URL(address, location.origin);
  if (url.origin !== location.origin || url.pathname !== '/.bouncer/login')
    throw new TypeError('this is not a login of this host');
  url.searchParams.set('return_to', last);
  signal?.throwIfAborted();
  // One window for all who wait. A click opens it anew: that somebody closed it, nothing says.
  if ((waiting === 0 || navigator.userActivation?.isActive) &&
    window.open(url.href, 'bouncer', 'popup,width=520,height=720') === null)
    throw new DOMException('the browser opens a window only for a click', 'NotAllowedError');
  const channel = new BroadcastChannel('bouncer');
  const stop = new AbortController();
  waiting += 1;
  return new Promise((resolve, reject) => {
    channel.onmessage = ({ data }) => { if (data === 'logged-in') resolve(); };
    signal?.addEventListener('abort', () => reject(signal.reason), { signal: stop.signal });
    const timer = setTimeout(() => reject(new DOMException('nobody logged in', 'TimeoutError')), timeoutMs);
    stop.signal.addEventListener('abort', () => clearTimeout(timer));
  }).finally(() => { waiting -= 1; stop.abort(); channel.close(); });
}

/** As fetch; where bouncer asks for a login, it is asked for in a window, and the request is sent once more. */
export async function fetchLoggedIn(input, init) {
  const request = new Request(input, init);
  const answer = await fetch(request.clone());
  if (answer.status !== 401) return answer;
  const said = await answer.clone().json().catch(() => null);
  if (typeof said?.login_url !== 'string') return answer;
  await logIn(said, { signal: request.signal });
  return fetch(request);
}
`;

export const popUpScript: Endpoint = {
  GET: () => ({
    kind: 'script',
    status: 200,
    body: popUpModule,
    headers: { 'Cache-Control': 'public, max-age=3600' },
  }),
};
