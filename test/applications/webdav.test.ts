// Apache's mod_dav behind bouncer by https, with curl and rclone: files move, although the server knows nothing of https.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeCertificate } from '../front/front-fixture.ts';
import { startApache } from './apache-dav.ts';
import { behindBouncer, findProgram, makeFolder, run } from './behind-bouncer.ts';

const apache = findProgram('apache2');
const curl = findProgram('curl');
const rclone = findProgram('rclone');

test.skipIf(apache === undefined || curl === undefined)(
  'curl puts, copies, moves, locks and lists',
  async () => {
    const { port, files } = await startApache(apache ?? '');
    const site = await behindBouncer(port, [], { tls: makeCertificate(makeFolder(), 'dav') });
    const url = site.at('127.0.0.1');
    const dav = (method: string, path: string, ...more: string[]): Promise<string> =>
      run(
        curl ?? '',
        '-sSk',
        '--http1.1',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        '-X',
        method,
        ...more,
        url + path.slice(1),
      );
    const source = join(makeFolder(), 'source');
    writeFileSync(source, 'x'.repeat(300_000));
    expect(await dav('MKCOL', '/folder')).toBe('201');
    // As macOS Finder says it.
    expect(await dav('PUT', '/folder/a.txt', '-H', 'Transfer-Encoding: Chunked', '-T', source)).toBe('201');
    expect(readFileSync(join(files, 'folder/a.txt'), 'utf8')).toHaveLength(300_000);
    for (const [method, destination] of [
      ['COPY', `${url}folder/b%20c.txt`],
      ['MOVE', `${url}folder/d.txt`],
      ['COPY', `${url}folder/e.txt`],
    ] as const) {
      const from = destination.endsWith('e.txt') ? '/folder/d.txt' : '/folder/a.txt';
      expect([destination, await dav(method, from, '-H', `Destination: ${destination}`)]).toEqual([
        destination,
        '201',
      ]);
    }
    const listed = await run(curl ?? '', '-sSk', '-X', 'PROPFIND', '-H', 'Depth: 1', `${url}folder/`);
    expect(
      [...listed.matchAll(/<D:href>\/folder\/([^<]*)<\/D:href>/g)].map(([, name]) => name).sort(),
    ).toEqual(['', 'b%20c.txt', 'd.txt', 'e.txt']);
    const lock =
      '<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>';
    expect(await dav('LOCK', '/folder/d.txt', '-d', lock)).toBe('200');
    expect(await dav('DELETE', '/folder/d.txt')).toBe('423');
    expect(await dav('MOVE', '/folder/e.txt', '-H', `Destination: https://elsewhere.test/e.txt`)).toBe('400');
  },
);

test.skipIf(apache === undefined || rclone === undefined)(
  'rclone copies a tree, renames in it, and finds it equal',
  async () => {
    const { port, files } = await startApache(apache ?? '');
    const site = await behindBouncer(port, [], { tls: makeCertificate(makeFolder(), 'dav') });
    const tree = makeFolder();
    for (let i = 0; i < 20; i++) writeFileSync(join(tree, `file ${i} é.bin`), `${i}`.repeat(i * 5_000 + 1));
    const remote = `:webdav,url='${site.at('127.0.0.1')}':`;
    const call = (...args: string[]): Promise<string> =>
      run(rclone ?? '', '--config', '/dev/null', '--no-check-certificate', '--retries', '1', ...args);
    await call('copy', tree, `${remote}tree`);
    await call('check', '--download', tree, `${remote}tree`);
    await call('moveto', `${remote}tree/file 7 é.bin`, `${remote}tree/moved.bin`);
    expect(readFileSync(join(files, 'tree/moved.bin'), 'utf8')).toBe('7'.repeat(35_001));
    expect((await call('lsf', `${remote}tree`)).trim().split('\n')).toHaveLength(20);
  },
);
