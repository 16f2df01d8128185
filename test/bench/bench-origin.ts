// The origins behind the proxies: nginx with static files, a sink for uploads, an echo for WebSockets. All on the load generator's core.
import { chmodSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, loadCore, makeFolder, type Running, start } from './bench-processes.ts';

export const gigabyte = 1_000_000_000;

export interface Origin {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export type OriginKind = 'files' | 'uploads' | 'websockets';

/** The file of this folder, for a child process. */
export const programFile = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What an nginx needs before its `http` block when it is started by hand. */
export function nginxPreamble(folder: string): string {
  const user = process.getuid?.() === 0 ? 'user root;\n' : '';
  return `${user}daemon off;\nworker_processes 1;\npid ${folder}/nginx.pid;\nerror_log ${folder}/error.log warn;
worker_rlimit_nofile 16384;\nevents { worker_connections 8192; }\n`;
}

/** Folders for nginx's own temporary files, so that it touches nothing of the system's. */
export function nginxFolders(folder: string): string {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join('\n');
}

/** Start an origin. */
export async function startOrigin(kind: OriginKind): Promise<Origin> {
  const port = await freePort();
  const running = kind === 'files' ? await startFiles(port) : await startProgram(`origin-${kind}.ts`, port);
  return { url: `http://127.0.0.1:${port}`, port, stop: () => running.stop() };
}

function startProgram(name: string, port: number): Promise<Running> {
  return start(process.execPath, { core: loadCore, args: [programFile(name), String(port)], port });
}

function startFiles(port: number): Promise<Running> {
  const folder = makeFolder();
  const files = join(folder, 'files');
  mkdirSync(files);
  writeFileSync(join(files, '1k'), Buffer.alloc(1_024, 'x'));
  writeFileSync(join(files, '100k'), Buffer.alloc(102_400, 'x'));
  writeFileSync(join(files, '1g'), '');
  truncateSync(join(files, '1g'), gigabyte);
  chmodSync(files, 0o755);
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `${nginxPreamble(folder)}http {
  ${nginxFolders(folder)}
  access_log off;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=10;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  default_type application/octet-stream;
  server { listen 127.0.0.1:${port} backlog=1024; root ${files}; etag off; }
}
`,
  );
  return start('nginx', { core: loadCore, args: ['-c', config, '-p', folder], port });
}
