// What a client got of an answer, by what is left of it when its connection is gone.
import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { isLengthSent } from '../../src/upstream/client-response.ts';
import { listen } from './forward/fixture.ts';

/** More than a connection takes that nobody reads. */
const plenty = 64 * 1024 * 1024;

/** @param write writes all that was announced; the end is not said */
async function isSent(
  bytes: number,
  write: (res: ServerResponse) => void,
  leave: (client: net.Socket) => void,
): Promise<boolean> {
  const fields = ['Content-Length', String(bytes)];
  const server = http.createServer((_req, res) => {
    res.writeHead(200, fields);
    write(res);
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
  const leave = (client: net.Socket): void =>
    void client.setEncoding('latin1').on('data', (text) => {
      got += text;
      if (got.endsWith('hello')) client.destroy();
    });
  expect(await isSent(5, (res) => res.write('hello'), leave)).toBe(true);
});

test('a client that left while a part waited to be sent has not, though the wait is over', async () => {
  const write = (res: ServerResponse): unknown => res.write(Buffer.alloc(plenty));
  expect(await isSent(plenty, write, (client) => client.resetAndDestroy())).toBe(false);
});

test('a client has nothing of what came after its connection was ended', async () => {
  const write = (res: ServerResponse): void => {
    res.write('hel');
    res.socket?.end();
    res.write('lo');
  };
  expect(await isSent(5, write, (client) => client.resume())).toBe(false);
});
