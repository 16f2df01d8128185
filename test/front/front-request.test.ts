// The merged fields of requests that repeat those before on their connection: what Node makes of them, and each request's own.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FrontRequest } from '../../src/front/front-request.ts';
import { createKnownHead, keptHeads, setKeptHeads } from '../../src/http/known-head.ts';

/** What each request had when it came, in order. */
let seen: IncomingMessage['headers'][] = [];
let reused = 0;
const server = createServer({ IncomingMessage: FrontRequest }, (req, res) => {
  if (keptHeads(req.socket)[0]?.merged != null) reused++;
  seen.push(structuredClone({ ...req.headers }));
  // As a router or a body parser would.
  req.headers['x-spoiled'] = 'yes';
  delete req.headers.host;
  if (keptHeads(req.socket)[0]?.isRepeated !== true)
    setKeptHeads(req.socket, [createKnownHead(req.rawHeaders)]);
  res.end();
});
const plain = createServer((req, res) => {
  seen.push(structuredClone({ ...req.headers }));
  res.end();
});

beforeAll(async () => {
  for (const one of [server, plain]) await once(one.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  for (const one of [server, plain]) one.close();
});

/** What the server makes of heads that come over one connection. */
async function merged(on: typeof server, heads: readonly string[]): Promise<IncomingMessage['headers'][]> {
  seen = [];
  const socket = connect((on.address() as AddressInfo).port, '127.0.0.1');
  let answers = 0;
  const done = new Promise<void>((resolve) =>
    socket.on('data', (bytes) => {
      answers += bytes.toString('latin1').split('HTTP/1.1 ').length - 1;
      if (answers === heads.length) resolve();
    }),
  );
  socket.write(heads.join(''), 'latin1');
  await done;
  socket.destroy();
  return seen;
}

const names = [
  'Cookie',
  'cookie',
  'Accept',
  'X-A',
  'x-a',
  'Set-Cookie',
  '__proto__',
  'constructor',
  'Referer',
];
const head = fc
  .array(fc.tuple(fc.constantFrom(...names), fc.constantFrom('a', 'b=c', 'd, e', '\xe9')), { maxLength: 6 })
  .map((fields) => fields.map(([name, value]) => `${name}: ${value}\r\n`).join(''))
  .map((fields) => `GET / HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n`);

test('are those of a request that repeats nothing, whatever was done with the ones before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(head, { minLength: 1, maxLength: 4 }), async (heads) => {
      const repeated = heads.flatMap((one) => [one, one, one]);
      expect(await merged(server, repeated)).toEqual(await merged(plain, repeated));
    }),
    { numRuns: 200 },
  );
  // Otherwise nothing was compared.
  expect(reused).toBeGreaterThan(100);
});
