// `bouncer diff OLD NEW`: who gains and who loses what between two sets of rules. Changes nothing.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import { parseTarget } from '../http/canonical-path.ts';
import { diffRules } from '../rules/diff-rules.ts';
import type { Identity } from '../rules/facts.ts';
import { renderDiff } from '../rules/render-diff.ts';
import { renderConfigurationProblems } from '../settings/load-configuration.ts';
import { type LoadedRules, loadRules } from '../settings/load-rules.ts';
import { loadSettings } from '../settings/load-settings.ts';
import type { Settings } from '../settings/settings.ts';
import { createStore } from '../store/sqlite/open-sqlite-store.ts';
import type { CliContext } from './cli-context.ts';
import { configOption, jsonOption } from './options.ts';
import { isColored, type Terminal } from './terminal.ts';

export function addDiffCommand(program: Command, { terminal }: CliContext): void {
  program
    .command('diff')
    .description('who gains and who loses what, between two sets of rules')
    .argument('<old>', 'a rules file or folder')
    .argument('<new>', 'another one')
    .addOption(configOption())
    .addOption(jsonOption())
    .action(async (oldPath: string, newPath: string, options: { config: string; json?: true }) => {
      const settings = loadSettings(resolve(options.config), terminal.env);
      if (!settings.ok) throw invalid(settings.problems, terminal);
      const [before, after] = [oldPath, newPath].map((path) => loadSet(path, settings.value, terminal));
      if (before === undefined || after === undefined) return;
      const people = await recentPeople(settings.value);
      const diff = diffRules(before, after, people, { nowMs: Date.now(), parseTarget });
      if (options.json === true) {
        terminal.stdout.write(`${JSON.stringify({ people: people.length, ...diff }, null, 2)}\n`);
        return;
      }
      terminal.stdout.write(`${renderDiff(diff, { isColored: isColored(terminal.stdout, terminal.env) })}\n`);
      if (people.length === 0) {
        terminal.stderr.write(
          'note: nobody is logged in, so only the tests and anonymous visitors were compared\n',
        );
      }
    });
}

function loadSet(path: string, settings: Settings, terminal: Terminal): LoadedRules {
  const loaded = loadRules(settings, [resolve(path)]);
  if (!loaded.ok) throw invalid(loaded.problems, terminal);
  return loaded.value;
}

/** Everybody with a session in the store, once; nobody where there is no store yet. */
async function recentPeople(settings: Settings): Promise<readonly Identity[]> {
  if (!existsSync(settings.dataDir)) return [];
  const store = createStore(settings.dataDir);
  try {
    const people = new Map<string, Identity>();
    for (const { login } of await store.sessions.list()) {
      const key = JSON.stringify([login.identity.idp, login.identity.sub]);
      if (!people.has(key)) people.set(key, login.identity);
    }
    return [...people.values()];
  } finally {
    await store.close();
  }
}

function invalid(
  problems: Parameters<typeof renderConfigurationProblems>[0],
  terminal: Terminal,
): BouncerError {
  const text = renderConfigurationProblems(problems, [], isColored(terminal.stderr, terminal.env));
  return new BouncerError('rules_invalid', `there is nothing to compare with\n${text}`);
}
