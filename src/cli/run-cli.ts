// Parses the command line and runs one subcommand. Every failure ends here as text on standard error and an exit code.
import { Command, CommanderError } from 'commander';
import { BouncerError, failures } from '../bouncer-error.ts';
import { readVersion } from '../version.ts';
import { addAccessTokenCommand } from './access-token.ts';
import { addCheckCommand } from './check.ts';
import type { CliContext } from './cli-context.ts';
import { addCurlCommand } from './curl.ts';
import { addDemoCommand } from './demo.ts';
import { addDiffCommand } from './diff.ts';
import { addExplainCommand } from './explain.ts';
import { addGitCredentialCommand } from './git-credential.ts';
import { addHardwareKeyCommand } from './hardware-key.ts';
import { addInitCommand } from './init.ts';
import { addLoginCommand } from './login.ts';
import { addLogoutCommand } from './logout.ts';
import { addPersonCommand } from './person.ts';
import { addSchemaCommand } from './schema.ts';
import { addServeCommand } from './serve.ts';
import { addSessionCommand } from './session.ts';
import { addSigningKeyCommand } from './signing-key.ts';
import { addStoreCommand } from './store.ts';
import { type ExitCode, exitCodes, type Terminal } from './terminal.ts';
import { addTokenCommand } from './token.ts';

/** In the order in which the help names them. */
const commands: readonly ((program: Command, context: CliContext) => void)[] = [
  addDemoCommand,
  addInitCommand,
  addServeCommand,
  addCheckCommand,
  addExplainCommand,
  addDiffCommand,
  addSchemaCommand,
  addSessionCommand,
  addPersonCommand,
  addHardwareKeyCommand,
  addSigningKeyCommand,
  addTokenCommand,
  addStoreCommand,
  addLoginCommand,
  addLogoutCommand,
  addAccessTokenCommand,
  addCurlCommand,
  addGitCredentialCommand,
];

/**
 * Run the `bouncer` command.
 *
 * @param args the command line without the interpreter and the script
 * @returns the exit code
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const program = createProgram(terminal);
  const finish = (code: ExitCode): void => {
    exitCode = code;
  };
  for (const add of commands) add(program, { terminal, finish });
  inherit(program, program);
  if (args.length === 0) {
    terminal.stderr.write(program.helpInformation());
    return exitCodes.usage;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return tellFailure(error, terminal);
  }
}

function createProgram(terminal: Terminal): Command {
  return new Command('bouncer')
    .description(
      'An identity-aware access proxy: log in once, rules in a file, a signed JWT for every application.',
    )
    .version(readVersion(), '--version', 'print the version')
    .helpOption('--help', 'show this help')
    .helpCommand(false)
    .showHelpAfterError('(bouncer --help lists the commands)')
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
    })
    .exitOverride()
    .enablePositionalOptions();
}

function tellFailure(error: unknown, { stderr }: Terminal): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof BouncerError) {
    stderr.write(`bouncer: ${error.message}\n`);
    if (error.hint !== undefined) stderr.write(`hint: ${error.hint}\n`);
    return failures[error.code].exit;
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr.write(`bouncer: this should not have happened: ${message}\n`);
  return exitCodes.failed;
}

/** Commander's settings do not reach subcommands made by `command()` in other files on their own. */
function inherit(command: Command, from: Command, path = from.name()): void {
  for (const child of command.commands) {
    const name = `${path} ${child.name()}`;
    child
      .copyInheritedSettings(from)
      .helpOption('--help', 'show this help')
      .helpCommand(false)
      .showHelpAfterError(`(${name} --help shows what it takes)`);
    inherit(child, from, name);
  }
}
