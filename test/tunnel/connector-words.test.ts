// What whoever runs a connector reads: its log on a terminal, its state, and what to do when an edge is not reached.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { printStatus } from '../../src/cli/connector-status.ts';
import { checkConnector } from '../../src/tunnel/connector/check-connector.ts';
import { createConnectorLog } from '../../src/tunnel/connector/connector-log.ts';
import { serveManagement } from '../../src/tunnel/connector/connector-management.ts';
import { parseServiceOption } from '../../src/tunnel/connector/service-list.ts';
import { connectorTo, services, startEdge, waitUntil } from './tunnel-fixture.ts';

function output(isTTY: boolean): { write(text: string): void; readonly isTTY: boolean; text: string } {
  return {
    isTTY,
    text: '',
    write(text) {
      this.text += text;
    },
  };
}

test('the log of a connector is words on a terminal, and what repeats is said once', () => {
  const out = output(true);
  const log = createConnectorLog(out);
  for (const retry_ms of [100, 200])
    log.warn('not_connected', { edge: 'e:1', cause: 'no \u001b[2Jway', hint: 'find one', retry_ms });
  log.info('connected', { edge: 'e:1', tunnel: 'office' });
  expect(out.text.replace(/^\d\d:\d\d:\d\d/gm, 'TIME')).toBe(
    'TIME  not connected, edge e:1, cause no \\u001b[2Jway, it goes on trying\n' +
      '          hint: find one\n' +
      'TIME  connected, edge e:1, tunnel office\n',
  );
  const piped = output(false);
  createConnectorLog(piped).info('connected', { edge: 'e:1' });
  expect(JSON.parse(piped.text)).toMatchObject({ level: 'info', event: 'connected', edge: 'e:1' });
});

test('the state of a connector is words, or JSON for a program', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-status-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const edge = await startEdge();
  const { connector, said } = connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'));
  await edge.carriers('wiki', 2);
  const connected = await waitUntil(() => {
    const all = said.filter(({ name }) => name === 'connected');
    return all.length === 2 && all;
  });
  for (const { fields } of connected) expect(fields).toMatchObject({ tunnel: 'office' });
  const place = `unix:${join(folder, 'socket')}`;
  const management = await serveManagement(place, connector);
  onTestFinished(() => management.close());
  const stdout = output(false);
  const terminal = { stdout, stderr: stdout, cwd: folder, env: {}, stdin: process.stdin };
  expect(await printStatus(place, {}, terminal)).toBe(true);
  const id = connector.report().connector;
  const line = `connection  to 127.0.0.1:${edge.port}, connected, 0 open to services\n`;
  expect(stdout.text).toBe(
    `tunnel      office\nconnector   ${id}\nready       yes, requests can come\n${line}${line}services    wiki\n`,
  );
  stdout.text = '';
  await printStatus(place, { json: true }, terminal);
  expect(JSON.parse(stdout.text)).toEqual(connector.report());
  await expect(printStatus('unix:nowhere', {}, terminal)).rejects.toMatchObject({
    hint: expect.stringContaining('management'),
  });
});

test('a look at an edge that is not reached has a way out', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const port = (closed.address() as { port: number }).port;
  await new Promise((resolve) => closed.close(resolve));
  const looks = await checkConnector({
    addresses: [`127.0.0.1:${port}`, 'edge.invalid:7844'],
    ...{ pins: [], services: [], env: {} },
  });
  expect(looks).toMatchObject([
    { failure: expect.stringContaining('ECONNREFUSED'), hint: expect.stringContaining('does bouncer run') },
    { failure: expect.stringContaining('cannot be looked up'), hint: expect.stringContaining('DNS') },
  ]);
});

test('a service that is a port alone is told what was meant', () => {
  expect(() => parseServiceOption('site=1313', '/')).toThrow(
    expect.objectContaining({ hint: 'did you mean `http://127.0.0.1:1313`?' }),
  );
});
