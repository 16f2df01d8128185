// A provider that is a program of somebody else's: started on a free port, awaited however long it takes, and ended with all it started.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface RunningProgram {
  /** What it wrote, for the message of a test that failed. */
  output(): string;
  stop(): Promise<void>;
}

/** How long one may take to be ready: Java on a busy machine needs minutes. Milliseconds. */
const readyMs = 10 * 60_000;

/** Whether a program is there; says aloud, once, what does not run without it. @param where the environment variable and its value */
export function hasProgram(
  where: readonly [variable: string, value: string | undefined],
  what: string,
): boolean {
  const [variable, value] = where;
  if (value === undefined || value === '') {
    console.warn(`skipped: ${what}; \`.ci/full\` installs it and sets ${variable}`);
    return false;
  }
  return true;
}

function stopGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** @param readyUrl answers 200 once it is ready @throws Error with its output when it ends before, or is not ready in time */
export async function startProgram(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env: Readonly<Record<string, string>>;
    readonly readyUrl: string;
  },
): Promise<RunningProgram> {
  // A group of its own: a start script may leave a child behind.
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-8192);
    });
  let failure: string | null = null;
  child.on('error', (error) => {
    failure = error.message;
  });
  child.on('exit', (code) => {
    failure ??= `it ended with code ${code}`;
  });
  process.on('exit', () => stopGroup(child));
  const until = Date.now() + readyMs;
  for (;;) {
    const status = await fetch(options.readyUrl).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) break;
    if (failure !== null || Date.now() > until) {
      stopGroup(child);
      throw new Error(`${command} is not ready: ${failure ?? 'no answer in time'}\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return {
    output: () => output,
    stop: async () => {
      const isOver = child.exitCode !== null || child.signalCode !== null;
      const end = isOver ? Promise.resolve() : once(child, 'exit');
      stopGroup(child);
      await end;
    },
  };
}

/** Asks until the answer is the wanted one. @throws Error with the last answer after two minutes */
export async function until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  const end = Date.now() + 120_000;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
