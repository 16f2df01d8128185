// Git over HTTP with the real git client and git http-backend: clone, push, and a pack that is large enough to be chunked.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { gatewayTo, httpUpstream, tcp } from './fixture.ts';

const run = promisify(execFile);
const quiet = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};

function backendPath(): string | null {
  try {
    const path = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
    return existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

/** `git http-backend` as a CGI program (RFC 3875), just enough of it. */
function cgi(backend: string, root: string): http.RequestListener {
  return (req, res) => {
    const [path = '/', query = ''] = (req.url ?? '/').split('?');
    const child = spawn(backend, {
      env: {
        ...quiet,
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        REMOTE_USER: 'alice',
        REQUEST_METHOD: req.method,
        PATH_INFO: path,
        QUERY_STRING: query,
        CONTENT_TYPE: req.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: String(req.headers['content-encoding'] ?? ''),
        GIT_PROTOCOL: String(req.headers['git-protocol'] ?? ''),
      },
    });
    req.pipe(child.stdin);
    child.stdin.on('error', () => {});
    let head: Buffer | null = Buffer.alloc(0);
    child.stdout.on('data', (chunk: Buffer) => {
      if (head === null) {
        res.write(chunk);
        return;
      }
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      let status = 200;
      for (const line of head.subarray(0, end).toString().split('\r\n')) {
        const [name = '', value = ''] = line.split(/:\s*/, 2);
        if (name === 'Status') status = Number.parseInt(value, 10);
        else res.setHeader(name, value);
      }
      res.writeHead(status);
      res.write(head.subarray(end + 4));
      head = null;
    });
    child.on('close', () => res.end());
  };
}

const backend = backendPath();

test.skipIf(backend === null)('clone, a push of a large pack, and a fetch of it pass', async () => {
  const root = mkdtempSync(join(tmpdir(), 'bouncer-git-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'served'));
  const git = (cwd: string, ...args: string[]) => run('git', args, { cwd, env: quiet });
  await git(root, 'init', '-q', '--bare', '-b', 'main', 'served/project.git');
  await git(join(root, 'served/project.git'), 'config', 'http.receivepack', 'true');
  const upstream = await httpUpstream(cgi(backend ?? '', join(root, 'served')));
  const { port, gateway } = await gatewayTo([tcp(upstream.port)]);
  const url = `http://127.0.0.1:${port}/project.git`;

  await git(root, 'clone', '-q', url, 'one');
  const one = join(root, 'one');
  const large = randomBytes(5_000_000);
  writeFileSync(join(one, 'large.bin'), large);
  await git(one, 'add', '.');
  await git(one, 'commit', '-qm', 'a large file');
  // Above http.postBuffer git sends the pack in chunks.
  await git(one, 'push', '-q', 'origin', 'HEAD:main');
  await git(root, 'clone', '-q', '-b', 'main', url, 'two');
  expect(readFileSync(join(root, 'two/large.bin')).equals(large)).toBe(true);
  await git(join(root, 'two'), 'fsck', '--strict');
  expect(gateway.outcomes.length).toBeGreaterThan(5);
  expect(gateway.outcomes.every((outcome) => outcome.kind === 'end' && outcome.cut === null)).toBe(true);
});
