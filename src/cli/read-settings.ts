// The settings as commands other than `serve` read them, and how they print what is wrong in a file.
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { renderConfigurationProblems } from '../configuration/load-configuration.ts';
import { loadSettings } from '../settings/load-settings.ts';
import type { Settings } from '../settings/settings.ts';
import type { Parsed, Problem } from '../source/problem.ts';
import { configOf } from './options.ts';
import { isColored, type Output, type Terminal } from './terminal.ts';

/** What was said about the settings file on the command line. */
export interface ConfigChoice {
  readonly config?: string;
}

/**
 * Reads the settings for a command that logs nobody in: a client secret that is not at hand is a warning.
 *
 * @returns problems that carry the file's absolute path
 */
export function readChosenSettings(
  choice: ConfigChoice,
  terminal: Terminal,
  use: 'try' | 'look' = 'look',
): Parsed<Settings> {
  const file = resolve(terminal.cwd, configOf(choice));
  const settings = loadSettings(file, terminal.env, { missingSecrets: 'warn', use });
  return settings.ok
    ? settings
    : { ok: false, problems: withMissingHint(choice, terminal, settings.problems) };
}

/** What to do where there is no settings file at all. */
export function withMissingHint(
  choice: ConfigChoice,
  terminal: Terminal,
  problems: readonly Problem[],
): readonly Problem[] {
  const file = resolve(terminal.cwd, configOf(choice));
  if (existsSync(file)) return problems;
  const hint =
    choice.config === undefined
      ? 'go to the folder that has it, or name it with `-c FILE`; `bouncer init` writes the first one'
      : `\`-c\` names it; is it somewhere else than in ${dirname(file)}?`;
  return problems.map((problem) => ({ ...problem, hint }));
}

/** Whether there is neither a settings file where one is looked for, nor one that was asked for. */
export function hasNoSettings(choice: ConfigChoice, terminal: Terminal): boolean {
  return choice.config === undefined && !existsSync(resolve(terminal.cwd, configOf(choice)));
}

/** Problems and failed tests for a person; files in the working directory by their short names. */
export function renderForTerminal(
  problems: readonly Problem[],
  failedTests: readonly string[],
  output: Output,
  terminal: Terminal,
): string {
  return shorten(
    renderConfigurationProblems(problems, failedTests, { isColored: isColored(output, terminal.env) }),
    terminal,
  );
}

/** Without the working directory in front of file names. */
function shorten(text: string, { cwd }: Terminal): string {
  return cwd === '/' ? text : text.replaceAll(`${cwd}/`, '');
}
