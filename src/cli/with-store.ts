// Opens the store of the bouncer that a settings file describes, for commands that operate it from outside.
import { resolve } from 'node:path';
import { BouncerError } from '../bouncer-error.ts';
import { renderConfigurationProblems } from '../settings/load-configuration.ts';
import { loadSettings } from '../settings/load-settings.ts';
import type { Settings } from '../settings/settings.ts';
import { createStore } from '../store/sqlite/open-sqlite-store.ts';
import type { Store } from '../store/store.ts';

/**
 * Run an operation on the store.
 *
 * @param config the settings file
 * @throws BouncerError `settings_invalid`, `store_unavailable`
 */
export async function withStore(
  config: string,
  env: Readonly<Record<string, string | undefined>>,
  run: (opened: { readonly store: Store; readonly settings: Settings }) => Promise<void>,
): Promise<void> {
  const settings = loadSettings(resolve(config), env);
  if (!settings.ok) {
    throw new BouncerError('settings_invalid', renderConfigurationProblems(settings.problems, [], false));
  }
  const store = createStore(settings.value.dataDir);
  try {
    await run({ store, settings: settings.value });
  } finally {
    await store.close();
  }
}
