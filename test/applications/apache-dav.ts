// Apache with mod_dav, serving a folder of its own to whoever asks it.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, startServer } from './behind-bouncer.ts';

/** @returns its port and the folder that it serves */
export async function startApache(program: string): Promise<{ port: number; files: string }> {
  const root = makeFolder();
  const files = join(root, 'files');
  mkdirSync(files);
  // Started by root it works as somebody else.
  for (const folder of [root, files]) chmodSync(folder, 0o777);
  const config = join(root, 'httpd.conf');
  const port = await startServer(program, (own) => {
    writeFileSync(
      config,
      `ServerRoot ${root}
ServerName 127.0.0.1
PidFile ${root}/pid
ErrorLog ${root}/errors
Listen 127.0.0.1:${own}
${['mpm_event', 'authz_core', 'dav', 'dav_fs'].map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
DavLockDB ${root}/locks
DocumentRoot ${files}
<Directory ${files}>
  Dav On
  Require all granted
</Directory>
`,
    );
    return ['-f', config, '-D', 'FOREGROUND'];
  });
  return { port, files };
}
