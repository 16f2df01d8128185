// Clients of calendars and of files that cannot open a login page, each with a personal token as the password: vdirsyncer with Radicale,
// rclone and cadaver with Apache's mod_dav. What is not installed is left out.
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startApache } from './apache-dav.ts';
import { findProgram, makeFolder, run, startServer } from './behind-bouncer.ts';
import { behindPassword } from './behind-password.ts';

const apache = findProgram('apache2');
const rclone = findProgram('rclone');
const cadaver = findProgram('cadaver');
const radicale = findProgram('radicale');
const vdirsyncer = findProgram('vdirsyncer');

const event = (uid: string, summary: string): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//EN',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20261126T090000Z',
    'DTSTART:20261201T090000Z',
    'DTEND:20261201T100000Z',
    `SUMMARY:${summary}`,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');

test.skipIf(radicale === undefined || vdirsyncer === undefined)(
  'vdirsyncer keeps a calendar in step, until its person ends the token',
  async () => {
    const root = makeFolder();
    const port = await startServer(radicale ?? '', (own) => {
      // Its users are those whom bouncer names.
      const config = `[server]\nhosts = 127.0.0.1:${own}\n[auth]\ntype = http_x_remote_user\n[storage]\nfilesystem_folder = ${root}/store\n`;
      writeFileSync(join(root, 'radicale.conf'), config);
      return ['--config', join(root, 'radicale.conf')];
    });
    const site = await behindPassword(port, ['identity_headers: { X-Remote-User: email }']);
    for (const folder of ['one', 'two']) mkdirSync(join(root, folder, 'work'), { recursive: true });
    writeFileSync(join(root, 'password'), site.personal, { mode: 0o600 });
    const sync = async (folder: string): Promise<string> => {
      const config = join(root, `${folder}.conf`);
      writeFileSync(
        config,
        `[general]
status_path = "${root}/status-${folder}"
[pair calendar]
a = "local"
b = "remote"
collections = ["work"]
[storage local]
type = "filesystem"
path = "${root}/${folder}"
fileext = ".ics"
[storage remote]
type = "caldav"
url = "http://127.0.0.1:${site.port}/"
username = "whoever"
password.fetch = ["command", "cat", "${root}/password"]
`,
      );
      // It asks whether a calendar that is missing should be made.
      const shell = `yes | "$0" -c "$1" discover && "$0" -c "$1" sync`;
      return run('/bin/sh', '-c', shell, vdirsyncer ?? '', config);
    };
    writeFileSync(join(root, 'one/work/a.ics'), event('a', 'Meeting'));
    await sync('one');
    await sync('two');
    const copied = readdirSync(join(root, 'two/work')).filter((name) => name.endsWith('.ics'));
    expect(copied).toHaveLength(1);
    expect(readFileSync(join(root, 'two/work', copied[0] ?? ''), 'utf8')).toContain('SUMMARY:Meeting');
    // The calendar is that of the person, whatever name the client gave.
    expect(readdirSync(join(root, 'store/collection-root'))).toEqual(['alice@example.com']);
    await site.endPersonal();
    writeFileSync(join(root, 'one/work/b.ics'), event('b', 'Never'));
    await expect(sync('one')).rejects.toThrow(/401/);
  },
);

test.skipIf(apache === undefined || rclone === undefined)('rclone copies a tree there and back', async () => {
  const { port } = await startApache(apache ?? '');
  const site = await behindPassword(port);
  const [tree, back] = [makeFolder(), makeFolder()];
  for (let i = 0; i < 8; i++) writeFileSync(join(tree, `file ${i} é.bin`), `${i}`.repeat(i * 50_000 + 1));
  const config = join(makeFolder(), 'rclone.conf');
  const password = (await run(rclone ?? '', 'obscure', site.personal)).trim();
  const remote = [
    'type = webdav',
    `url = http://127.0.0.1:${site.port}`,
    'user = alice',
    `pass = ${password}`,
  ];
  writeFileSync(config, `[files]\n${remote.join('\n')}\n`);
  const call = (...args: string[]): Promise<string> =>
    run(rclone ?? '', '--config', config, '--retries', '1', '--low-level-retries', '1', ...args);
  await call('copy', tree, 'files:tree');
  await call('copy', 'files:tree', back);
  await call('check', '--download', tree, 'files:tree');
  expect(readdirSync(back)).toEqual(readdirSync(tree));
  await site.endPersonal();
  await expect(call('lsf', 'files:tree')).rejects.toThrow(/401|[Uu]nauthori[sz]ed/);
});

test.skipIf(apache === undefined || cadaver === undefined)(
  'cadaver asks the person’s .netrc and puts, moves and lists',
  async () => {
    const { port, files } = await startApache(apache ?? '');
    const site = await behindPassword(port);
    const home = makeFolder();
    writeFileSync(join(home, '.netrc'), `machine 127.0.0.1\nlogin alice\npassword ${site.personal}\n`);
    chmodSync(join(home, '.netrc'), 0o600);
    writeFileSync(join(home, 'notes.txt'), 'notes');
    const call = (commands: string): Promise<string> =>
      run(
        '/bin/sh',
        '-c',
        'cd "$0" && printf "%s\\n" "$3" | HOME="$0" "$1" "$2" 2>&1',
        ...[home, cadaver ?? '', `http://127.0.0.1:${site.port}/`, commands],
      );
    const listed = await call(
      'mkcol folder\nput notes.txt folder/a.txt\nmove folder/a.txt folder/b.txt\nls folder\nquit',
    );
    expect(listed).toContain('b.txt');
    expect(readFileSync(join(files, 'folder/b.txt'), 'utf8')).toBe('notes');
    await site.endPersonal();
    expect(await call('ls\nquit').catch(String)).not.toContain('folder');
  },
);
