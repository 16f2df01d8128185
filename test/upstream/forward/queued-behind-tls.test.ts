// What an upstream sends behind a whole response is never the answer to the request that waited for its place; over TLS several
// reads come out of one.
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Certificates, createCertificates } from './certificates.ts';
import { exchange, gatewayTo, listen, tcp, waitFor } from './fixture.ts';

let certificates: Certificates;
beforeAll(() => {
  certificates = createCertificates();
});
afterAll(() => certificates.remove());

test('what follows a response in the same segment answers nobody who waits', async () => {
  const { certFile, keyFile } = certificates.issue('queue', 'IP:127.0.0.1');
  let asked = 0;
  let answerFirst = (): void => {};
  const server = tls.createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {
      const own = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown';
      if (++asked > 1) return void socket.write(own);
      answerFirst = () => {
        const head = 'HTTP/1.1 200 OK\r\nContent-Length: 16000\r\n';
        const first = `${head}X-Pad: ${'p'.repeat(16384 - head.length - 7 - 4 - 16000)}\r\n\r\n${'a'.repeat(16000)}`;
        socket.write(`${first}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`);
      };
    });
  });
  onTestFinished(() => void server.close());
  const address = tcp(await listen(server), true);
  const { port, gateway } = await gatewayTo([address], {
    caFile: certificates.caFile,
    maxConnections: 1,
    maxConnectionsPerClient: 1,
  });
  const ask = 'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n';
  const first = exchange(port, ask);
  await waitFor(() => asked === 1);
  const second = exchange(port, ask);
  await waitFor(() => gateway.started === 2);
  answerFirst();
  expect((await first).length).toBeGreaterThan(16_000);
  const answer = await second;
  expect(answer).not.toContain('poison');
  expect(answer).toContain('own');
});
