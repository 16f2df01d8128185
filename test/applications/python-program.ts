// Programs in Python of this folder, where an interpreter with their packages is given by BOUNCER_APPLICATIONS (`.ci/full applications`).
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

/** The interpreter; `undefined`: these tests are left out. */
export const python: string | undefined = process.env['BOUNCER_APPLICATIONS'];

/** Start a server that prints its port; it ends with the test. */
export async function startProgram(
  file: string,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const child = spawn(python ?? 'python3', [join(import.meta.dirname, file)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return Number(line.toString());
}

/** Run a program to its end; what it printed. */
export async function runProgram(file: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(python ?? 'python3', [
    join(import.meta.dirname, file),
    ...args,
  ]);
  return stdout;
}

/** Whether the interpreter has the package; says so where not. */
export async function hasPackage(name: string): Promise<boolean> {
  const found = await promisify(execFile)(python ?? 'false', ['-c', `import ${name}`]).then(
    () => true,
    () => false,
  );
  if (!found) process.stderr.write(`left out: \`${name}\` is not installed (.ci/full applications)\n`);
  return found;
}
