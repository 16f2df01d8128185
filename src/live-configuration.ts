// The configuration in force. A reload reads a whole new set and swaps one reference, or changes nothing and says why.
import { createSnapshot, type Snapshot } from './gateway/snapshot.ts';
import {
  type Configuration,
  type ConfigurationSource,
  loadConfiguration,
  renderConfigurationProblems,
} from './settings/load-configuration.ts';
import type { Settings } from './settings/settings.ts';
import type { Telemetry } from './telemetry/request-record.ts';

export interface LiveConfiguration {
  readonly snapshot: () => Snapshot;
  readonly settings: () => Settings;
  readonly configuration: () => Configuration;
  /** Why the last reload changed nothing; `null` when it went live. */
  readonly reloadFailure: string | null;
  /** Read the files again; true when the new set is in force. Never throws. */
  reload(reason: string): boolean;
}

/** Parts of the settings that are bound at the start; a change of theirs waits for a restart. */
const bound = ['listen', 'tls', 'dataDir', 'management', 'log'] as const;

/**
 * Hold a valid configuration and replace it on demand.
 *
 * @param onSwap called after a new set came into force
 */
export function createLiveConfiguration(
  source: ConfigurationSource,
  first: Configuration,
  telemetry: Telemetry,
  onSwap: () => void,
): LiveConfiguration {
  let current = first;
  let snapshot = createSnapshot(first.settings, first.loaded.rules);
  let failure: string | null = null;

  const refuse = (reason: string, text: string): false => {
    failure = text;
    telemetry.event('error', 'reload_failed', {
      reason,
      problems: text.split('\n').filter((line) => line !== ''),
    });
    return false;
  };

  return {
    snapshot: () => snapshot,
    settings: () => snapshot.settings,
    configuration: () => current,
    get reloadFailure() {
      return failure;
    },
    reload(reason) {
      try {
        const startedMs = performance.now();
        const result = loadConfiguration(source);
        if (!result.ok) {
          return refuse(reason, renderConfigurationProblems(result.problems, result.failedTests, false));
        }
        const needsRestart = bound.filter(
          (key) => JSON.stringify(result.value.settings[key]) !== JSON.stringify(current.settings[key]),
        );
        const settings = Object.freeze({ ...result.value.settings, ...pick(current.settings, bound) });
        const next = createSnapshot(settings, result.value.loaded.rules);
        current = { ...result.value, settings };
        snapshot = next;
        failure = null;
        telemetry.event(needsRestart.length === 0 ? 'info' : 'warn', 'reloaded', {
          reason,
          applications: next.rules.applications.length,
          warnings: result.value.warnings.length,
          duration_ms: Math.round(performance.now() - startedMs),
          ...(needsRestart.length === 0 ? {} : { waits_for_restart: needsRestart }),
        });
      } catch (error) {
        return refuse(reason, error instanceof Error ? error.message : String(error));
      }
      onSwap();
      return true;
    },
  };
}

function pick<T, K extends keyof T>(value: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, value[key]])) as Pick<T, K>;
}
