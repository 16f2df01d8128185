// `bouncer check`: is this set of settings and rules fit to go live? Prints every problem, runs every test, changes nothing.

import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { contextWithoutSettings, loadRules, readRules } from '../configuration/load-rules.ts';
import { redirectUriOf } from '../identity/login/redirect-uri.ts';
import { lookAroundFromOutside } from '../look-around.ts';
import type { CompiledRules } from '../rules/model/compiled-rules.ts';
import type { RulesSet } from '../rules/model/rules-set.ts';
import { lintNamedTokens } from '../rules/review/named-tokens.ts';
import { type RulesTestResult, renderTestFailure } from '../rules/review/run-tests.ts';
import { whyNeverRechecked } from '../settings/check-providers.ts';
import { isRedirectProvider } from '../settings/redirect-provider.ts';
import type { Settings } from '../settings/settings.ts';
import type { Finding, Look } from '../source/finding.ts';
import type { Problem } from '../source/problem.ts';
import { hasStore } from '../store/look-at-store.ts';
import type { SeenNode } from '../store/node-store.ts';
import { readTokenNames } from '../store/sqlite/read-token-names.ts';
import type { CliContext } from './cli-context.ts';
import { configOf, configOption, jsonOption } from './options.ts';
import { renderLooks } from './print-looks.ts';
import { type ConfigChoice, hasNoSettings, readChosenSettings, renderForTerminal } from './read-settings.ts';
import { askStore, renderRunningNodes } from './running-nodes.ts';
import { type ExitCode, exitCodes, isColored, type Terminal } from './terminal.ts';

interface CheckOptions extends ConfigChoice {
  readonly strict?: true;
  readonly json?: true;
  readonly online?: true;
}

export function addCheckCommand(program: Command, { terminal, finish }: CliContext): void {
  program
    .command('check')
    .description('validate settings and rules, lint them and run the tests in the rules')
    .argument('[rules...]', 'rules files or folders to check in place of those that the settings name')
    .addOption(configOption())
    .addOption(new Option('--strict', 'treat warnings as errors'))
    .addOption(
      new Option(
        '--online',
        'also ask providers, upstreams, the mail server and the store whether they answer as the settings say',
      ),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExit codes: 0 fit to go live, 1 something outside does not answer as the settings say (`--online`), 2 a test in the rules failed, 3 settings or rules are not valid.',
    )
    .action(async (paths: readonly string[], options: CheckOptions) => {
      const checked = check(paths, options, terminal);
      const outside = options.online === true ? await askOutside(checked) : nobodyAsked;
      const result = { ...checked, ...outside, problems: [...checked.problems, ...outside.ofTokens] };
      const code = exitCodeOf(result, options);
      finish(code);
      if (options.json === true) terminal.stdout.write(`${renderJson(result, code)}\n`);
      else printResult(result, code, terminal);
    });
}

/** The same for another command: prints what it finds. @returns the exit code */
export function checkAndPrint(options: ConfigChoice, terminal: Terminal): ExitCode {
  const result = { ...check([], options, terminal), ...nobodyAsked };
  const code = exitCodeOf(result, {});
  printResult(result, code, terminal);
  return code;
}

interface Outside {
  /** Who works on the store; `null`: it was not asked. */
  readonly nodes: readonly SeenNode[] | null;
  /** `null`: nothing was looked at. */
  readonly looks: readonly Look[] | null;
  /** Tokens that rules name and a remote store does not know. One in a file is looked into without `--online`. */
  readonly ofTokens: readonly Problem[];
}

const nobodyAsked: Outside = { nodes: null, looks: null, ofTokens: [] };

interface CheckResult extends Outside {
  /** What may go live; `null` when it is not valid. */
  readonly good: {
    readonly settings: Settings;
    readonly rules: CompiledRules;
    readonly set: RulesSet;
  } | null;
  /** Of the rules that were checked; `null` when they are not valid. */
  readonly rulesHash: string | null;
  /** `null`: there is no settings file, and none was asked for. */
  readonly settings: string | null;
  /** Providers whose logins are never checked again, by id, and what would change that. */
  readonly neverRechecked: Readonly<Record<string, string>>;
  /** What to register with each provider, by its id. */
  readonly redirectUris: Readonly<Record<string, string>>;
  readonly files: number;
  readonly applications: number;
  readonly problems: readonly Problem[];
  readonly tests: readonly RulesTestResult[];
}

function check(
  paths: readonly string[],
  options: CheckOptions,
  terminal: Terminal,
): Omit<CheckResult, keyof Outside> {
  const absolute = paths.map((path) => resolve(terminal.cwd, path));
  const isAlone = paths.length > 0 && hasNoSettings(options, terminal);
  const settings = isAlone ? null : readChosenSettings(options, terminal);
  const loaded =
    settings?.ok === true
      ? loadRules(settings.value, paths.length === 0 ? undefined : absolute)
      : paths.length > 0
        ? readRules({ paths: absolute, context: contextWithoutSettings(terminal.cwd) })
        : null;
  const ofSettings = settings === null ? [] : settings.ok ? settings.warnings : settings.problems;
  const ofRules = loaded === null ? [] : loaded.ok ? loaded.warnings : loaded.problems;
  const good = loaded?.ok === true ? loaded.value : null;
  const known =
    settings?.ok === true && settings.value.postgres === null ? readTokenNames(settings.value.dataDir) : null;
  const ofTokens = good === null || known === null ? [] : lintNamedTokens(good.set, known);
  return {
    good:
      settings?.ok === true && good !== null
        ? { settings: settings.value, rules: good.rules, set: good.set }
        : null,
    rulesHash: good?.hash ?? null,
    settings: isAlone ? null : configOf(options),
    neverRechecked: settings?.ok === true ? neverRecheckedOf(settings.value) : {},
    redirectUris: settings?.ok === true ? redirectUrisOf(settings.value) : {},
    files: good?.files.length ?? 0,
    applications: good?.rules.applications.length ?? 0,
    problems: [...ofSettings, ...ofRules, ...ofTokens],
    tests: good?.tests ?? [],
  };
}

