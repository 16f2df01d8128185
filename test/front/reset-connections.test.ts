// Clients that send a request and break their connection off before it is read. The kernel still gives out what they sent, and no address
// any more: whoever did that must not pass for what comes over a Unix socket, which has none.
import { get } from 'node:https';
import { afterEach, expect, test } from 'vitest';
import { sendAndReset } from '../fixtures/send-and-reset.ts';
import { cleanUp, makeCertificate, makeFolder, RawClient, startFront } from './front-fixture.ts';

afterEach(cleanUp);

/** What came: target and address. */
async function startRecording(isSecure: boolean) {
  const came: [string | undefined, string | undefined][] = [];
  const { certFile, keyFile } = isSecure
    ? makeCertificate(makeFolder(), 'localhost')
    : { certFile: '', keyFile: '' };
  const { port } = await startFront(
    {
      onRequest: (req, res) => {
        came.push([req.url, req.socket.remoteAddress]);
        res.end();
      },
    },
    { tls: isSecure ? { certFile, keyFile } : null },
  );
  return { came, port };
}

const post = 'POST /reset HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n';

test('broken off before it was accepted, a connection brings no request', async () => {
  const { came, port } = await startRecording(false);
  for (let i = 0; i < 3; i++) await sendAndReset(port, null, post);
  const after = new RawClient(port);
  after.socket.write('GET /after HTTP/1.1\r\nHost: a.test\r\n\r\n');
  await after.receive('HTTP/1.1 200');
  after.socket.destroy();
  expect(came).toEqual([['/after', '127.0.0.1']]);
});

test('broken off behind its request, one of TLS has the address that it was accepted with', async () => {
  const { came, port } = await startRecording(true);
  await sendAndReset(port, 'http/1.1', post);
  await new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/after', rejectUnauthorized: false, agent: false }, (res) =>
      res.resume().once('end', resolve),
    ).once('error', reject);
  });
  expect(came).toEqual([
    ['/reset', '127.0.0.1'],
    ['/after', '127.0.0.1'],
  ]);
});
