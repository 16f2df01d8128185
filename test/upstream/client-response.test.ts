// What a client got of an answer, by what is left of it when its connection is gone.
import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { isLengthSent } from '../../src/upstream/client-response.ts';
import { listen } from './forward/fixture.ts';

/** More than a connection takes that nobody reads. */
const plenty = 64 * 1024 * 1024;

async function sentTo(bytes: number, leave: (client: net.Socket) => void): Promise<boolean> {
  const fields = ['Content-Length', String(bytes)];
  const server = http.createServer((_req, res) => {
    res.writeHead(200, fields);
    // All that was announced; the end is not said.
    res.write(Buffer.alloc(bytes));
    server.emit('answered', res);
  });
  onTestFinished(() => void server.close());
  const answered = once(server, 'answered');
  const client = net.connect(await listen(server), '127.0.0.1').on('error', () => {});
  client.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
  const [res] = (await answered) as [ServerResponse];
  leave(client);
  await once(res, 'close');
  return isLengthSent(res, fields, bytes);
}

test('a client that read all that was announced and left has it', async () => {
  let got = '';
  const isSent = await sentTo(5, (client) => {
    client.setEncoding('latin1').on('data', (text) => {
      got += text;
      if (got.endsWith('\0'.repeat(5))) client.destroy();
    });
  });
  expect(isSent).toBe(true);
});

test('a client that left while a part waited to be sent has not, though the wait is over', async () => {
  expect(await sentTo(plenty, (client) => client.resetAndDestroy())).toBe(false);
});
