// A terminal that waits for its code to be typed, while the other side is not always there.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { logInByCode } from '../../../src/cli/edge/log-in.ts';

interface Said {
  readonly status: number;
  readonly body: string;
}

const pending = { status: 400, body: '{"error":"authorization_pending"}' };

/** Asks an edge that says these things one after the other. */
async function logIn(...said: readonly Said[]): Promise<string> {
  const left = [...said];
  const server = createServer((req, res) => {
    const device = { device_code: 'd', user_code: 'BBBB-BBBB', verification_uri: 'http://x', interval: 1 };
    const { status, body } = req.url?.endsWith('/device')
      ? { status: 200, body: JSON.stringify(device) }
      : (left.shift() ?? { status: 400, body: '{"error":"expired_token"}' });
    req.resume();
    res.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const authUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const output = { write: () => {} };
  const stdin = (async function* () {})();
  const terminal = { stdin, stdout: output, stderr: output, cwd: '/', env: {} };
  return logInByCode(terminal, { authUrl, hasDeviceLogin: true }, { name: 'x', stepUp: null });
}

test('goes on where the other side starts anew, or is away behind a proxy that says so', async () => {
  const away = [
    { status: 503, body: '{"error":"temporarily_unavailable"}' },
    { status: 502, body: '<html>' },
  ];
  expect(await logIn(...away, pending, { status: 200, body: '{"access_token":"t"}' })).toBe('t');
});

test.each([
  ['access_denied', 'you said no'],
  ['expired_token', 'nobody typed the code in time'],
  ['invalid_grant', 'did not hold until the end'],
  ['something new', 'the login was refused (400)'],
])('ends at once with %s', async (error, words) => {
  await expect(logIn({ status: 400, body: JSON.stringify({ error }) })).rejects.toThrow(words);
});
