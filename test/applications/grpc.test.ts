// gRPC in C core behind bouncer, HTTP/2 on both sides.
import http2 from 'node:http2';
import type net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { gatewayTo, listen, tcp } from '../upstream/forward/fixture.ts';
import { python, runProgram, startProgram } from './python-program.ts';

test.skipIf(python === undefined)('messages of any size, errors, streams and deadlines', async () => {
  const { gateway } = await gatewayTo([tcp(await startProgram('grpc-server.py'))], { isHttp2: true });
  const front = http2.createServer(gateway.handle as never);
  onTestFinished(() => void front.close());
  const port = await listen(front as unknown as net.Server);
  expect(await runProgram('grpc-client.py', String(port))).toBe('unary\nerrors\nstreams\ndeadline\n');
});
