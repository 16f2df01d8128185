// `bouncer diff OLD NEW`: who gains and who loses what between two sets of rules. Changes nothing.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { BouncerError } from '../bouncer-error.ts';
import {
  contextWithoutSettings,
  type LoadedRules,
  readRules,
  rulesContext,
} from '../configuration/load-rules.ts';
import { parseTarget } from '../http/canonical-path.ts';
import type { Identity } from '../rules/model/facts.ts';
import { diffRules } from '../rules/review/diff-rules.ts';
import { renderDiff } from '../rules/review/render-diff.ts';
import type { Settings } from '../settings/settings.ts';
import { openStore } from '../store/open-store.ts';
import type { CliContext } from './cli-context.ts';
import { configOption, jsonOption } from './options.ts';
import { type ConfigChoice, hasNoSettings, renderForTerminal } from './read-settings.ts';
import { isColored, type Terminal } from './terminal.ts';
import { requireSettings } from './with-store.ts';

const help = `
Asked of both sets: every test; and at, and below, every path of what differs, nobody, everybody with a session, and whoever
either set names: each address, somebody at each domain, in each group, with each claim, from both ends of each network.

Example, before a merge:
  git worktree add ../old main && bouncer diff ../old/policies policies`;

export function addDiffCommand(program: Command, { terminal }: CliContext): void {
  program
    .command('diff')
    .description('who gains and who loses what, between two sets of rules')
    .argument('<old>', 'a rules file or folder')
    .argument('<new>', 'another one')
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', help)
    .action(async (oldPath: string, newPath: string, options: ConfigChoice & { json?: true }) => {
      const settings = hasNoSettings(options, terminal) ? null : requireSettings(options, terminal);
      const before = loadSet(oldPath, settings, terminal);
      const after = loadSet(newPath, settings, terminal);
      const people = settings === null ? [] : await recentPeople(settings);
      const diff = diffRules(before, after, people, { nowMs: Date.now(), parseTarget });
      if (options.json === true) {
        terminal.stdout.write(`${JSON.stringify({ people: people.length, ...diff }, null, 2)}\n`);
        return;
      }
      terminal.stdout.write(`${renderDiff(diff, { isColored: isColored(terminal.stdout, terminal.env) })}\n`);
      if (people.length === 0) {
        const why = settings === null ? 'there is no bouncer.yaml here' : 'nobody is logged in';
        terminal.stderr.write(
          `note: ${why}, so nobody was asked about as they are, only whom rules and tests name\n`,
        );
      }
    });
}

function loadSet(path: string, settings: Settings | null, terminal: Terminal): LoadedRules {
  const context = settings === null ? contextWithoutSettings(terminal.cwd) : rulesContext(settings);
  const loaded = readRules({ paths: [resolve(terminal.cwd, path)], context });
  if (loaded.ok) return loaded.value;
  const text = renderForTerminal(loaded.problems, [], terminal.stderr, terminal);
  throw new BouncerError('rules_invalid', `the rules in ${path} are not valid\n\n${text.trimEnd()}`);
}

/** Everybody with a session in the store, once; nobody where there is no store yet. */
async function recentPeople(settings: Settings): Promise<readonly Identity[]> {
  if (settings.postgres === null && !existsSync(settings.dataDir)) return [];
  const store = await openStore(settings);
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
