// The naive build (naive-server.ts) as a target: started as a process of its own, and started again when an attack ends it.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { cookieName } from './attack-site.ts';
import type { Target } from './play-exchange.ts';
import { startRecorder } from './recorder.ts';

const placeholders: Readonly<Record<string, string>> = {
  'sealed-with-other-key': 'another-session',
  'txn-cookie-value': 'a-login-in-progress',
};

export interface NaiveTarget extends Target {
  /** True when the last attack ended the process; starts it again. */
  revive(): Promise<boolean>;
  close(): Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
}

async function run(upstreamUrl: string): Promise<Running> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'naive-server.ts'), upstreamUrl], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(Number(String(chunk).trim())));
    child.once('exit', () => reject(new Error('the naive build does not start')));
  });
  return { child, port };
}

/** Start it with a recorder of its own. */
export async function startNaiveBuild(): Promise<NaiveTarget> {
  const upstream = await startRecorder();
  let running = await run(upstream.url);
  return {
    name: 'naive',
    get port() {
      return running.port;
    },
    upstream,
    sessionCookie: async (who) => `${cookieName}=naive-session-of-${who}`,
    fill: (name) => placeholders[name] ?? null,
    records: () => [],
    log: () => '',
    async revive() {
      if (running.child.exitCode === null) return false;
      running = await run(upstream.url);
      return true;
    },
    async close() {
      running.child.kill();
      await upstream.close();
    },
  };
}
