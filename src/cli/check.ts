// `bouncer check`: is this set of settings and rules fit to go live? Prints every problem, runs every test, changes nothing.
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { renderTestFailure } from '../rules/run-tests.ts';
import { renderConfigurationProblems } from '../settings/load-configuration.ts';
import { loadRules } from '../settings/load-rules.ts';
import { loadSettings } from '../settings/load-settings.ts';
import type { Problem } from '../source/problem.ts';
import type { CliContext } from './cli-context.ts';
import { configOption, jsonOption } from './options.ts';
import { exitCodes, isColored } from './terminal.ts';

export function addCheckCommand(program: Command, { terminal, finish }: CliContext): void {
  program
    .command('check')
    .description('validate settings and rules, lint them and run the tests in the rules')
    .argument('[rules...]', 'rules files or folders to check in place of those that the settings name')
    .addOption(configOption())
    .addOption(new Option('--strict', 'treat warnings as errors'))
    .addOption(jsonOption())
    .action((paths: readonly string[], options: { config: string; strict?: true; json?: true }) => {
      const result = check(
        resolve(options.config),
        paths.map((path) => resolve(path)),
        terminal.env,
      );
      const errors = result.problems.filter((problem) => problem.severity === 'error');
      const isInvalid = errors.length > 0 || (options.strict === true && result.problems.length > 0);
      const code = isInvalid
        ? exitCodes.invalid
        : result.failedTests.length > 0
          ? exitCodes.denied
          : exitCodes.done;
      finish(code);
      if (options.json === true) {
        terminal.stdout.write(`${JSON.stringify({ ok: code === exitCodes.done, ...result }, null, 2)}\n`);
        return;
      }
      const out = code === exitCodes.done ? terminal.stdout : terminal.stderr;
      const isBright = isColored(out, terminal.env);
      const text = renderConfigurationProblems(result.problems, result.failedTests, isBright);
      if (text !== '') out.write(text.endsWith('\n') ? text : `${text}\n`);
      if (code === exitCodes.done) {
        terminal.stdout.write(
          `ok: ${count(result.files, 'rules file')}, ${count(result.applications, 'application')}, ${count(result.passedTests, 'test')} passed` +
            `${result.problems.length === 0 ? '' : `, ${count(result.problems.length, 'warning')}`}\n`,
        );
      } else if (isInvalid && errors.length === 0) {
        terminal.stderr.write('--strict: warnings count as errors\n');
      } else if (result.failedTests.length > 0) {
        terminal.stderr.write(
          `${count(result.failedTests.length, 'test')} failed, ${result.passedTests} passed\n`,
        );
      }
    });
}

interface CheckResult {
  readonly files: number;
  readonly applications: number;
  readonly passedTests: number;
  readonly problems: readonly Problem[];
  readonly failedTests: readonly string[];
}

function check(
  config: string,
  paths: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CheckResult {
  const nothing = { files: 0, applications: 0, passedTests: 0, failedTests: [] };
  const settings = loadSettings(config, env);
  if (!settings.ok) return { ...nothing, problems: settings.problems };
  const loaded = loadRules(settings.value, paths.length === 0 ? undefined : paths);
  if (!loaded.ok) return { ...nothing, problems: [...settings.warnings, ...loaded.problems] };
  const { tests, rules, files, warnings } = loaded.value;
  return {
    files: files.length,
    applications: rules.applications.length,
    passedTests: tests.filter((test) => test.passed).length,
    problems: [...settings.warnings, ...warnings],
    failedTests: tests.filter((test) => !test.passed).map((test) => renderTestFailure(test)),
  };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
