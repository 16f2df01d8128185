// `.ci/full [NAME…]`: installs what the long parts need, runs them one after the other, writes docs/full-run.md, and ends with
// `N passed, N failed`. `--list` names the parts. The checks of every day are in .ci/run.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type FullPart, fullParts } from './full-parts.ts';
import { asCell, type FullResult, readFullResults, renderFullRun } from './full-run-page.ts';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs/full-run.md');
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'bouncer-full');

/** Run a shell line, show what it writes and remember its last line. @returns the exit code; null when it was stopped */
function runShell(
  line: string,
  tools: string,
  timeoutMinutes: number,
): Promise<{ readonly code: number | null; readonly lastLine: string }> {
  return new Promise((resolve) => {
    // A group of its own, so that nothing it started is left behind when its time is over.
    const child = spawn('bash', ['-euo', 'pipefail', '-c', line], {
      cwd: root,
      env: { ...process.env, TOOLS: tools },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, timeoutMinutes * 60_000);
    let tail = '';
    // What went wrong is often said on standard error alone.
    for (const output of [child.stdout, child.stderr])
      output.setEncoding('utf8').on('data', (text: string) => {
        process.stdout.write(text);
        tail = (tail + text).slice(-4096);
      });
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ code: null, lastLine: error.message });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      const lastLine = tail.trimEnd().split('\n').at(-1) ?? '';
      resolve({ code, lastLine: code === null ? `stopped after ${timeoutMinutes} minutes` : lastLine });
    });
  });
}

/** Once on a machine, and again when the command changed. @returns null, or what went wrong */
async function install({ name, install, timeoutMinutes }: FullPart, tools: string): Promise<string | null> {
  if (install === null) return null;
  const stamp = join(tools, '.installed-by');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === install) return null;
  process.stdout.write(`── ${name}: installing\n`);
  rmSync(tools, { recursive: true, force: true });
  mkdirSync(tools, { recursive: true });
  const { code, lastLine } = await runShell(install, tools, timeoutMinutes);
  if (code !== 0) return `its tools could not be installed: ${lastLine}`;
  writeFileSync(stamp, install);
  return null;
}

async function runPart(part: FullPart): Promise<FullResult> {
  const tools = join(cache, part.name);
  const problem = await install(part, tools);
  const startedMs = Date.now();
  if (problem === null) process.stdout.write(`── ${part.name}\n`);
  const { code, lastLine } =
    problem === null ? await runShell(part.run, tools, part.timeoutMinutes) : { code: 1, lastLine: problem };
  return {
    isPassed: code === 0,
    summary: asCell(lastLine),
    minutes: Math.round((Date.now() - startedMs) / 6_000) / 10,
    date: new Date(startedMs).toISOString().slice(0, 10),
    commit: commitOf(),
  };
}

function commitOf(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  // The page itself changes while this runs.
  const changed = git('status', '--porcelain', '--', '.', ':!docs/full-run.md') !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`;
}

async function main(names: readonly string[]): Promise<number> {
  if (names.includes('--list')) {
    for (const { name, shows } of fullParts) process.stdout.write(`${name.padEnd(24)} ${shows}\n`);
    return 0;
  }
  const unknown = names.filter((name) => !fullParts.some((part) => part.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`there is no part ${unknown.join(', ')}: .ci/full --list names them\n`);
    return 64;
  }
  let [passed, failed] = [0, 0];
  for (const part of fullParts) {
    if (names.length > 0 && !names.includes(part.name)) continue;
    const result = await runPart(part);
    if (result.isPassed) passed += 1;
    else failed += 1;
    process.stdout.write(`${result.isPassed ? 'passed' : 'FAILED'}: ${part.name}: ${result.summary}\n`);
    const before = existsSync(page) ? readFullResults(readFileSync(page, 'utf8')) : new Map();
    writeFileSync(page, renderFullRun(fullParts, new Map([...before, [part.name, result]])));
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
