// A Git-like tool with a build log that runs over a WebSocket, to see how bouncer ends what is not allowed any more.
import { type WebSocket, WebSocketServer } from 'ws';
import { html, type SafeHtml } from '../../ui/html.ts';
import { type AppAnswer, appPage, notFound, type RunningApp, startApp, type Visitor } from './app-server.ts';

const links = [{ path: '/', label: 'Repository' }];

const files = [
  ['src', 'Close the pool before the store'],
  ['test', 'A stalled upload no longer blocks others'],
  ['CHANGELOG.md', 'Release 2.4.0'],
  ['package.json', 'Release 2.4.0'],
  ['README.md', 'Say what it does in the first line'],
] as const;

const steps = [
  'checkout  main at 3f9c1d7',
  'install   412 packages in 6 s',
  'lint      no findings',
  'types     no findings',
  'test      parser ........ 118 passed',
  'test      store ......... 64 passed',
  'test      server ........ 203 passed',
  'bundle    1.4 MB, 12 kB smaller',
  'image     pushed as 3f9c1d7',
  'rollout   1 of 6 machines',
  'rollout   6 of 6 machines',
  'done      waiting for the next commit',
];

/** Start the tool. `issuer` is bouncer's `auth_url`. */
export async function startGit(issuer: string): Promise<RunningApp> {
  const app = await startApp(issuer, 'git', respond);
  // Visitors have nothing to say here.
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 });
  app.server.on('upgrade', (req, socket, head) => {
    socket.on('error', () => socket.destroy());
    app.identify(req).then(
      (visitor) => {
        if (req.url !== '/live' || visitor === null) return void socket.destroy();
        sockets.handleUpgrade(req, socket, head, tellSteps);
      },
      () => void socket.destroy(),
    );
  });
  return {
    ...app,
    close() {
      for (const socket of sockets.clients) socket.terminate();
      return app.close();
    },
  };
}

function tellSteps(socket: WebSocket): void {
  let count = 0;
  const tell = () => socket.send(JSON.stringify({ step: steps[count++ % steps.length], at: Date.now() }));
  tell();
  const timer = setInterval(tell, 1000);
  socket.on('close', () => clearInterval(timer));
  // A visitor who breaks the protocol is disconnected by the library; nothing else is to be done.
  socket.on('error', () => socket.terminate());
}

function respond(path: string, visitor: Visitor): AppAnswer {
  const frame = { theme: 'git', name: 'git', links, path, visitor } as const;
  if (path === '/live.js') {
    return { status: 200, headers: { 'Content-Type': 'text/javascript; charset=utf-8' }, body: liveScript };
  }
  if (path === '/') return appPage({ ...frame, title: 'example/service', main: renderRepository() });
  return notFound(frame);
}

function renderRepository(): SafeHtml {
  return html`<div class="rowed"><h1>example / service</h1><span class="tag">main</span></div>
<section class="card"><h2>Files</h2><ul class="files">${files.map(
    ([name, message]) => html`<li><span class="code">${name}</span><span class="soft">${message}</span></li>`,
  )}</ul></section>
<section class="card stack"><div class="rowed"><h2 id="log-name">Build log</h2><p id="state" class="tag" role="status">connecting</p></div>
<ol id="log" class="lines code" aria-labelledby="log-name" tabindex="0"></ol>
<p class="soft">This is a WebSocket through bouncer. End your login, here or in another tab, or take yourself out of the rules file: it is cut within a second.</p>
<div class="rowed"><button id="leave" class="button" type="button">End my login and watch</button><a id="again" class="button quiet" href="/" hidden>Log in again</a></div>
<noscript><p>The build log needs JavaScript; everything of bouncer’s own works without.</p></noscript>
<script src="/live.js"></script></section>`;
}

const liveScript = `const log = document.getElementById('log');
const state = document.getElementById('state');
const again = document.getElementById('again');
const leave = document.getElementById('leave');

function show(text, kind) {
  state.textContent = text;
  state.className = 'tag ' + kind;
}

function add(text) {
  const line = document.createElement('li');
  line.textContent = new Date().toLocaleTimeString() + '  ' + text;
  log.append(line);
  while (log.childElementCount > 200) log.firstElementChild.remove();
  log.scrollTop = log.scrollHeight;
}

const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/live');
socket.onopen = () => show('live', 'good');
socket.onmessage = ({ data }) => add(JSON.parse(data).step);
socket.onclose = () => {
  show('connection cut', 'bad');
  add('the connection was cut: your login ended, or the rules changed');
  again.hidden = false;
  leave.hidden = true;
};
leave.onclick = () => fetch('/.bouncer/logout', { method: 'POST', redirect: 'manual' });
`;
