// Opens the store of the bouncer that a settings file describes, for commands that operate it from outside.
import { BouncerError } from '../bouncer-error.ts';
import type { Settings } from '../settings/settings.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { type ConfigChoice, readChosenSettings, renderForTerminal } from './read-settings.ts';
import type { Terminal } from './terminal.ts';

/** The settings, or an error that is ready to print. @throws BouncerError `settings_invalid` */
export function requireSettings(
  choice: ConfigChoice,
  terminal: Terminal,
  use: 'try' | 'look' = 'look',
): Settings {
  const settings = readChosenSettings(choice, terminal, use);
  if (settings.ok) return settings.value;
  const text = renderForTerminal(settings.problems, [], terminal.stderr, terminal);
  throw new BouncerError('settings_invalid', `the settings are not valid\n\n${text.trimEnd()}`);
}

/**
 * Run an operation on the store.
 *
 * @throws BouncerError `settings_invalid`, `store_unavailable`
 */
export async function withStore(
  choice: ConfigChoice,
  terminal: Terminal,
  run: (opened: { readonly store: Store; readonly settings: Settings }) => Promise<void>,
): Promise<void> {
  const settings = requireSettings(choice, terminal);
  const store = await openStore(settings);
  try {
    await run({ store, settings });
  } finally {
    await store.close();
  }
}
