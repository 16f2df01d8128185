// An application for browsers: pages with scripts, forms, frames, a service worker and a WebSocket. It notes what reaches it.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

export interface Application {
  readonly url: string;
  /** Method and URL of everything that arrived, and the person's address by the identity header. */
  readonly seen: readonly { readonly what: string; readonly email: string | undefined }[];
  /** The bodies of all that was posted to `/save`, a character for each byte. */
  readonly saved: readonly string[];
  close(): Promise<void>;
}

const worker = `
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname === '/from-worker') event.respondWith(new Response('by the worker'));
  else if (event.request.mode === 'navigate') event.respondWith(fetch(event.request));
});`;

/** An application of one page: it loads what it shows, and asks for a login where it must, without being left. */
const onePage = `<button>Load</button><button>Log in</button><p id="state">started</p><script type="module">
import { fetchLoggedIn, logIn } from '/.bouncer/login.js';
const [load, login] = document.querySelectorAll('button');
const show = (text) => { document.querySelector('#state').textContent = text; };
load.onclick = async () => {
  try {
    const answer = await fetchLoggedIn('/api', { method: 'POST', body: 'typed' });
    const { email, method } = await answer.json();
    show(method + ' by ' + email);
  } catch (error) { show(error.name); }
};
const state = () => document.querySelector('#state').textContent;
login.onclick = () => logIn().then(() => show(state() === 'in' ? 'in in' : 'in'), (error) => show(error.name));
window.givesUp = () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 100);
  return logIn({}, { signal: stop.signal }).then(() => 'in', (error) => error.name);
};
</script>`;

function page(url: string, email: string | undefined): string {
  const path = url.split('?')[0];
  const title = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>${path}</title><h1>${path}</h1><p id="who">${email ?? 'nobody'}</p>`;
  const frame = new URLSearchParams(url.split('?')[1] ?? '').get('frame');
  if (path === '/embed') return `${title}<iframe src="${frame}"></iframe>`;
  if (path === '/upload' || path === '/attach')
    return `${title}<form method="post" enctype="multipart/form-data" action="${path === '/attach' ? '/save' : path}"><input type="file" name="file"><button>Send</button></form>`;
  if (path === '/edit')
    return `${title}<form method="post" action="/save"><textarea name="text"></textarea><button>Save</button></form>`;
  if (path === '/one-page') return `${title}${onePage}`;
  if (path === '/leave')
    return `${title}<form method="post" action="/.bouncer/logout"><button>Leave</button></form>`;
  return title;
}

function whoAsks(req: IncomingMessage): string | undefined {
  const value = req.headers['x-forwarded-email'];
  return typeof value === 'string' ? value : undefined;
}

/** Starts it on 127.0.0.1. `/api` answers JSON, `/ws` echoes, `/sw.js` is a service worker, anything else is a page. */
export async function startApplication(): Promise<Application> {
  const seen: { what: string; email: string | undefined }[] = [];
  const saved: string[] = [];
  const server = createServer((req, res) => {
    const url = req.url ?? '/';
    const email = whoAsks(req);
    seen.push({ what: `${req.method} ${url}`, email });
    let body = '';
    req.on('data', (chunk: Buffer) => {
      if (url === '/save') body += chunk.toString('latin1');
    });
    req.on('end', () => {
      if (url === '/save' && req.method === 'POST') {
        saved.push(body);
        res.writeHead(303, { location: '/saved' }).end();
      } else if (url.startsWith('/api')) {
        res.setHeader('content-type', 'application/json');
        res.end(JSON.stringify({ email, method: req.method }));
      } else if (url === '/sw.js') {
        res.setHeader('content-type', 'text/javascript');
        res.end(worker);
      } else {
        res.setHeader('content-type', 'text/html; charset=utf-8');
        // As helmet has it by default: where the form's redirects lead is held to this too.
        if (url === '/leave' || url === '/edit')
          res.setHeader('content-security-policy', "form-action 'self'");
        res.end(page(url, email));
      }
    });
  });
  const sockets = new WebSocketServer({ server, path: '/ws' });
  sockets.on('connection', (socket, req) => {
    seen.push({ what: `WS ${req.url}`, email: whoAsks(req) });
    socket.on('message', (data) => socket.send(String(data)));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    saved,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate();
        sockets.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
