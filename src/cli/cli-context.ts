// What every subcommand is given. It knows no subcommand.
import type { ExitCode, Terminal } from './terminal.ts';

/** What a subcommand gets: where to print, and how to say how it ended. */
export interface CliContext {
  readonly terminal: Terminal;
  /** Set the exit code; the default is 0. */
  finish(code: ExitCode): void;
}
