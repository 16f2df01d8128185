// Runs `bouncer …` as a person at a terminal would, in this process: what they see, and the exit code.
import { runCli } from '../../src/cli/run-cli.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Terminal['env'];
  readonly stdin?: string;
  readonly isTTY?: boolean;
  /** A person sits at standard input. */
  readonly isAsked?: boolean;
}

export async function runCommand(args: readonly string[], options: CommandOptions): Promise<CommandRun> {
  const written = { stdout: '', stderr: '' };
  const output = (name: keyof typeof written): Terminal['stdout'] => ({
    isTTY,
    write(text) {
      written[name] += text;
    },
  });
  const isTTY = options.isTTY ?? false;
  const code = await runCli(args, {
    stdin: {
      isTTY: options.isAsked ?? false,
      async *[Symbol.asyncIterator]() {
        if (options.stdin !== undefined) yield options.stdin;
      },
    },
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: options.env ?? {},
    cwd: options.cwd,
  });
  return { code, ...written };
}

/** The run as a transcript, without what differs from machine to machine. */
export function transcript(args: readonly string[], run: CommandRun, cwd: string): string {
  const portable = (text: string): string =>
    text
      .replaceAll(cwd, '/home/ada/site')
      .replaceAll(/\w{3} \d{4}-\d\d-\d\d \d\d:\d\d UTC/g, 'Mon 2026-01-05 09:00 UTC')
      .replaceAll(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d\.\d{3})?Z/g, '2026-01-05 09:00Z')
      .replaceAll(/\b1\d{12}\b/g, '1767603600000')
      .replaceAll(/\bbnc_s_[0-9A-Za-z]{49}\b/g, `bnc_s_${'x'.repeat(49)}`)
      .replaceAll(/((?:\bid +|"id": "))[0-9A-Za-z]{22}\b/g, `$1${'x'.repeat(22)}`)
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '11111111-1111-4111-8111-111111111111');
  const part = (name: string, text: string): string =>
    text === ''
      ? ''
      : `--- ${name}\n${portable(text)}${text.endsWith('\n') ? '' : '(no line break at the end)\n'}`;
  const line = ['bouncer', ...args.map((arg) => (/^[\w./:@=-]+$/.test(arg) ? arg : `'${arg}'`))].join(' ');
  return `$ ${portable(line)}\n${part('stdout', run.stdout)}${part('stderr', run.stderr)}--- exit code ${run.code}\n`;
}
