// Settings and rules as one set that may go live: valid, and with every test in the rules passed. Nothing else is ever returned as good.
import { readFileSync } from 'node:fs';
import { renderTestFailure } from '../rules/review/run-tests.ts';
import { loadSettings, settingsFromObject } from '../settings/load-settings.ts';
import type { SettingsUse } from '../settings/resolve-references.ts';
import type { Settings } from '../settings/settings.ts';
import type { Parsed, Problem } from '../source/problem.ts';
import { type RenderOptions, renderProblems } from '../source/render-problems.ts';
import { type LoadedRules, loadRules } from './load-rules.ts';

export interface Configuration {
  readonly settings: Settings;
  readonly loaded: LoadedRules;
  readonly warnings: readonly Problem[];
  /** Files and folders whose change means that the set must be read again. */
  readonly watched: readonly string[];
}

/** A configuration, or why there is none: problems in the files, or tests that failed. */
export type ConfigurationResult =
  | { readonly ok: true; readonly value: Configuration }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly failedTests: readonly string[] };

export interface ConfigurationSource {
  /** A settings file, or the settings themselves. */
  readonly settings: string | Readonly<Record<string, unknown>>;
  /** What relative paths in a settings object are relative to. */
  readonly baseDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `serve` by default. */
  readonly use?: SettingsUse;
}

/** The settings alone. */
export function readSettings({
  settings,
  baseDir,
  env,
  use = 'serve',
}: ConfigurationSource): Parsed<Settings> {
  return typeof settings === 'string'
    ? loadSettings(settings, env, { use })
    : settingsFromObject(settings, { baseDir, env, use });
}

/** What must be read again when it changes: the settings file, the rules, and the files that settings refer to. */
export function watchedFiles({ file, rules, referencedFiles }: Settings): readonly string[] {
  return [...(file === null ? [] : [file]), rules, ...(referencedFiles ?? [])];
}

/** Read settings and rules, and run the tests in the rules. */
export function loadConfiguration(source: ConfigurationSource): ConfigurationResult {
  const settings = readSettings(source);
  if (!settings.ok) return { ok: false, problems: settings.problems, failedTests: [] };
  const loaded = loadRules(settings.value);
  if (!loaded.ok) return { ok: false, problems: [...settings.warnings, ...loaded.problems], failedTests: [] };
  const failedTests = loaded.value.tests
    .filter((test) => !test.passed)
    .map((test) => renderTestFailure(test));
  if (failedTests.length > 0) return { ok: false, problems: [], failedTests };
  return {
    ok: true,
    value: {
      settings: settings.value,
      loaded: loaded.value,
      warnings: [...settings.warnings, ...loaded.warnings],
      watched: watchedFiles(settings.value),
    },
  };
}

/** Render what stands in the way of a configuration, with the lines of the files it is about; without colours unless they are asked for. */
export function renderConfigurationProblems(
  problems: readonly Problem[],
  failedTests: readonly string[],
  { isColored }: RenderOptions = { isColored: false },
): string {
  const texts = new Map<string, string>();
  for (const { file, code } of problems) {
    // What was too large to load is too large to quote from.
    if (texts.has(file) || code === 'file-too-large') continue;
    try {
      texts.set(file, readFileSync(file, 'utf8'));
    } catch {
      // Without its text a problem is printed without the line.
    }
  }
  const rendered = problems.length === 0 ? '' : renderProblems(problems, texts, { isColored });
  const parts = [rendered, ...failedTests].map((part) => part.trimEnd()).filter((part) => part !== '');
  return parts.length === 0 ? '' : `${parts.join('\n\n')}\n`;
}
