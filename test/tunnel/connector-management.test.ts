// What a connector answers on its own machine, and to whom.
import { once } from 'node:events';
import http from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { serveManagement } from '../../src/tunnel/connector/connector-management.ts';
import { connectorTo, services, startEdge } from './tunnel-fixture.ts';

async function ask(port: number, path: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET') {
  const request = http.request({ port, host: '127.0.0.1', path, headers, method, agent: false }).end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, text };
}

test('a connector says how it is to this machine, by its own names, and to no page that leads a name here', async () => {
  const edge = await startEdge();
  const { connector } = connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'));
  await edge.carriers('wiki', 2);
  const port = await findFreePort(0, 1);
  const management = await serveManagement(`127.0.0.1:${port}`, connector);
  onTestFinished(() => management.close());
  expect(await ask(port, '/livez')).toEqual({ status: 200, text: 'ok\n' });
  expect(await ask(port, '/readyz', { host: 'localhost' })).toMatchObject({
    status: 200,
    text: expect.stringContaining('"isReady":true'),
  });
  expect((await ask(port, '/metrics', { host: `127.0.0.1:${port}` })).text).toContain(
    'bouncer_connector_connections 2\n',
  );
  expect((await ask(port, '/readyz', {}, 'POST')).status).toBe(405);
  expect((await ask(port, '/other')).status).toBe(404);
  for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example'])
    expect(await ask(port, '/readyz', { host })).toEqual({
      status: 421,
      text: 'not a name of this machine\n',
    });
  connector.close();
  expect((await ask(port, '/readyz')).status).toBe(503);
});

test.each(['0.0.0.0:9465', '[::]:9465', '192.0.2.1:9465'])(
  'a connector answers at no address that others reach: %s',
  async (address) => {
    const edge = await startEdge();
    const { connector } = connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'));
    await expect(serveManagement(address, connector)).rejects.toThrow(
      'is not an address of this machine alone',
    );
  },
);
