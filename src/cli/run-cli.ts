// Parses the command line and runs one subcommand. Every failure ends here as text on standard error and an exit code.
import { Command, CommanderError } from 'commander';
import { BouncerError, failures } from '../bouncer-error.ts';
import { readVersion } from '../version.ts';
import type { CliContext } from './cli-context.ts';
import { type ExitCode, exitCodes, type Terminal } from './terminal.ts';

/**
 * Every command by its name, in the order in which the help names them. Each is loaded where it is asked for: Git runs its helper twice at
 * a fetch, and all of them together take five times as long.
 */
const commands: Readonly<Record<string, () => Promise<(program: Command, context: CliContext) => void>>> = {
  demo: async () => (await import('./demo.ts')).addDemoCommand,
  init: async () => (await import('./init.ts')).addInitCommand,
  serve: async () => (await import('./serve.ts')).addServeCommand,
  check: async () => (await import('./check.ts')).addCheckCommand,
  explain: async () => (await import('./explain.ts')).addExplainCommand,
  diff: async () => (await import('./diff.ts')).addDiffCommand,
  import: async () => (await import('./import/import-command.ts')).addImportCommand,
  schema: async () => (await import('./schema.ts')).addSchemaCommand,
  session: async () => (await import('./session.ts')).addSessionCommand,
  access: async () => (await import('./access.ts')).addAccessCommand,
  person: async () => (await import('./person.ts')).addPersonCommand,
  'hardware-key': async () => (await import('./hardware-key.ts')).addHardwareKeyCommand,
  passkey: async () => (await import('./passkey.ts')).addPasskeyCommand,
  'signing-key': async () => (await import('./signing-key.ts')).addSigningKeyCommand,
  token: async () => (await import('./token.ts')).addTokenCommand,
  'dev-token': async () => (await import('./dev-token.ts')).addDevTokenCommand,
  tunnel: async () => (await import('./tunnel.ts')).addTunnelCommand,
  connector: async () => (await import('./connector.ts')).addConnectorCommand,
  store: async () => (await import('./store.ts')).addStoreCommand,
  login: async () => (await import('./login.ts')).addLoginCommand,
  logout: async () => (await import('./logout.ts')).addLogoutCommand,
  'access-token': async () => (await import('./access-token.ts')).addAccessTokenCommand,
  curl: async () => (await import('./curl.ts')).addCurlCommand,
  share: async () => (await import('./share/share-command.ts')).addShareCommand,
  'git-credential': async () => (await import('./git-credential.ts')).addGitCredentialCommand,
};

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
  const [name = ''] = args;
  const asked = Object.hasOwn(commands, name) ? commands[name] : undefined;
  for (const load of asked === undefined ? Object.values(commands) : [asked])
    (await load())(program, { terminal, finish });
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
