// The configuration in force. A reload reads a whole new set beside the requests and swaps one reference, or changes
// nothing and says why. One reload at a time; what changes during one is read by the next.

import type { ExplainableRules } from '../rules/decide/compile-rules.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { Settings } from '../settings/settings.ts';
import type { Problem } from '../source/problem.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { createDroppedHeaders } from './dropped-headers.ts';
import { type ConfigurationSource, readSettings, watchedFiles } from './load-configuration.ts';
import { loadFailure } from './load-failure.ts';
import { rulesContext } from './load-rules.ts';
import { createPause, createRulesLoader } from './rules-loader.ts';
import { createSnapshot, createSnapshotBuilder, type Snapshot } from './snapshot.ts';

/** A set that is in force: what its files said, without the files. */
export interface ConfigurationInForce {
  readonly settings: Settings;
  readonly rules: ExplainableRules;
  readonly rulesHash: string;
  readonly warnings: readonly Problem[];
}

export interface LiveConfiguration {
  readonly snapshot: () => Snapshot;
  readonly settings: () => Settings;
  readonly warnings: () => readonly Problem[];
  /** Tells whether two bouncers run the same rules. */
  readonly rulesHash: string;
  /** Why the last reload changed nothing; `null` when it went live. */
  readonly reloadFailure: string | null;
  /** Settings that changed in the file and wait for a restart. */
  readonly waitsForRestart: readonly string[];
  /** Who goes along with changes from now on: one, told once, before the first reload. */
  follow(follower: ConfigurationFollower): void;
  /**
   * Read the files again.
   *
   * @returns true when a set that was read after this call is in force; never rejects
   */
  reload(reason: string): Promise<boolean>;
  close(): Promise<void>;
}

export interface LiveConfigurationParts {
  readonly source: ConfigurationSource;
  readonly telemetry: Telemetry;
}

/** What goes along with a change of the configuration. */
export interface ConfigurationFollower {
  /** Called for each application of a set that is about to come into force. */
  readonly prepare: (application: Application) => void;
  /** Called after a new set came into force. */
  readonly onSwap: () => void;
  /** Told what to watch, before anything there is read, also when the set is refused: it may be mended there. */
  readonly onFiles: (paths: readonly string[]) => void;
}

/** What of the settings is bound at the start, with its name in the file: a change of it waits for a restart. */
const bound = [
  ['listen', 'listen'],
  ['tls', 'tls'],
  ['dataDir', 'data_dir'],
  ['postgres', 'store'],
  ['masterKeys', 'master_key'],
  ['management', 'management'],
  ['log', 'log'],
  ['limits', 'limits'],
] as const satisfies readonly (readonly [keyof Settings, string])[];

/** The most warnings that one line of the log holds. */
const mostLogged = 50;

/** Hold a valid configuration and replace it on demand. */
export function createLiveConfiguration(
  first: ConfigurationInForce,
  { source, telemetry }: LiveConfigurationParts,
): LiveConfiguration {
  const loader = createRulesLoader();
  const onDropped = createDroppedHeaders(telemetry);
  let snapshot = createSnapshot(first.settings, first.rules, onDropped);
  let { warnings, rulesHash } = first;
  let failure: string | null = null;
  let waitsForRestart: readonly string[] = [];
  let underWay: Promise<boolean> | null = null;
  let next: Promise<boolean> | null = null;
  let follower: ConfigurationFollower | null = null;
  let isClosed = false;

  const refuse = (reason: string, text: string): false => {
    failure = text;
    const problems = text.split('\n').filter((line) => line !== '');
    telemetry.event('reload_failed', { reason, what: 'configuration', problems });
    return false;
  };

  const load = async (reason: string): Promise<boolean> => {
    const startedMs = performance.now();
    const settings = readSettings(source);
    if (!settings.ok) return refuse(reason, loadFailure(settings.problems, []).text);
    follower?.onFiles(watchedFiles(settings.value));
    const context = rulesContext(settings.value);
    const loaded = await loader.load({ paths: [settings.value.rules], context });
    if (!loaded.ok) return refuse(reason, loaded.failure.text);
    const old = snapshot.settings;
    waitsForRestart = bound
      .filter(([key]) => JSON.stringify(settings.value[key]) !== JSON.stringify(old[key]))
      .map(([, name]) => name);
    const inForce: Settings = Object.freeze({
      ...settings.value,
      ...Object.fromEntries(bound.map(([key]) => [key, old[key]])),
    });
    const builder = createSnapshotBuilder(inForce, loaded.rules, onDropped);
    const breathe = createPause();
    for (const application of loaded.rules.applications) {
      builder.add(application);
      follower?.prepare(application);
      await breathe();
    }
    if (isClosed) return false;
    snapshot = builder.finish();
    warnings = [...settings.warnings, ...loaded.warnings];
    rulesHash = loaded.hash;
    failure = null;
    telemetry.event('reloaded', {
      reason,
      what: 'configuration',
      applications: loaded.rules.applications.length,
      rules_hash: rulesHash,
      warnings: warnings.length,
      duration_ms: Math.round(performance.now() - startedMs),
      ...(waitsForRestart.length === 0 ? {} : { waits_for_restart: waitsForRestart }),
    });
    reportWarnings(telemetry, warnings);
    follower?.onSwap();
    return true;
  };

  const start = async (reason: string): Promise<boolean> => {
    try {
      return isClosed ? false : await load(reason);
    } catch (error) {
      return refuse(reason, error instanceof Error ? error.message : String(error));
    }
  };

  const run = (reason: string): Promise<boolean> => {
    // Not begun before `underWay` says so: what is told of the files may ask for a reload at once.
    underWay = Promise.resolve()
      .then(() => start(reason))
      .finally(() => {
        underWay = null;
      });
    return underWay;
  };

  return {
    snapshot: () => snapshot,
    settings: () => snapshot.settings,
    warnings: () => warnings,
    get rulesHash() {
      return rulesHash;
    },
    get reloadFailure() {
      return failure;
    },
    get waitsForRestart() {
      return waitsForRestart;
    },
    follow(next) {
      follower = next;
    },
    reload(reason) {
      if (underWay === null) return run(reason);
      // What is under way may have read a file before it changed: one more load is enough for all who ask meanwhile.
      next ??= underWay.then(() => {
        next = null;
        return run(reason);
      });
      return next;
    },
    async close() {
      isClosed = true;
      await loader.close();
      await (next ?? underWay);
    },
  };
}

/** Warnings of the set in force, as one event: places and reasons without the lines of the files. */
export function reportWarnings(telemetry: Telemetry, warnings: readonly Problem[]): void {
  if (warnings.length === 0) return;
  telemetry.event('configuration_warnings', {
    count: warnings.length,
    warnings: warnings
      .slice(0, mostLogged)
      .map(({ file, line, column, code, reason }) => `${file}:${line}:${column}: ${reason} (${code})`),
  });
}
