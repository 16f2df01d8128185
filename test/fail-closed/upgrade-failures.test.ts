// A WebSocket handshake that goes wrong after the decision: the client is told, and never left waiting.
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Site, startSite } from '../fixtures/running-site.ts';

let site: Site;

beforeAll(async () => {
  site = await startSite({
    rules: `
applications:
  - name: down
    host: down.localhost
    upstream: http://127.0.0.1:1
    policies: [{ name: open, action: bypass, include: [everyone] }]
  - name: full
    host: full.localhost
    upstream: UPSTREAM
    upstream_options: { max_websockets: 1 }
    policies: [{ name: open, action: bypass, include: [everyone] }]
`,
  });
});
afterAll(() => site.close());

/** What comes back until the connection ends. */
function shake(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(site.port, '127.0.0.1');
    let text = '';
    socket.setTimeout(5_000, () => {
      socket.destroy();
      reject(new Error(`nothing more came after: ${text}`));
    });
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.startsWith('HTTP/1.1 101')) resolve(text);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: ${host}:${site.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Origin: http://${host}:${site.port}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
  });
}

test('an upstream that is down is a 502 and the end of the connection', async () => {
  expect(await shake('down.localhost')).toMatch(/^HTTP\/1\.1 502 [\s\S]*upstream_unreachable/);
});

test('one WebSocket more than allowed is a 503', async () => {
  expect(await shake('full.localhost')).toMatch(/^HTTP\/1\.1 101 /);
  expect(await shake('full.localhost')).toMatch(/^HTTP\/1\.1 503 [\s\S]*upstream_busy/);
});
