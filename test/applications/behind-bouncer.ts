// Servers and clients of other people, with a whole bouncer between them. What is not installed is left out, and said.
import { execFile, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { type Site, type SiteOptions, startSite } from '../fixtures/running-site.ts';
import { python } from './python-program.ts';

/** Beside the interpreter of BOUNCER_APPLICATIONS, or on the path; `undefined`, with a line that says so, where it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [
    python === undefined ? '' : dirname(python),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  for (const folder of [...folders, '/usr/sbin']) {
    if (folder === '') continue;
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // The next one.
    }
  }
  process.stderr.write(`left out: \`${name}\` is not installed (.ci/full applications)\n`);
  return undefined;
}

/** A folder that is removed after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-application-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Start a server that stays in the foreground, and wait until it accepts connections.
 *
 * @param args made for its port
 */
export async function startServer(
  program: string,
  args: (port: number) => readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const port = await findFreePort(0, 1);
  let said = '';
  const child = spawn(program, args(port), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  onTestFinished(async () => {
    child.kill();
    await closed;
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000);
    });
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Run a client to its end; what it printed. */
export async function run(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, {
    maxBuffer: 16 * 1024 * 1024,
    timeout: 90_000,
  });
  return stdout;
}

/**
 * A bouncer in front of a server on a port of loopback, which everybody may reach at `127.0.0.1`.
 *
 * @param more further lines of the application
 */
export async function behindBouncer(
  port: number,
  more: readonly string[] = [],
  options: Partial<SiteOptions> = {},
): Promise<Site> {
  const site = await startSite({
    rules: `
applications:
  - name: app
    host: 127.0.0.1
    upstream: http://127.0.0.1:${port}
${more.map((line) => `    ${line}\n`).join('')}    policies: [{ name: open, action: bypass, include: [everyone] }]
`,
    ...options,
  });
  onTestFinished(() => site.close());
  return site;
}
