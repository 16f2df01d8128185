// Child processes of the benchmark: pinned to a core, measured through /proc, and always ended with the benchmark.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../src/demo/free-port.ts';

/** The core of the proxy that is measured, and the core of everything else. */
export const proxyCore = 0;
export const loadCore = 1;

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

export interface Memory {
  /** Kilobytes, of the process and its children. */
  readonly rssKb: number;
  /** Shared pages counted in proportion. */
  readonly pssKb: number;
}

/** A running child. */
export interface Running {
  readonly pid: number;
  /** CPU time of it and its children so far, microseconds. */
  cpuUs(): number;
  memory(): Memory;
  readonly hasExited: boolean;
  /** What it wrote to standard error, the end of it. */
  errors(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const children = new Set<ChildProcess>();
const folders = new Set<string>();
let isEnding = false;

function endAll(): void {
  if (isEnding) return;
  isEnding = true;
  for (const child of children) child.kill('SIGKILL');
  for (const pid of [...children].flatMap(treeOf)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
process.on('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    endAll();
    process.exit(130);
  });
}

/** A folder that goes with the benchmark. Other users may read it: the servers' workers run as somebody else. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-bench-'));
  chmodSync(folder, 0o755);
  folders.add(folder);
  return folder;
}

/** Whether a command can be found. */
export function hasCommand(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A port of loopback that is free now. */
export function freePort(): Promise<number> {
  return findFreePort(0, 1);
}

export interface StartOptions {
  /** `any`: none of its own. */
  readonly core: number | 'any';
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Where standard output goes; nowhere by default. */
  readonly outputFile?: string;
  /** Wait until this port of loopback accepts connections. */
  readonly port: number | null;
  /** How often that is tried, milliseconds; 50 by default. */
  readonly lookEveryMs?: number;
  /** For how long, milliseconds; 60,000 by default. */
  readonly waitMs?: number;
}

/** Start a command on one core. */
export async function start(command: string, options: StartOptions): Promise<Running> {
  const output = options.outputFile === undefined ? null : openSync(options.outputFile, 'a');
  const cores = options.core === 'any' ? `${proxyCore},${loadCore}` : String(options.core);
  const child = spawn('taskset', ['-c', cores, command, ...options.args], {
    stdio: ['ignore', output ?? 'ignore', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (output !== null) closeSync(output);
  children.add(child);
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000);
  });
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => {
      children.delete(child);
      resolve();
    });
    child.once('error', () => resolve());
  });
  const isOver = (): boolean =>
    child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const running: Running = {
    pid: child.pid ?? 0,
    cpuUs: () => treeOf(child).reduce((sum, pid) => sum + cpuOf(pid), 0),
    memory: () => {
      const all = treeOf(child).map(memoryOf);
      return { rssKb: sumOf(all, 'rssKb'), pssKb: sumOf(all, 'pssKb') };
    },
    get hasExited() {
      return isOver();
    },
    errors: () => errors,
    async stop(signal = 'SIGTERM') {
      if (isOver()) return;
      const tree = treeOf(child);
      child.kill(signal);
      const timer = setTimeout(() => {
        for (const pid of tree) killQuietly(pid);
      }, 4_000);
      await exited;
      clearTimeout(timer);
    },
  };
  if (options.port !== null) {
    const { lookEveryMs: everyMs = 50, waitMs = 60_000 } = options;
    await waitForPort(options.port, running, { command, everyMs, waitMs });
  }
  return running;
}

/** Several as one: what all of them cost and weigh. */
export function joined(first: Running, ...others: readonly Running[]): Running {
  const all = [first, ...others];
  return {
    pid: first.pid,
    cpuUs: () => all.reduce((sum, one) => sum + one.cpuUs(), 0),
    memory: () => {
      const found = all.map((one) => one.memory());
      return { rssKb: sumOf(found, 'rssKb'), pssKb: sumOf(found, 'pssKb') };
    },
    get hasExited() {
      return all.some((one) => one.hasExited);
    },
    errors: () => all.map((one) => one.errors()).join('\n'),
    async stop(signal) {
      await Promise.all(all.map((one) => one.stop(signal)));
    },
  };
}

async function waitForPort(
  port: number,
  running: Running,
  {
    command,
    everyMs,
    waitMs,
  }: { readonly command: string; readonly everyMs: number; readonly waitMs: number },
): Promise<void> {
  for (let waitedMs = 0; waitedMs < waitMs; waitedMs += everyMs) {
    if (running.hasExited) throw new Error(`${command} ended: ${running.errors()}`);
    if (await isListening(port)) return;
    await pause(everyMs);
  }
  await running.stop('SIGKILL');
  throw new Error(`${command} does not listen: ${running.errors()}`);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Run a program to its end on the load generator's core and return its output. */
export function run(
  command: string,
  args: readonly string[],
  timeoutMs: number,
  onOutput: (soFar: string) => void = () => {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('taskset', ['-c', String(loadCore), command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      onOutput(output);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      children.delete(child);
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ended with ${code}: ${errors.slice(-2_000)}${output.slice(-500)}`));
    });
  });
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** The process and all below it. */
function treeOf(child: ChildProcess): number[] {
  if (child.pid === undefined) return [];
  const found = [child.pid];
  for (const pid of found) {
    for (const task of listQuietly(`/proc/${pid}/task`)) {
      const below = readQuietly(`/proc/${pid}/task/${task}/children`);
      for (const one of below.split(' ')) if (one !== '') found.push(Number(one));
    }
  }
  return found;
}

function cpuOf(pid: number): number {
  const stat = readQuietly(`/proc/${pid}/stat`);
  // The name in parentheses may hold spaces; fields 14 to 17 are utime, stime and those of children that were waited for.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0);
  return (ticks * 1e6) / ticksPerSecond;
}

function memoryOf(pid: number): Memory {
  const text = readQuietly(`/proc/${pid}/smaps_rollup`);
  return { rssKb: fieldOf(text, 'Rss'), pssKb: fieldOf(text, 'Pss') };
}

function fieldOf(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}

function sumOf(all: readonly Memory[], key: keyof Memory): number {
  return all.reduce((sum, one) => sum + one[key], 0);
}

function readQuietly(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function listQuietly(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
