// What a connector makes of an edge that says odd things, or everything at once: a line that stood still gives out at one moment what was
// said over a while.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { createEdgeKeyText, edgeKeyOf } from '../../src/tunnel/wire/edge-certificate.ts';
import type { JoinToken } from '../../src/tunnel/wire/join-token.ts';
import { createKeyPair, seedOf } from '../../src/tunnel/wire/key-text.ts';
import { alpn, proofBytes } from '../../src/tunnel/wire/proof.ts';
import { verdictByte } from '../../src/tunnel/wire/verdict.ts';
import { connectorTo, services, waitUntil } from './tunnel-fixture.ts';

const edgeKey = edgeKeyOf(createEdgeKeyText());

/** Lets everybody in, and says the bytes in the same moment. */
async function edgeThatSays(
  bytes: Buffer,
): Promise<{ readonly token: JoinToken; readonly came: () => number }> {
  let came = 0;
  const server = tls.createServer(
    {
      key: edgeKey.privateKey.export({ format: 'pem', type: 'pkcs8' }),
      cert: edgeKey.certificate,
      ALPNProtocols: [alpn],
    },
    (socket) => {
      let left = proofBytes;
      socket
        .on('error', () => {})
        .on('data', (chunk: Buffer) => {
          const isProof = left > 0;
          left -= chunk.length;
          if (!isProof || left > 0) return;
          came++;
          // The line breaks once it was read: whoever lives comes back.
          socket.end(Buffer.concat([verdictByte('welcome'), bytes]));
        });
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const token = { addresses: [`127.0.0.1:${port}`], pins: [edgeKey.pin], seed: seedOf(createKeyPair()) };
  return { token, came: () => came };
}

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Literal, without an index (RFC 7541 section 6.2.2). */
function field(name: string, value: string): Buffer {
  const text = (of: string): Buffer => Buffer.concat([Buffer.from([of.length]), Buffer.from(of, 'latin1')]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

const begin = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]);
const ask = (stream: number, name: string): Buffer =>
  frame(
    1,
    4,
    stream,
    Buffer.concat([field(':method', 'CONNECT'), field(':authority', name), field('bouncer-window', '65536')]),
  );
const reset = (stream: number): Buffer => frame(3, 0, stream, Buffer.from([0, 0, 0, 8]));
const goAway = (code: number): Buffer => frame(7, 0, 0, Buffer.from([0, 0, 0, 0, 0, 0, 0, code]));

test.each([
  ['the control stream', [ask(1, '.control'), reset(1)]],
  ['a probe', [ask(1, '.control'), ask(3, '.probe'), frame(0, 0, 3, Buffer.alloc(8)), reset(3)]],
  ['a service', [ask(1, '.control'), ask(3, 'wiki'), reset(3)]],
  ['a service that it does not have', [ask(1, '.control'), ask(3, 'mail'), reset(3)]],
  ['a service, together with everything', [ask(1, '.control'), ask(3, 'wiki'), goAway(2)]],
  ['a probe, together with everything', [ask(1, '.control'), ask(3, '.probe'), goAway(0)]],
] as const)('an edge that takes back %s in the moment of asking harms nobody', async (_what, frames) => {
  const { token, came } = await edgeThatSays(Buffer.concat([begin, ...frames]));
  const { said } = connectorTo(token, services('wiki=http://127.0.0.1:9'));
  await waitUntil(() => came() > 2);
  expect(said.some(({ name }) => name === 'disconnected')).toBe(true);
});
