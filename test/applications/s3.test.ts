// An S3 server behind bouncer, with boto3: its signatures cover method, path, query and headers, so that each must arrive as sent.
import { expect, test } from 'vitest';
import { behindBouncer, findProgram, makeFolder, startServer } from './behind-bouncer.ts';
import { python, runProgram } from './python-program.ts';

const rclone = findProgram('rclone');

test.skipIf(rclone === undefined || python === undefined)(
  'objects, parts, signed addresses and lists',
  async () => {
    const port = await startServer(rclone ?? '', (own) => [
      ...['--config', '/dev/null', 'serve', 's3', '--addr', `127.0.0.1:${own}`],
      ...['--auth-key', 'ACCESSKEY1,SECRETKEY1', makeFolder()],
    ]);
    const site = await behindBouncer(port);
    expect(await runProgram('s3-client.py', String(site.port))).toBe('parts\nheaders\nsigned\ndeleted\n');
  },
);
