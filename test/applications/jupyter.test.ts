// JupyterLab behind bouncer: the page, its API with a token, and a kernel that computes over a WebSocket.
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { behindBouncer, findProgram, makeFolder, startServer } from './behind-bouncer.ts';

const jupyter = findProgram('jupyter-lab');

test.skipIf(jupyter === undefined)('a kernel computes', { timeout: 240_000 }, async () => {
  const folder = makeFolder();
  const port = await startServer(
    jupyter ?? '',
    (own) => [
      ...['--no-browser', '--allow-root', '--ip', '127.0.0.1', '--port', String(own)],
      ...['--IdentityProvider.token=secret', `--ServerApp.root_dir=${folder}`, '--ServerApp.port_retries=0'],
      // As the documentation of bouncer says for applications that look at Host.
      '--ServerApp.allow_remote_access=True',
    ],
    { HOME: folder },
  );
  const site = await behindBouncer(port);
  const headers = { Authorization: 'token secret' };
  const page = await fetch(site.at('127.0.0.1', '/lab?token=secret'));
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<title>JupyterLab</title>');
  const answer = await fetch(site.at('127.0.0.1', '/api/kernels'), { method: 'POST', headers });
  expect(answer.status).toBe(201);
  const { id } = (await answer.json()) as { id: string };
  const socket = new WebSocket(`ws://127.0.0.1:${site.port}/api/kernels/${id}/channels`, { headers });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const header = {
    msg_id: 'one',
    msg_type: 'execute_request',
    username: '',
    session: 's',
    version: '5.3',
    date: '',
  };
  const content = { code: 'print(6 * 7, "x" * 100_000)', silent: false };
  socket.send(
    JSON.stringify({ header, parent_header: {}, metadata: {}, content, channel: 'shell', buffers: [] }),
  );
  const said = await new Promise<string>((resolve, reject) => {
    socket.on('close', () => reject(new Error('the WebSocket was closed')));
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString());
      if (message.msg_type === 'stream') resolve(message.content.text);
    });
  });
  expect(said).toMatch(/^42 x{100000}\n$/);
  socket.terminate();
  const deleted = await fetch(site.at('127.0.0.1', `/api/kernels/${id}`), { method: 'DELETE', headers });
  expect(deleted.status).toBe(204);
});
