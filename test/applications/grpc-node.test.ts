// gRPC of Node (grpc-js) through a whole bouncer by https, to a server in C core: two makes that must understand each other through it.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../front/front-fixture.ts';
import { behindBouncer, makeFolder } from './behind-bouncer.ts';
import { python, startProgram } from './python-program.ts';

/** As far as it is used here. */
interface Call {
  on(event: string, listener: (value: never) => void): Call;
  write(message: Buffer): void;
  end(): void;
}
interface Client {
  makeUnaryRequest(
    ...args: readonly [
      string,
      Same,
      Same,
      Buffer,
      unknown,
      object,
      (error: Failure | null, answer?: Buffer) => void,
    ]
  ): Call;
  makeBidiStreamRequest(path: string, serialize: Same, deserialize: Same): Call;
  close(): void;
}
interface Failure {
  readonly code: number;
  readonly details: string;
}
interface Grpc {
  readonly Client: new (target: string, credentials: unknown, options: object) => Client;
  readonly Metadata: new () => unknown;
  readonly credentials: { createSsl(root: Buffer): unknown };
}
type Same = (message: Buffer) => Buffer;

const same: Same = (message) => message;

/** Installed beside the interpreter of BOUNCER_APPLICATIONS. */
const folder = python === undefined ? '' : join(dirname(python), '../../node/node_modules/@grpc/grpc-js');
const hasLibrary = folder !== '' && existsSync(folder);
if (!hasLibrary) process.stderr.write('left out: `@grpc/grpc-js` is not installed (.ci/full applications)\n');

test.skipIf(!hasLibrary)('messages, errors, streams and deadlines', async () => {
  const grpc = createRequire(import.meta.url)(folder) as Grpc;
  const tls = makeCertificate(makeFolder(), 'grpc');
  const site = await behindBouncer(
    await startProgram('grpc-server.py'),
    ['upstream_options: { http2: true }'],
    { tls },
  );
  const root = grpc.credentials.createSsl(readFileSync(tls.certFile));
  const client = new grpc.Client(`127.0.0.1:${site.port}`, root, {
    'grpc.max_receive_message_length': -1,
    // An address is not a server name in TLS.
    'grpc.ssl_target_name_override': 'localhost',
    'grpc.default_authority': `127.0.0.1:${site.port}`,
  });
  onTestFinished(() => client.close());
  const unary = (method: string, message: Buffer, options: object = {}): Promise<Buffer | Failure> =>
    new Promise((resolve) =>
      client.makeUnaryRequest(
        `/Echo/${method}`,
        same,
        same,
        message,
        new grpc.Metadata(),
        options,
        (error, answer) => resolve(error ?? answer ?? Buffer.alloc(0)),
      ),
    );
  for (const size of [0, 1, 16_384, 65_535, 65_536, 70_000, 262_144, 1_048_576, 5_000_000]) {
    const message = randomBytes(size);
    const answer = await unary('Unary', message);
    if (!Buffer.isBuffer(answer)) throw new Error(`${size}: ${answer.code} ${answer.details}`);
    expect([size, answer.equals(message)]).toEqual([size, true]);
  }
  expect(await unary('Fail', Buffer.from('x'))).toMatchObject({ code: 9, details: 'not today, noé' });
  expect(await unary('Nothing', Buffer.alloc(0))).toMatchObject({ code: 12 });
  expect(await unary('Slow', Buffer.from('x'), { deadline: Date.now() + 500 })).toMatchObject({ code: 4 });

  const sent = Array.from({ length: 50 }, () => randomBytes(50_000));
  const call = client.makeBidiStreamRequest('/Echo/Both', same, same);
  const sum = createHash('sha256');
  const ended = new Promise((resolve, reject) => {
    call.on('data', (message: Buffer) => void sum.update(message));
    call.on('end', resolve as () => void);
    call.on('error', reject);
  });
  for (const message of sent) call.write(message);
  call.end();
  await ended;
  expect(sum.digest('hex')).toBe(createHash('sha256').update(Buffer.concat(sent)).digest('hex'));
});