/** A store that does not answer is a finding; who works on it is asked where there is one. */
async function askOutside({ good }: Pick<CheckResult, 'good'>): Promise<Outside> {
  if (good === null) return nobodyAsked;
  const looks = await lookAroundFromOutside(good);
  const isStoreUsable =
    hasStore(good.settings) &&
    !looks.some(({ findings }) => findings.some(({ code }) => code === 'store-unusable'));
  if (!isStoreUsable) return { looks, nodes: null, ofTokens: [] };
  const { nodes, tokens, looks: ofKeys } = await askStore(good.settings);
  const ofTokens = good.settings.postgres === null ? [] : lintNamedTokens(good.set, tokens);
  return { looks: [...looks, ...ofKeys], nodes, ofTokens };
}

function neverRecheckedOf({ identityProviders }: Settings): Readonly<Record<string, string>> {
  return Object.fromEntries(
    identityProviders.flatMap((provider) => {
      if (provider.type !== 'oidc') return [];
      const cure = whyNeverRechecked(provider);
      return cure === null ? [] : [[provider.id, cure]];
    }),
  );
}

function redirectUrisOf({ authUrl, identityProviders }: Settings): Readonly<Record<string, string>> {
  const asked = identityProviders.filter(isRedirectProvider);
  return Object.fromEntries(asked.map(({ id }) => [id, redirectUriOf(authUrl, id)]));
}

function exitCodeOf(
  { problems, tests, looks }: CheckResult,
  { strict }: Pick<CheckOptions, 'strict'>,
): ExitCode {
  const isStrict = strict === true;
  if (problems.some(({ severity }) => isStrict || severity === 'error')) return exitCodes.invalid;
  if (tests.some((test) => !test.passed)) return exitCodes.denied;
  const found = (looks ?? []).flatMap(({ findings }) => findings);
  const counts = ({ severity }: Finding): boolean =>
    severity === 'error' || (isStrict && severity === 'warning');
  return found.some(counts) ? exitCodes.failed : exitCodes.done;
}

function printResult(result: CheckResult, code: ExitCode, terminal: Terminal): void {
  const { stdout, stderr } = terminal;
  const { problems, tests } = result;
  const failed = tests.filter((test) => !test.passed);
  const passed = tests.length - failed.length;
  const colors = { isColored: isColored(stderr, terminal.env) };
  stderr.write(
    renderForTerminal(
      problems,
      failed.map((test) => renderTestFailure(test, colors)),
      stderr,
      terminal,
    ),
  );
  if (result.settings === null) {
    stderr.write(
      'note: there is no bouncer.yaml here, so nothing was checked that depends on settings (identity providers, claims, trusted proxies)\n',
    );
  }
  const warnings = problems.length === 0 ? '' : `, ${count(problems.length, 'warning')}`;
  if (code === exitCodes.done || code === exitCodes.failed) {
    const counts = [count(result.files, 'rules file'), count(result.applications, 'application')];
    stdout.write(`ok: ${counts.join(', ')}, ${count(passed, 'test')} passed${warnings}\n`);
    for (const [id, uri] of Object.entries(result.redirectUris))
      stdout.write(`redirect URI to register with \`${id}\`: ${uri}\n`);
    for (const [id, cure] of Object.entries(result.neverRechecked))
      stdout.write(
        `logins by \`${id}\` are never checked again before they end: for a refresh token it wants ${cure}\n`,
      );
    if (result.looks !== null)
      stdout.write(`\n${renderLooks(result.looks, { isColored: isColored(stdout, terminal.env) })}`);
    if (result.nodes !== null) stdout.write(renderRunningNodes(result.nodes, result.rulesHash ?? ''));
    if (code === exitCodes.failed)
      stderr.write('not ok: something outside does not answer as the settings and rules say\n');
    return;
  }
  if (failed.length > 0) stderr.write(`${count(failed.length, 'test')} failed, ${passed} passed\n`);
  if (code === exitCodes.invalid && problems.every(({ severity }) => severity === 'warning'))
    stderr.write('not ok: with --strict, warnings count as errors\n');
}

/** For machines: file names are absolute, and a failed test brings its explanation. */
function renderJson(
  {
    settings,
    rulesHash,
    nodes,
    looks,
    redirectUris,
    neverRechecked,
    files,
    applications,
    problems,
    tests,
  }: CheckResult,
  code: ExitCode,
): string {
  const failed = tests.filter((test) => !test.passed);
  return JSON.stringify(
    {
      ok: code === exitCodes.done,
      settings,
      redirect_uris: redirectUris,
      never_rechecked: neverRechecked,
      rules_hash: rulesHash,
      ...(nodes === null
        ? {}
        : {
            nodes: nodes.map((node) => ({
              name: node.name,
              version: node.version,
              rules_hash: node.rulesHash,
              rules_failure: node.rulesFailure,
            })),
          }),
      ...(looks === null ? {} : { looks }),
      files,
      applications,
      passed_tests: tests.length - failed.length,
      failed_tests: failed.map(({ test, outcome, explanation }) => ({
        name: test.name,
        ...test.place.locate(),
        expected: test.expect,
        got: outcome,
        explanation,
      })),
      problems,
    },
    null,
    2,
  );
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
