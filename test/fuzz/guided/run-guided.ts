// `node test/fuzz/guided/run-guided.ts --tools FOLDER [--seconds 60] [--target NAME] [--keep]`: jazzer.js over each byte target, led by
// the code that inputs reach. It begins with the kept corpus; with `--keep`, inputs that reach more are kept in it. FOLDER holds
// jazzer.js, a bundler, and the C library that the fuzzer's binary needs (`T`), as the long run installs them.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { byteTargets } from './byte-targets.ts';

const { values } = parseArgs({
  options: {
    tools: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    target: { type: 'string', multiple: true },
    keep: { type: 'boolean', default: false },
  },
});
const tools = resolve(values.tools ?? '.');
const jazzer = join(tools, 'node_modules/@jazzer.js/core/dist/cli.js');
const libraries = join(tools, 'T/usr/lib/x86_64-linux-gnu');
const kept = join(import.meta.dirname, 'corpus');
if (values.tools === undefined || !existsSync(jazzer)) {
  console.error(
    'usage: run-guided.ts --tools FOLDER: see the part `coverage-fuzz` of build/full-parts.ts for what belongs there',
  );
  process.exit(64);
}

const longestInput = 4096;
/** Of one target: small enough for the repository. */
const mostKept = 60;
const work = mkdtempSync(join(tmpdir(), 'bouncer-guided-'));

/** What is used of the bundler, which is a tool like the fuzzer and no dependency. */
interface Bundler {
  rolldown(options: Readonly<Record<string, unknown>>): Promise<{
    write(options: { readonly file: string; readonly format: 'cjs' }): Promise<unknown>;
  }>;
}
const { rolldown } = createRequire(join(tools, 'package.json'))('rolldown') as Bundler;

/** One file for the fuzzer, which instruments what it loads by `require`. */
async function bundle(name: string): Promise<string> {
  const entry = join(work, `${name}.entry.ts`);
  const from = JSON.stringify(join(import.meta.dirname, 'byte-targets.ts'));
  writeFileSync(
    entry,
    `import { byteTargets } from ${from};\nexport const fuzz = byteTargets[${JSON.stringify(name)}];\n`,
  );
  const build = await rolldown({ input: entry, platform: 'node', logLevel: 'silent' });
  const file = join(work, `${name}.cjs`);
  await build.write({ file, format: 'cjs' });
  return file;
}

function run(
  file: string,
  corpora: readonly string[],
  options: readonly string[],
): { readonly status: number | null; readonly output: string } {
  const loader = join(libraries, 'ld-linux-x86-64.so.2');
  // Into a file: a pipe that is full loses what libFuzzer says, its last lines above all.
  const said = join(work, 'said');
  const descriptor = openSync(said, 'w');
  const { status } = spawnSync(
    loader,
    [
      '--library-path',
      libraries,
      process.execPath,
      jazzer,
      file,
      ...corpora,
      '--sync',
      '-i',
      work,
      '--',
      `-max_len=${longestInput}`,
      ...options,
    ],
    { cwd: work, stdio: ['ignore', descriptor, descriptor] },
  );
  closeSync(descriptor);
  return { status, output: readFileSync(said, 'utf8') };
}

/** Of inputs that each reached something new. */
function smallest(folder: string, most: number): readonly string[] {
  const sized = readdirSync(folder).map((entry) => [entry, statSync(join(folder, entry)).size] as const);
  return sized
    .sort(([, a], [, b]) => a - b)
    .slice(0, Math.max(0, most))
    .map(([entry]) => entry);
}

let total = 0;
let hasFailed = false;
for (const name of values.target ?? Object.keys(byteTargets)) {
  const file = await bundle(name);
  const found = join(work, name);
  mkdirSync(found);
  const begun = join(kept, name);
  mkdirSync(begun, { recursive: true });
  const { status, output } = run(
    file,
    [found, begun],
    [`-max_total_time=${Number(values.seconds)}`, '-print_final_stats=1'],
  );
  const runs = Number(/stat::number_of_executed_units:\s+(\d+)/.exec(output)?.[1] ?? 0);
  const coverage = [...output.matchAll(/ cov: (\d+)/g)].at(-1)?.[1] ?? '?';
  total += runs;
  console.log(`${name.padEnd(12)} ${runs} runs, ${coverage} edges, ${readdirSync(found).length} new inputs`);
  if (status !== 0 || runs === 0) {
    hasFailed = true;
    const said = output.split('\n').filter((line) => /does not hold|Error|ERROR|Uncaught/.test(line));
    console.log(`FAILED: ${said.slice(0, 5).join('\n') || output.slice(-2_000)}`);
    for (const crash of readdirSync(work).filter((entry) => /^(?:crash|timeout|oom)-/.test(entry))) {
      cpSync(join(work, crash), join(begun, crash));
      console.log(`kept as test/fuzz/guided/corpus/${name}/${crash}`);
    }
  } else if (values.keep) {
    for (const entry of smallest(found, mostKept - readdirSync(begun).length))
      cpSync(join(found, entry), join(begun, entry));
    console.log(`${name.padEnd(12)} keeps ${readdirSync(begun).length} inputs`);
  }
}
rmSync(work, { recursive: true, force: true });
console.log(`${total} runs led by coverage, ${hasFailed ? 'with' : 'without'} a finding`);
process.exitCode = hasFailed ? 1 : 0;
